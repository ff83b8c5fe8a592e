using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// One vector register of floats. Kernels are written once against this interface and instantiated for the width of the machine:
/// <see cref="Vec512"/> (AVX-512), <see cref="Vec256"/> (AVX2), <see cref="Vec128"/> (NEON, SSE), <see cref="VecPortable"/> (anything).
/// </summary>
/// <remarks>Dispatch is <c>if (Vec512.IsSupported) F&lt;Vec512&gt;(...) else if ...</c>: the tests are JIT constants, so it costs nothing.</remarks>
internal unsafe interface IVec<TSelf> where TSelf : struct, IVec<TSelf>
{
    /// <summary>Floats in one register.</summary>
    static abstract int Count { get; }
    static abstract bool IsSupported { get; }
    static abstract TSelf Create(float value);
    static abstract TSelf Load(float* source);
    void Store(float* target);
    static abstract TSelf operator +(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a, TSelf b);
    static abstract TSelf operator *(TSelf a, TSelf b);
    static abstract TSelf operator /(TSelf a, TSelf b);
    /// <summary>a * b + c, fused where the hardware fuses.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);
    static abstract TSelf Max(TSelf a, TSelf b);
    static abstract TSelf Min(TSelf a, TSelf b);
    static abstract TSelf Sqrt(TSelf a);
    static abstract TSelf Abs(TSelf a);
    /// <summary>Nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf a);
    /// <summary>2^n for a vector of integers n in [-126, 127] held as floats.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);
    /// <summary>a * 2^n for a vector of integers n in [-252, 254] held as floats; the result overflows to infinity and underflows gradually.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf a, TSelf n);
    /// <summary>Exchanges neighbours: lanes 1, 0, 3, 2, ...</summary>
    static abstract TSelf SwapPairs(TSelf a);
    /// <summary>Lane by lane: a &gt; b ? yes : no.</summary>
    static abstract TSelf IfGreater(TSelf a, TSelf b, TSelf yes, TSelf no);
    static abstract float Sum(TSelf a);
    static abstract float HorizontalMax(TSelf a);
}

#pragma warning disable CS1591 // the members are documented on IVec
internal readonly unsafe struct Vec512(Vector512<float> v) : IVec<Vec512>
{
    public readonly Vector512<float> V = v;
    public static int Count => 16;
    public static bool IsSupported => Vector512.IsHardwareAccelerated;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Create(float value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Load(float* source) => new(Vector512.Load(source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* target) => V.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 operator +(Vec512 a, Vec512 b) => new(a.V + b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 operator -(Vec512 a, Vec512 b) => new(a.V - b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 operator *(Vec512 a, Vec512 b) => new(a.V * b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 operator /(Vec512 a, Vec512 b) => new(a.V / b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 MultiplyAdd(Vec512 a, Vec512 b, Vec512 c) => new(Vector512.MultiplyAddEstimate(a.V, b.V, c.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Max(Vec512 a, Vec512 b) => new(Vector512.MaxNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Min(Vec512 a, Vec512 b) => new(Vector512.MinNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Sqrt(Vec512 a) => new(Vector512.Sqrt(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Abs(Vec512 a) => new(Vector512.Abs(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec512 Round(Vec512 a) => new(Vector512.Round(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 PowerOfTwo(Vec512 n) =>
        new(((Vector512.ConvertToInt32Native(n.V) + Vector512.Create(127)) << 23).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 ScaleByPowerOfTwo(Vec512 a, Vec512 n)
    {
        if (Avx512F.IsSupported) return new(Avx512F.Scale(a.V, n.V));
        // In two factors: 2^n itself is no normal number at the ends of the range.
        Vector512<int> whole = Vector512.ConvertToInt32Native(n.V), half = whole >> 1, bias = Vector512.Create(127);
        return new(a.V * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 SwapPairs(Vec512 a) => new(Vector512.Shuffle(a.V, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec512 IfGreater(Vec512 a, Vec512 b, Vec512 yes, Vec512 no) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a.V, b.V), yes.V, no.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vec512 a) => Vec256.Sum(new(a.V.GetLower() + a.V.GetUpper()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float HorizontalMax(Vec512 a) => Vec256.HorizontalMax(new(Vector256.MaxNative(a.V.GetLower(), a.V.GetUpper())));
}

internal readonly unsafe struct Vec256(Vector256<float> v) : IVec<Vec256>
{
    public readonly Vector256<float> V = v;
    public static int Count => 8;
    public static bool IsSupported => Vector256.IsHardwareAccelerated;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Create(float value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Load(float* source) => new(Vector256.Load(source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* target) => V.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 operator +(Vec256 a, Vec256 b) => new(a.V + b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 operator -(Vec256 a, Vec256 b) => new(a.V - b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 operator *(Vec256 a, Vec256 b) => new(a.V * b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 operator /(Vec256 a, Vec256 b) => new(a.V / b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 MultiplyAdd(Vec256 a, Vec256 b, Vec256 c) => new(Vector256.MultiplyAddEstimate(a.V, b.V, c.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Max(Vec256 a, Vec256 b) => new(Vector256.MaxNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Min(Vec256 a, Vec256 b) => new(Vector256.MinNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Sqrt(Vec256 a) => new(Vector256.Sqrt(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Abs(Vec256 a) => new(Vector256.Abs(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec256 Round(Vec256 a) => new(Vector256.Round(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 PowerOfTwo(Vec256 n) =>
        new(((Vector256.ConvertToInt32Native(n.V) + Vector256.Create(127)) << 23).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 ScaleByPowerOfTwo(Vec256 a, Vec256 n)
    {
        // In two factors: 2^n itself is no normal number at the ends of the range.
        Vector256<int> whole = Vector256.ConvertToInt32Native(n.V), half = whole >> 1, bias = Vector256.Create(127);
        return new(a.V * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 SwapPairs(Vec256 a) => new(Vector256.Shuffle(a.V, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec256 IfGreater(Vec256 a, Vec256 b, Vec256 yes, Vec256 no) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(a.V, b.V), yes.V, no.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vec256 a) => Vec128.Sum(new(a.V.GetLower() + a.V.GetUpper()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float HorizontalMax(Vec256 a) => Vec128.HorizontalMax(new(Vector128.MaxNative(a.V.GetLower(), a.V.GetUpper())));
}

internal readonly unsafe struct Vec128(Vector128<float> v) : IVec<Vec128>
{
    public readonly Vector128<float> V = v;
    public static int Count => 4;
    public static bool IsSupported => Vector128.IsHardwareAccelerated;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Create(float value) => new(Vector128.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Load(float* source) => new(Vector128.Load(source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* target) => V.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 operator +(Vec128 a, Vec128 b) => new(a.V + b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 operator -(Vec128 a, Vec128 b) => new(a.V - b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 operator *(Vec128 a, Vec128 b) => new(a.V * b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 operator /(Vec128 a, Vec128 b) => new(a.V / b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 MultiplyAdd(Vec128 a, Vec128 b, Vec128 c) => new(Vector128.MultiplyAddEstimate(a.V, b.V, c.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Max(Vec128 a, Vec128 b) => new(Vector128.MaxNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Min(Vec128 a, Vec128 b) => new(Vector128.MinNative(a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Sqrt(Vec128 a) => new(Vector128.Sqrt(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Abs(Vec128 a) => new(Vector128.Abs(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vec128 Round(Vec128 a) => new(Vector128.Round(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 PowerOfTwo(Vec128 n) =>
        new(((Vector128.ConvertToInt32Native(n.V) + Vector128.Create(127)) << 23).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 ScaleByPowerOfTwo(Vec128 a, Vec128 n)
    {
        // In two factors: 2^n itself is no normal number at the ends of the range.
        Vector128<int> whole = Vector128.ConvertToInt32Native(n.V), half = whole >> 1, bias = Vector128.Create(127);
        return new(a.V * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 SwapPairs(Vec128 a) => new(Vector128.Shuffle(a.V, Vector128.Create(1, 0, 3, 2)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec128 IfGreater(Vec128 a, Vec128 b, Vec128 yes, Vec128 no) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(a.V, b.V), yes.V, no.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vec128 a) => a.V[0] + a.V[2] + (a.V[1] + a.V[3]);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float HorizontalMax(Vec128 a)
    {
        Vector128<float> pairs = Vector128.MaxNative(a.V, Vector128.Shuffle(a.V, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}

internal readonly unsafe struct VecPortable(Vector<float> v) : IVec<VecPortable>
{
    public readonly Vector<float> V = v;
    public static int Count => Vector<float>.Count;
    public static bool IsSupported => true;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Create(float value) => new(new Vector<float>(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Load(float* source) => new(Vector.Load(source));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public void Store(float* target) => V.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable operator +(VecPortable a, VecPortable b) => new(a.V + b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable operator -(VecPortable a, VecPortable b) => new(a.V - b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable operator *(VecPortable a, VecPortable b) => new(a.V * b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable operator /(VecPortable a, VecPortable b) => new(a.V / b.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable MultiplyAdd(VecPortable a, VecPortable b, VecPortable c) => new(a.V * b.V + c.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Max(VecPortable a, VecPortable b) => new(Vector.ConditionalSelect(Vector.GreaterThan(a.V, b.V), a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Min(VecPortable a, VecPortable b) => new(Vector.ConditionalSelect(Vector.LessThan(a.V, b.V), a.V, b.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Sqrt(VecPortable a) => new(Vector.SquareRoot(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Abs(VecPortable a) => new(Vector.Abs(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static VecPortable Round(VecPortable a) => new(Vector.Round(a.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VecPortable PowerOfTwo(VecPortable n) =>
        new(Vector.AsVectorSingle((Vector.ConvertToInt32(n.V) + new Vector<int>(127)) << 23));
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VecPortable ScaleByPowerOfTwo(VecPortable a, VecPortable n)
    {
        // In two factors: 2^n itself is no normal number at the ends of the range.
        Vector<int> whole = Vector.ConvertToInt32(n.V), half = whole >> 1, bias = new(127);
        return new(a.V * Vector.AsVectorSingle((half + bias) << 23) * Vector.AsVectorSingle((whole - half + bias) << 23));
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VecPortable SwapPairs(VecPortable a)
    {
        float* source = stackalloc float[Count], target = stackalloc float[Count];
        a.Store(source);
        for (int i = 0; i < Count; i++) target[i] = source[i ^ 1];
        return Load(target);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VecPortable IfGreater(VecPortable a, VecPortable b, VecPortable yes, VecPortable no) =>
        new(Vector.ConditionalSelect(Vector.GreaterThan(a.V, b.V), yes.V, no.V));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(VecPortable a) => Vector.Sum(a.V);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HorizontalMax(VecPortable a)
    {
        float max = a.V[0];
        for (int i = 1; i < Count; i++) max = MathF.Max(max, a.V[i]);
        return max;
    }
}
#pragma warning restore CS1591
