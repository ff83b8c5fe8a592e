using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>How the products of a run of 32 values are summed in a register: a lane holds one output.</summary>
internal interface IRunSum<R> where R : struct
{
    /// <summary>Steps of 4 bytes of each operand that make a run.</summary>
    static abstract int Steps { get; }
    static abstract R First(R w, R x);
    static abstract R Next(R sum, R w, R x);
    /// <summary>The sum as one 32-bit integer a lane.</summary>
    static abstract R Total(R sum);
}

/// <summary>Weights in 0 .. 15 times signed bytes, summed in 16 bits: eight sums of two products, each at most 15 · 127, just fit.</summary>
internal readonly struct NibbleSum<I, R, F> : IRunSum<R> where I : IIntegers<R, F> where R : struct where F : struct
{
    public static int Steps => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R First(R w, R x) => I.MultiplyBytes(w, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R Next(R sum, R w, R x) => I.AddWords(sum, I.MultiplyBytes(w, x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R Total(R sum) => I.MultiplyWords(sum, I.Words(1));
}

/// <summary>Operands of 16 bits, summed in 32.</summary>
internal readonly struct WordSum<I, R, F> : IRunSum<R> where I : IIntegers<R, F> where R : struct where F : struct
{
    public static int Steps => 16;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R First(R w, R x) => I.MultiplyWords(w, x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R Next(R sum, R w, R x) => I.Add(sum, I.MultiplyWords(w, x));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static R Total(R sum) => sum;
}

/// <summary>Unsigned bytes times signed bytes, summed in 32 bits by one instruction of AVX-VNNI.</summary>
internal readonly struct VnniByteSum : IRunSum<Vector256<int>>
{
    public static int Steps => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> First(Vector256<int> w, Vector256<int> x) => Next(Vector256<int>.Zero, w, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Next(Vector256<int> sum, Vector256<int> w, Vector256<int> x)
    {
        if (AvxVnni.IsSupported) return AvxVnni.MultiplyWideningAndAdd(sum, w.AsByte(), x.AsSByte());
        Vector256<short> x16 = x.AsInt16();
        Vector256<int> even = Integers256.MultiplyWords(w & Vector256.Create(0x00FF00FF), ((x16 << 8) >> 8).AsInt32());
        return sum + even + Integers256.MultiplyWords((w.AsInt16() >>> 8).AsInt32(), (x16 >> 8).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Total(Vector256<int> sum) => sum;
}

/// <summary>Operands of 16 bits, multiplied and summed in 32 by one instruction of AVX-VNNI.</summary>
internal readonly struct VnniWordSum : IRunSum<Vector256<int>>
{
    public static int Steps => 16;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> First(Vector256<int> w, Vector256<int> x) => Integers256.MultiplyWords(w, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Next(Vector256<int> sum, Vector256<int> w, Vector256<int> x) => AvxVnni.IsSupported
        ? AvxVnni.MultiplyWideningAndAdd(sum, w.AsInt16(), x.AsInt16())
        : sum + Integers256.MultiplyWords(w, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Total(Vector256<int> sum) => sum;
}

/// <summary>Signed bytes times signed bytes, summed in 32 bits by the dot product of ARMv8.2.</summary>
internal readonly struct NeonByteSum : IRunSum<Vector128<int>>
{
    public static int Steps => 8;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> First(Vector128<int> w, Vector128<int> x) => Next(Vector128<int>.Zero, w, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Next(Vector128<int> sum, Vector128<int> w, Vector128<int> x)
    {
        if (Dp.IsSupported) return Dp.DotProduct(sum, w.AsSByte(), x.AsSByte());
        Vector128<short> w16 = w.AsInt16(), x16 = x.AsInt16();
        Vector128<int> even = Integers128.MultiplyWords(((w16 << 8) >> 8).AsInt32(), ((x16 << 8) >> 8).AsInt32());
        return sum + even + Integers128.MultiplyWords((w16 >> 8).AsInt32(), (x16 >> 8).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Total(Vector128<int> sum) => sum;
}

/// <summary>What a run's integer sum Σ w · x still lacks, because stored weights are shifted to be 0 or more.</summary>
internal interface IRunShift
{
    /// <summary>Eighths of the whole number that was added to the weights of a run, or 0.</summary>
    static abstract short Eighths { get; }

    /// <summary>Whether weights have a minimum: a float for each run, to be multiplied with the sum of the activations.</summary>
    static abstract bool Minimum { get; }
}

internal readonly struct NoShift : IRunShift
{
    public static short Eighths => 0;
    public static bool Minimum => false;
}

internal readonly struct ShiftBy8 : IRunShift
{
    public static short Eighths => 1;
    public static bool Minimum => false;
}

internal readonly struct ShiftBy16 : IRunShift
{
    public static short Eighths => 2;
    public static bool Minimum => false;
}

internal readonly struct ShiftBy128 : IRunShift
{
    public static short Eighths => 16;
    public static bool Minimum => false;
}

internal readonly struct MinimumShift : IRunShift
{
    public static short Eighths => 0;
    public static bool Minimum => true;
}
