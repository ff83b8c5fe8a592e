using System.Numerics;
using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Dropout (Srivastava et al., 2014) with a mask that is a function of seed and element number, so that it is never stored.</summary>
public static unsafe class Dropout
{
    /// <summary>y = x / (1 - probability) where an element is kept, 0 where it is dropped. The same seed gives the same mask: call it with dy for the gradient.</summary>
    /// <param name="x">Input.</param>
    /// <param name="y">Output, at least as long as x; may be x.</param>
    /// <param name="probability">Chance of an element to be dropped, in [0, 1]; resolved to 1 / 2^24.</param>
    /// <param name="seed">Chooses the mask.</param>
    /// <exception cref="ArgumentException">y is shorter than x, or the probability is out of range.</exception>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y, float probability, ulong seed)
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        if (!(probability >= 0f && probability <= 1f))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability in [0, 1] was expected.");
        (uint key0, uint key1) = Keys(seed);
        uint threshold = (uint)Math.Round(probability * (double)(1 << 24));
        float scale = probability < 1f ? 1f / (1f - probability) : 0f;
        fixed (float* px = x, py = y)
        {
            WorkerTeam.Run(new DropoutJob(px, py, x.Length, key0, key1, threshold, scale),
                VectorLoop.Parts(x.Length, VectorLoop.PartSize));
        }
    }

    /// <summary>The two keys of a seed by SplitMix64 (Steele, Lea and Flood, 2014): neighbouring seeds give unrelated keys.</summary>
    internal static (uint Key0, uint Key1) Keys(ulong seed)
    {
        ulong z = seed + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return ((uint)z, (uint)(z >> 32));
    }

    /// <summary>24 random bits for one element: two rounds of multiply and shift, with a key before each.</summary>
    internal static uint Bits(uint index, uint key0, uint key1)
    {
        uint h = index + key0;
        h = (h ^ (h >> 16)) * 0x7FEB352D;
        h = (h ^ (h >> 15) ^ key1) * 0x846CA68B;
        return (h ^ (h >> 16)) >> 8;
    }

    private readonly struct DropoutJob(float* x, float* y, int n, uint key0, uint key1, uint threshold, float scale) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize;
            Mask(x, y, start, Math.Min(VectorLoop.PartSize, n - start) + start, key0, key1, threshold, scale);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mask(float* x, float* y, int start, int end, uint key0, uint key1, uint threshold, float scale)
    {
        int i = start, width = Vector<float>.Count;
        Vector<uint> counter = Vector.CreateSequence((uint)start + key0, 1u), advance = new((uint)width);
        Vector<uint> second = new(key1), multiply0 = new(0x7FEB352Du), multiply1 = new(0x846CA68Bu);
        // The 24 bits are compared as signed numbers, which every instruction set has.
        Vector<int> limit = new((int)threshold);
        Vector<float> factor = new(scale);
        for (; i <= end - width; i += width, counter += advance)
        {
            Vector<uint> h = (counter ^ (counter >>> 16)) * multiply0;
            h = (h ^ (h >>> 15) ^ second) * multiply1;
            h = (h ^ (h >>> 16)) >>> 8;
            Vector<int> keep = Vector.GreaterThanOrEqual(Vector.AsVectorInt32(h), limit);
            Vector.ConditionalSelect(keep, Vector.Load(x + i) * factor, Vector<float>.Zero).Store(y + i);
        }
        for (; i < end; i++) y[i] = Bits((uint)i, key0, key1) >= threshold ? x[i] * scale : 0f;
    }
}
