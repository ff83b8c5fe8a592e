using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>The sets of instructions that products with interleaved rows are written for. All run everywhere, in software where the processor lacks them.</summary>
internal enum BlockLanes
{
    /// <summary>8 lanes, dot products of bytes in one instruction.</summary>
    Vnni,

    /// <summary>8 lanes, products of bytes added in pairs.</summary>
    Avx2,

    /// <summary>4 lanes: NEON with or without its dot product, SSE, or software.</summary>
    Narrow,
}

/// <summary>
/// A register of 32-bit lanes, each of which holds one row of a weight: 4 bytes, an integer sum, or a float. Activations come as 32 bytes of a run,
/// 4 of which are broadcast at a time ("quads").
/// </summary>
internal unsafe interface ILanes<R, F> where R : struct where F : struct
{
    /// <summary>Rows in a register.</summary>
    static abstract int Rows { get; }
    static abstract R Load(byte* source);
    /// <summary>The same 4 bytes in every lane.</summary>
    static abstract R Broadcast(byte* source);
    static abstract R Bytes(byte value);
    static abstract R And(R a, R b);
    static abstract R Or(R a, R b);
    /// <summary>Shifts at least within 16-bit units; bits that cross a byte must be masked out.</summary>
    static abstract R Left(R a, int bits);
    /// <summary>As <see cref="Left"/>.</summary>
    static abstract R Right(R a, int bits);
    static abstract R Add(R a, R b);
    static abstract R Multiply(R a, R b);
    /// <summary>The levels of <see cref="BlockType.IQ4_NL"/> for bytes in 0 .. 15.</summary>
    static abstract R Levels(R nibbles);
    /// <summary>A byte for each row.</summary>
    static abstract R WidenBytes(byte* source);
    /// <summary>A signed byte for each row.</summary>
    static abstract R WidenSigned(byte* source);
    static abstract F ToFloat(R a);
    /// <summary>A finite half for each row.</summary>
    static abstract F Halves(byte* source);
    static abstract F Create(float value);
    static abstract F LoadFloats(float* source);
    static abstract void Store(F a, float* target);
    static abstract F Multiply(F a, F b);
    static abstract F MultiplyAdd(F a, F b, F c);
    /// <summary>Σ w · x over a run, 0 ≤ w ≤ 15.</summary>
    static abstract R Dot4(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x);
    /// <summary>Σ w · x over half of a run, 0 ≤ w ≤ 31.</summary>
    static abstract R HalfDot5(R w0, R w1, R w2, R w3, byte* x);
    /// <summary>Σ w · x over half of a run, 0 ≤ w ≤ 63.</summary>
    static abstract R HalfDot6(R w0, R w1, R w2, R w3, byte* x);
    /// <summary>Σ w · x over a run, w and x signed; behind the bytes of the run stands what <see cref="BlockActivations"/> says.</summary>
    static abstract R DotSigned(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x);
}

#pragma warning disable CS1591 // the members are documented on ILanes
/// <summary>Eight rows. The bodies of AVX2, which <see cref="LanesVnni"/> shares where it has nothing better.</summary>
internal readonly unsafe struct LanesAvx2 : ILanes<Vector256<int>, Vector256<float>>
{
    public static int Rows => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Load(byte* source) => Vector256.Load((int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Broadcast(byte* source) => Avx2.IsSupported ? Avx2.BroadcastScalarToVector256((int*)source) : Vector256.Create(*(int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Bytes(byte value) => Vector256.Create(value).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> And(Vector256<int> a, Vector256<int> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Or(Vector256<int> a, Vector256<int> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Left(Vector256<int> a, int bits) => a << bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Right(Vector256<int> a, int bits) => a >>> bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Add(Vector256<int> a, Vector256<int> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Multiply(Vector256<int> a, Vector256<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> ToFloat(Vector256<int> a) => Vector256.ConvertToSingle(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Create(float value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> LoadFloats(float* source) => Vector256.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector256<float> a, float* target) => a.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Levels(Vector256<int> nibbles) => Avx2.IsSupported
        ? Avx2.Shuffle(Vector256.Create(
            -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
            -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113), nibbles.AsSByte()).AsInt32()
        : Vector256.Create(LanesNarrow.Levels(nibbles.GetLower()), LanesNarrow.Levels(nibbles.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> WidenBytes(byte* source) => Avx2.IsSupported
        ? Avx2.ConvertToVector256Int32(source)
        : Vector256.Create(LanesNarrow.WidenBytes(source), LanesNarrow.WidenBytes(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> WidenSigned(byte* source) => Avx2.IsSupported
        ? Avx2.ConvertToVector256Int32((sbyte*)source)
        : Vector256.Create(LanesNarrow.WidenSigned(source), LanesNarrow.WidenSigned(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Halves(byte* source)
    {
        // Sign-extended and moved, exponent and fraction stand where a float has them; the product mends the bias, for subnormal numbers too.
        Vector256<int> wide = Avx2.IsSupported ? Avx2.ConvertToVector256Int32((short*)source) : Vector256.Create(LanesNarrow.WidenShorts(source), LanesNarrow.WidenShorts(source + 8));
        return ((wide << 13) & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle((127u + 112u) << 23));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot4(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, Vector256<int> w4, Vector256<int> w5, Vector256<int> w6, Vector256<int> w7, byte* x) =>
        // Eight sums of two products of at most 15 · 127 fit 16 bits.
        Widen(Pairs(w0, x) + Pairs(w1, x + 4) + (Pairs(w2, x + 8) + Pairs(w3, x + 12)) + (Pairs(w4, x + 16) + Pairs(w5, x + 20) + (Pairs(w6, x + 24) + Pairs(w7, x + 28))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HalfDot5(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, byte* x) =>
        Widen(Pairs(w0, x) + Pairs(w1, x + 4) + (Pairs(w2, x + 8) + Pairs(w3, x + 12)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HalfDot6(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, byte* x) =>
        Widen(Pairs(w0, x) + Pairs(w1, x + 4)) + Widen(Pairs(w2, x + 8) + Pairs(w3, x + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotSigned(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, Vector256<int> w4, Vector256<int> w5, Vector256<int> w6, Vector256<int> w7, byte* x) =>
        Signed(w0, x) + Signed(w1, x + 4) + (Signed(w2, x + 8) + Signed(w3, x + 12)) + (Signed(w4, x + 16) + Signed(w5, x + 20) + (Signed(w6, x + 24) + Signed(w7, x + 28)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(Vector256<int> w, byte* x) => Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(w.AsByte(), Broadcast(x).AsSByte())
        : Vector256.Create(LanesNarrow.Pairs(w.GetLower(), x), LanesNarrow.Pairs(w.GetUpper(), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<short> sums) => Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(sums, Vector256.Create((short)1))
        : Vector256.Create(LanesNarrow.Widen(sums.GetLower()), LanesNarrow.Widen(sums.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Signed(Vector256<int> w, byte* x) => Avx2.IsSupported
        ? Widen(Avx2.MultiplyAddAdjacent(Avx2.Abs(w.AsSByte()), Avx2.Sign(Broadcast(x).AsSByte(), w.AsSByte())))
        : Vector256.Create(LanesNarrow.Signed(default, w.GetLower(), x), LanesNarrow.Signed(default, w.GetUpper(), x));
}

/// <summary>Eight rows with AVX-VNNI.</summary>
internal readonly unsafe struct LanesVnni : ILanes<Vector256<int>, Vector256<float>>
{
    public static int Rows => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Load(byte* source) => LanesAvx2.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Broadcast(byte* source) => LanesAvx2.Broadcast(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Bytes(byte value) => LanesAvx2.Bytes(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> And(Vector256<int> a, Vector256<int> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Or(Vector256<int> a, Vector256<int> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Left(Vector256<int> a, int bits) => a << bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Right(Vector256<int> a, int bits) => a >>> bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Add(Vector256<int> a, Vector256<int> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Multiply(Vector256<int> a, Vector256<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Levels(Vector256<int> nibbles) => LanesAvx2.Levels(nibbles);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> WidenBytes(byte* source) => LanesAvx2.WidenBytes(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> WidenSigned(byte* source) => LanesAvx2.WidenSigned(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> ToFloat(Vector256<int> a) => LanesAvx2.ToFloat(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Halves(byte* source) => LanesAvx2.Halves(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Create(float value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> LoadFloats(float* source) => Vector256.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector256<float> a, float* target) => a.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => LanesAvx2.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot4(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, Vector256<int> w4, Vector256<int> w5, Vector256<int> w6, Vector256<int> w7, byte* x) =>
        HalfDot6(w0, w1, w2, w3, x) + HalfDot6(w4, w5, w6, w7, x + 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HalfDot5(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, byte* x) => HalfDot6(w0, w1, w2, w3, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HalfDot6(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, byte* x) =>
        Dot(Dot(Dot(Dot(Vector256<int>.Zero, w0, x), w1, x + 4), w2, x + 8), w3, x + 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> DotSigned(Vector256<int> w0, Vector256<int> w1, Vector256<int> w2, Vector256<int> w3, Vector256<int> w4, Vector256<int> w5, Vector256<int> w6, Vector256<int> w7, byte* x)
    {
        // The unsigned operand is w + 128; 128 times the sum of x goes off again.
        Vector256<int> sign = Bytes(0x80);
        return Dot4(w0 ^ sign, w1 ^ sign, w2 ^ sign, w3 ^ sign, w4 ^ sign, w5 ^ sign, w6 ^ sign, w7 ^ sign, x) + (Broadcast(x + BlockActivations.Sum) << 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<int> sum, Vector256<int> w, byte* x)
    {
        if (AvxVnni.IsSupported) return AvxVnni.MultiplyWideningAndAdd(sum, w.AsByte(), Broadcast(x).AsSByte());
        Vector256<int> signed = Broadcast(x);
        for (int shift = 0; shift < 32; shift += 8) sum += ((w >>> shift) & Vector256.Create(255)) * ((signed << (24 - shift)) >> 24);
        return sum;
    }
}

/// <summary>Four rows: the lower or upper half of eight.</summary>
internal readonly unsafe struct LanesNarrow : ILanes<Vector128<int>, Vector128<float>>
{
    public static int Rows => 4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Load(byte* source) => Vector128.Load((int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Broadcast(byte* source) => Vector128.Create(*(int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Bytes(byte value) => Vector128.Create(value).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> And(Vector128<int> a, Vector128<int> b) => a & b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Or(Vector128<int> a, Vector128<int> b) => a | b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Left(Vector128<int> a, int bits) => a << bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Right(Vector128<int> a, int bits) => a >>> bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Add(Vector128<int> a, Vector128<int> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Multiply(Vector128<int> a, Vector128<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Levels(Vector128<int> nibbles) => Vector128.ShuffleNative(BlockDecoding.Levels, nibbles.AsSByte()).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> WidenBytes(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)source).AsByte())).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> WidenSigned(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)source).AsSByte()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> WidenShorts(byte* source) => Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)source).AsInt16());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> ToFloat(Vector128<int> a) => Vector128.ConvertToSingle(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Create(float value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> LoadFloats(float* source) => Vector128.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector128<float> a, float* target) => a.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Halves(byte* source) =>
        ((WidenShorts(source) << 13) & Vector128.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector128.Create(BitConverter.UInt32BitsToSingle((127u + 112u) << 23));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot4(Vector128<int> w0, Vector128<int> w1, Vector128<int> w2, Vector128<int> w3, Vector128<int> w4, Vector128<int> w5, Vector128<int> w6, Vector128<int> w7, byte* x) => Dp.IsSupported
        ? DotSigned(w0, w1, w2, w3, w4, w5, w6, w7, x)
        : HalfDot5(w0, w1, w2, w3, x) + HalfDot5(w4, w5, w6, w7, x + 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HalfDot5(Vector128<int> w0, Vector128<int> w1, Vector128<int> w2, Vector128<int> w3, byte* x) => Dp.IsSupported
        ? HalfDot6(w0, w1, w2, w3, x)
        : Widen(Pairs(w0, x) + Pairs(w1, x + 4) + (Pairs(w2, x + 8) + Pairs(w3, x + 12)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> HalfDot6(Vector128<int> w0, Vector128<int> w1, Vector128<int> w2, Vector128<int> w3, byte* x) => Dp.IsSupported
        ? Signed(Signed(Signed(Signed(default, w0, x), w1, x + 4), w2, x + 8), w3, x + 12)
        : Widen(Pairs(w0, x) + Pairs(w1, x + 4)) + Widen(Pairs(w2, x + 8) + Pairs(w3, x + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> DotSigned(Vector128<int> w0, Vector128<int> w1, Vector128<int> w2, Vector128<int> w3, Vector128<int> w4, Vector128<int> w5, Vector128<int> w6, Vector128<int> w7, byte* x) =>
        Signed(Signed(Signed(Signed(default, w0, x), w1, x + 4), w2, x + 8), w3, x + 12) + Signed(Signed(Signed(Signed(default, w4, x + 16), w5, x + 20), w6, x + 24), w7, x + 28);

    /// <summary>Bytes in 0 .. 127 times signed bytes of x, each two neighbours added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Pairs(Vector128<int> w, byte* x)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(w.AsByte(), Broadcast(x).AsSByte());
        Vector128<short> a = w.AsInt16(), b = Broadcast(x).AsInt16();
        return ((a << 8) >> 8) * ((b << 8) >> 8) + (a >> 8) * (b >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Widen(Vector128<short> sums) => Sse2.IsSupported
        ? Sse2.MultiplyAddAdjacent(sums, Vector128.Create((short)1))
        : ((sums.AsInt32() << 16) >> 16) + (sums.AsInt32() >> 16);

    /// <summary>sum + Σ w · x of signed bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Signed(Vector128<int> sum, Vector128<int> w, byte* x)
    {
        if (Dp.IsSupported) return Dp.DotProduct(sum, w.AsSByte(), Broadcast(x).AsSByte());
        if (Ssse3.IsSupported) return sum + Widen(Ssse3.MultiplyAddAdjacent(Ssse3.Abs(w.AsSByte()), Ssse3.Sign(Broadcast(x).AsSByte(), w.AsSByte())));
        Vector128<short> a = w.AsInt16(), b = Broadcast(x).AsInt16();
        // Each product fits 16 bits; the sum of two with w = -128 would, too, for |x| ≤ 127.
        return sum + Widen(((a << 8) >> 8) * ((b << 8) >> 8) + (a >> 8) * (b >> 8));
    }
}
#pragma warning restore CS1591
