using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

/// <summary>
/// Scales (and minima) of a run of values with the least weighted squared error: candidates around the range of the values, each mended by
/// weighted least squares for the levels that it gives. Sums are plain products and sums in eight lanes, so that every machine writes the same blocks.
/// </summary>
internal static unsafe class BlockSearch
{
    /// <summary>x ≈ scale · q + minimum, q in 0 .. <paramref name="top"/>, minimum at most 0.</summary>
    /// <param name="x">(n), n a multiple of 8.</param>
    /// <param name="w">(n), 0 or more.</param>
    /// <param name="n">Values.</param>
    /// <param name="top">The highest level.</param>
    public static (float Scale, float Minimum) Affine(float* x, float* w, int n, int top)
    {
        Vector256<float> lowest = Vector256<float>.Zero, highest = Vector256.Create(float.NegativeInfinity), weights = lowest, products = lowest;
        for (int i = 0; i < n; i += 8)
        {
            Vector256<float> xi = Vector256.Load(x + i), wi = Vector256.Load(w + i);
            lowest = Vector256.Min(lowest, xi);
            highest = Vector256.Max(highest, xi);
            weights += wi;
            products += wi * xi;
        }
        float min = 0, max = float.NegativeInfinity, sumW = Vec256.Sum(new(weights)), sumX = Vec256.Sum(new(products));
        for (int i = 0; i < 8; i++) (min, max) = (MathF.Min(min, lowest[i]), MathF.Max(max, highest[i]));
        if (max <= min) return (0, min);

        float best = float.NegativeInfinity, scale = (max - min) / top, minimum = min;
        for (int step = 0; step <= 20; step++) Try((max - min) / (top - 1f + 0.1f * step), min);
        for (int again = 0; again < 2; again++) Try(scale, minimum);
        return (scale, minimum);

        void Try(float s, float m)
        {
            (float sumL, float sumLL, float sumLX) = AffineSums(x, w, n, m, 1 / s, top);
            float determinant = sumW * sumLL - sumL * sumL;
            if (!(determinant > 0)) return;
            float newScale = (sumW * sumLX - sumX * sumL) / determinant, newMinimum = (sumLL * sumX - sumL * sumLX) / determinant;
            if (newMinimum > 0) (newScale, newMinimum) = (sumLX / sumLL, 0);
            // At the optimum the error is the sum of w x² less this; only the difference counts.
            float explained = newScale * sumLX + newMinimum * sumX;
            if (newScale > 0 && explained > best) (best, scale, minimum) = (explained, newScale, newMinimum);
        }
    }

    /// <summary>x ≈ scale · q, q in -<paramref name="half"/> .. <paramref name="half"/> - 1; the scale may be negative.</summary>
    public static float Symmetric(float* x, float* w, int n, int half)
    {
        float max = Largest(x, n);
        if (max == 0) return 0;
        float best = 0, scale = -max / half;
        for (int step = -9; step <= 9; step++) Try(-max / (half + 0.1f * step));
        for (int again = 0; again < 2; again++) Try(scale);
        return scale;

        void Try(float s)
        {
            (float sumLL, float sumLX) = SymmetricSums(x, w, n, 1 / s, half);
            if (sumLL > 0 && sumLX * sumLX > best * sumLL) (best, scale) = (sumLX * sumLX / sumLL, sumLX / sumLL);
        }
    }

    /// <summary>x ≈ scale · level, of the sixteen levels of <see cref="BlockType.IQ4_NL"/>; the scale may be negative.</summary>
    public static float Levels(float* x, float* w, int n)
    {
        float max = Largest(x, n);
        if (max == 0) return 0;
        float best = 0, scale = max / -127;
        for (int step = -8; step <= 8; step++)
        {
            Try(max / (step - 127));
            Try(max / (step + 113));
        }
        for (int again = 0; again < 2; again++) Try(scale);
        return scale;

        void Try(float s)
        {
            (float sumLL, float sumLX) = LevelSums(x, w, n, 1 / s);
            if (sumLL > 0 && sumLX * sumLX > best * sumLL) (best, scale) = (sumLX * sumLX / sumLL, sumLX / sumLL);
        }
    }

    /// <summary>The value farthest from 0, with its sign: the first of several.</summary>
    public static float Largest(float* x, int n)
    {
        float max = 0, size = 0;
        for (int i = 0; i < n; i++)
            if (MathF.Abs(x[i]) > size) (max, size) = (x[i], MathF.Abs(x[i]));
        return max;
    }

    /// <summary>The number of the level next to x in the order of <see cref="BlockDecoding.Levels"/>.</summary>
    public static int NearestLevel(float x)
    {
        int level = 0;
        while (level < 15 && x > Midpoint(level)) level++;
        return level;
    }

    private static float Midpoint(int level) => (BlockDecoding.Levels[level] + BlockDecoding.Levels[level + 1]) * 0.5f;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float L, float LL, float LX) AffineSums(float* x, float* w, int n, float minimum, float inverse, int top)
    {
        Vector256<float> m = Vector256.Create(minimum), s = Vector256.Create(inverse), high = Vector256.Create((float)top), zero = Vector256<float>.Zero;
        Vector256<float> sumL = zero, sumLL = zero, sumLX = zero;
        for (int i = 0; i < n; i += 8)
        {
            Vector256<float> xi = Vector256.Load(x + i), l = Vector256.Min(Vector256.Max(Vector256.Round((xi - m) * s), zero), high), wl = Vector256.Load(w + i) * l;
            sumL += wl;
            sumLL += wl * l;
            sumLX += wl * xi;
        }
        return (Vec256.Sum(new(sumL)), Vec256.Sum(new(sumLL)), Vec256.Sum(new(sumLX)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float LL, float LX) SymmetricSums(float* x, float* w, int n, float inverse, int half)
    {
        Vector256<float> s = Vector256.Create(inverse), low = Vector256.Create((float)-half), high = Vector256.Create(half - 1f), sumLL = Vector256<float>.Zero, sumLX = sumLL;
        for (int i = 0; i < n; i += 8)
        {
            Vector256<float> xi = Vector256.Load(x + i), l = Vector256.Min(Vector256.Max(Vector256.Round(xi * s), low), high), wl = Vector256.Load(w + i) * l;
            sumLL += wl * l;
            sumLX += wl * xi;
        }
        return (Vec256.Sum(new(sumLL)), Vec256.Sum(new(sumLX)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float LL, float LX) LevelSums(float* x, float* w, int n, float inverse)
    {
        Vector256<float> s = Vector256.Create(inverse), sumLL = Vector256<float>.Zero, sumLX = sumLL;
        for (int i = 0; i < n; i += 8)
        {
            Vector256<float> xi = Vector256.Load(x + i), scaled = xi * s, l = Vector256.Create((float)BlockDecoding.Levels[0]);
            for (int level = 0; level < 15; level++)
                l += Vector256.GreaterThan(scaled, Vector256.Create(Midpoint(level))) & Vector256.Create((float)(BlockDecoding.Levels[level + 1] - BlockDecoding.Levels[level]));
            Vector256<float> wl = Vector256.Load(w + i) * l;
            sumLL += wl * l;
            sumLX += wl * xi;
        }
        return (Vec256.Sum(new(sumLL)), Vec256.Sum(new(sumLX)));
    }
}
