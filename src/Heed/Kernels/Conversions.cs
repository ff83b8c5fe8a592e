using System.Numerics;
using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Conversions between float and the 16-bit formats. Narrowing rounds to nearest, ties to even; NaN stays NaN.</summary>
public static unsafe class Conversions
{
    /// <summary>bfloat16 (the upper half of a float, as bits) to float; exact.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void BFloat16ToFloat(ReadOnlySpan<ushort> x, Span<float> y)
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        fixed (ushort* px = x)
        fixed (float* py = y)
            Widen<BFloat16>(px, py, x.Length);
    }

    /// <summary>float to bfloat16 bits.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void FloatToBFloat16(ReadOnlySpan<float> x, Span<ushort> y)
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        fixed (float* px = x)
        fixed (ushort* py = y)
            Narrow<BFloat16>(px, py, x.Length);
    }

    /// <summary>IEEE 754 binary16 to float; exact.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void HalfToFloat(ReadOnlySpan<Half> x, Span<float> y)
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        fixed (Half* px = x)
        fixed (float* py = y)
            Widen<Binary16>((ushort*)px, py, x.Length);
    }

    /// <summary>float to IEEE 754 binary16. Values of 65520 and more become infinity.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void FloatToHalf(ReadOnlySpan<float> x, Span<Half> y)
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        fixed (float* px = x)
        fixed (Half* py = y)
            Narrow<Binary16>(px, (ushort*)py, x.Length);
    }

    /// <summary>bfloat16 to float on the calling thread, for kernels that widen what they are about to use.</summary>
    internal static void BFloat16ToFloatHere(ushort* x, float* y, int n) => WidenPart<BFloat16>(x, y, n);

    /// <summary>IEEE 754 binary16 to float on the calling thread.</summary>
    internal static void HalfToFloatHere(ushort* x, float* y, int n) => WidenPart<Binary16>(x, y, n);

    private static void Widen<TFormat>(ushort* x, float* y, int n) where TFormat : unmanaged, IFormat =>
        WorkerTeam.Run(new WidenJob<TFormat>(x, y, n), VectorLoop.Parts(n, VectorLoop.PartSize));

    private static void Narrow<TFormat>(float* x, ushort* y, int n) where TFormat : unmanaged, IFormat =>
        WorkerTeam.Run(new NarrowJob<TFormat>(x, y, n), VectorLoop.Parts(n, VectorLoop.PartSize));

    /// <summary>A 16-bit format: integer arithmetic on bits, one value in each 32-bit lane.</summary>
    private interface IFormat
    {
        static abstract Vector<uint> ToFloat(Vector<uint> bits);
        static abstract Vector<uint> FromFloat(Vector<uint> bits);
    }

    private readonly struct BFloat16 : IFormat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<uint> ToFloat(Vector<uint> bits) => bits << 16;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<uint> FromFloat(Vector<uint> bits)
        {
            Vector<uint> odd = (bits >>> 16) & Vector<uint>.One;
            Vector<uint> rounded = (bits + new Vector<uint>(0x7FFF) + odd) >>> 16;
            // A NaN keeps sign and upper payload and becomes quiet; rounding could carry it to infinity or beyond.
            Vector<uint> nan = (bits >>> 16) | new Vector<uint>(0x40);
            Vector<int> magnitude = Vector.AsVectorInt32(bits & new Vector<uint>(0x7FFFFFFF));
            return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.GreaterThan(magnitude, new Vector<int>(0x7F800000))), nan, rounded);
        }
    }

    private readonly struct Binary16 : IFormat
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<uint> ToFloat(Vector<uint> bits)
        {
            // Exponent and fraction move to their places in a float; the product mends the bias, for subnormal numbers too.
            Vector<float> small = Vector.AsVectorSingle((bits & new Vector<uint>(0x7FFF)) << 13);
            Vector<uint> value = Vector.AsVectorUInt32(small * new Vector<float>(BitConverter.UInt32BitsToSingle((127u + 112u) << 23)));
            Vector<uint> exponent = new(0x7C00);
            Vector<uint> special = Vector.Equals(bits & exponent, exponent);
            return value | (special & new Vector<uint>(0x7F800000)) | ((bits & new Vector<uint>(0x8000)) << 16);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<uint> FromFloat(Vector<uint> bits)
        {
            Vector<uint> magnitude = bits & new Vector<uint>(0x7FFFFFFF), sign = (bits >>> 16) & new Vector<uint>(0x8000);
            Vector<int> size = Vector.AsVectorInt32(magnitude);
            // Normal result: mend the bias, round at bit 13. A carry out of the fraction is the next exponent, in the end infinity.
            Vector<uint> odd = (magnitude >>> 13) & Vector<uint>.One;
            Vector<uint> normal = (magnitude - new Vector<uint>(112u << 23) + new Vector<uint>(0xFFF) + odd) >>> 13;
            // Subnormal result: adding 1/2 makes the float unit round at 2^-24, the unit of subnormal halves.
            Vector<uint> half = Vector.AsVectorUInt32(new Vector<float>(0.5f));
            Vector<uint> subnormal = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) + new Vector<float>(0.5f)) - half;
            Vector<uint> nan = ((magnitude >>> 13) & new Vector<uint>(0x3FF)) | new Vector<uint>(0x7E00);
            Vector<uint> result = Select(Vector.LessThan(size, new Vector<int>((127 - 14) << 23)), subnormal, normal);
            result = Select(Vector.GreaterThanOrEqual(size, new Vector<int>((127 + 16) << 23)), new Vector<uint>(0x7C00), result);
            result = Select(Vector.GreaterThan(size, new Vector<int>(0x7F800000)), nan, result);
            return result | sign;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<uint> Select(Vector<int> condition, Vector<uint> yes, Vector<uint> no) =>
            Vector.ConditionalSelect(Vector.AsVectorUInt32(condition), yes, no);
    }

    private readonly struct WidenJob<TFormat>(ushort* x, float* y, int n) : IPartJob where TFormat : unmanaged, IFormat
    {
        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize;
            WidenPart<TFormat>(x + start, y + start, Math.Min(VectorLoop.PartSize, n - start));
        }
    }

    private readonly struct NarrowJob<TFormat>(float* x, ushort* y, int n) : IPartJob where TFormat : unmanaged, IFormat
    {
        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize;
            NarrowPart<TFormat>(x + start, y + start, Math.Min(VectorLoop.PartSize, n - start));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenPart<TFormat>(ushort* x, float* y, int n) where TFormat : unmanaged, IFormat
    {
        int i = 0, width = Vector<ushort>.Count;
        for (; i <= n - width; i += width)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<uint> low, out Vector<uint> high);
            TFormat.ToFloat(low).Store((uint*)(y + i));
            TFormat.ToFloat(high).Store((uint*)(y + i + width / 2));
        }
        for (; i < n; i++) ((uint*)y)[i] = TFormat.ToFloat(new Vector<uint>(x[i]))[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowPart<TFormat>(float* x, ushort* y, int n) where TFormat : unmanaged, IFormat
    {
        int i = 0, width = Vector<ushort>.Count;
        for (; i <= n - width; i += width)
        {
            Vector<uint> low = TFormat.FromFloat(Vector.Load((uint*)(x + i))), high = TFormat.FromFloat(Vector.Load((uint*)(x + i + width / 2)));
            Vector.Narrow(low, high).Store(y + i);
        }
        for (; i < n; i++) y[i] = (ushort)TFormat.FromFloat(new Vector<uint>(((uint*)x)[i]))[0];
    }
}
