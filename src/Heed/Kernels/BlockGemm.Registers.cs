using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// The integer operations of a register tile, on the runtime's own vector type <typeparamref name="R"/>; a lane is 32 bits.
/// What the processor lacks is computed from narrower registers, in the end in software, so that tests reach every width.
/// </summary>
internal unsafe interface IIntegers<R, F> where R : struct where F : struct
{
    /// <summary>Bytes of a register.</summary>
    static abstract int Bytes { get; }
    static abstract R Load(byte* source);
    /// <summary>The same 4 bytes in every lane.</summary>
    static abstract R Broadcast(byte* source);
    /// <summary>The same 16-bit value everywhere.</summary>
    static abstract R Words(short value);
    static abstract R AddWords(R a, R b);
    static abstract R Add(R a, R b);
    /// <summary>Unsigned bytes of w times signed bytes of x, each two neighbours added to a 16-bit value. The sums must fit.</summary>
    static abstract R MultiplyBytes(R w, R x);
    /// <summary>Signed 16-bit values, each two neighbouring products added to a 32-bit value.</summary>
    static abstract R MultiplyWords(R w, R x);
    static abstract F ToFloat(R a);
}

#pragma warning disable CS1591 // the members are documented on IIntegers
internal readonly unsafe struct Integers512 : IIntegers<Vector512<int>, Vector512<float>>
{
    public static int Bytes => 64;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Load(byte* source) => Vector512.Load((int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Broadcast(byte* source) => Vector512.Create(*(int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Words(short value) => Vector512.Create(value).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> AddWords(Vector512<int> a, Vector512<int> b) => (a.AsInt16() + b.AsInt16()).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Add(Vector512<int> a, Vector512<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyBytes(Vector512<int> w, Vector512<int> x) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(w.AsByte(), x.AsSByte()).AsInt32()
        : Vector512.Create(Integers256.MultiplyBytes(w.GetLower(), x.GetLower()), Integers256.MultiplyBytes(w.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyWords(Vector512<int> w, Vector512<int> x) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(w.AsInt16(), x.AsInt16())
        : Vector512.Create(Integers256.MultiplyWords(w.GetLower(), x.GetLower()), Integers256.MultiplyWords(w.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> ToFloat(Vector512<int> a) => Vector512.ConvertToSingle(a);
}

internal readonly unsafe struct Integers256 : IIntegers<Vector256<int>, Vector256<float>>
{
    public static int Bytes => 32;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Load(byte* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(byte* source) => Avx2.IsSupported ? Avx2.BroadcastScalarToVector256((int*)source) : Vector256.Create(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Words(short value) => Vector256.Create(value).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> AddWords(Vector256<int> a, Vector256<int> b) => (a.AsInt16() + b.AsInt16()).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Add(Vector256<int> a, Vector256<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyBytes(Vector256<int> w, Vector256<int> x) => Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(w.AsByte(), x.AsSByte()).AsInt32()
        : Vector256.Create(Integers128.MultiplyBytes(w.GetLower(), x.GetLower()), Integers128.MultiplyBytes(w.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyWords(Vector256<int> w, Vector256<int> x) => Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(w.AsInt16(), x.AsInt16())
        : Vector256.Create(Integers128.MultiplyWords(w.GetLower(), x.GetLower()), Integers128.MultiplyWords(w.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> ToFloat(Vector256<int> a) => Vector256.ConvertToSingle(a);
}

internal readonly unsafe struct Integers128 : IIntegers<Vector128<int>, Vector128<float>>
{
    public static int Bytes => 16;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Load(byte* source) => Vector128.Load((int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Broadcast(byte* source) => Vector128.Create(*(int*)source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Words(short value) => Vector128.Create(value).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> AddWords(Vector128<int> a, Vector128<int> b) => (a.AsInt16() + b.AsInt16()).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Add(Vector128<int> a, Vector128<int> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyBytes(Vector128<int> w, Vector128<int> x)
    {
        if (Ssse3.IsSupported) return Ssse3.MultiplyAddAdjacent(w.AsByte(), x.AsSByte()).AsInt32();
        Vector128<short> x16 = x.AsInt16();
        Vector128<short> even = (w.AsInt16() & Vector128.Create((short)0xFF)) * ((x16 << 8) >> 8);
        return (even + (w.AsInt16() >>> 8) * (x16 >> 8)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyWords(Vector128<int> w, Vector128<int> x)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(w.AsInt16(), x.AsInt16());
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.AddPairwise(
                AdvSimd.MultiplyWideningLower(w.AsInt16().GetLower(), x.AsInt16().GetLower()),
                AdvSimd.MultiplyWideningUpper(w.AsInt16(), x.AsInt16()));
        return ((w << 16) >> 16) * ((x << 16) >> 16) + (w >> 16) * (x >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> ToFloat(Vector128<int> a) => Vector128.ConvertToSingle(a);
}
#pragma warning restore CS1591
