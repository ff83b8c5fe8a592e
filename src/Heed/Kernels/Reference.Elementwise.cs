namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>z[i] = f(x[i], y[i]) in double precision.</summary>
    public static void Map(Func<double, double, double> f, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z)
    {
        for (int i = 0; i < x.Length; i++) z[i] = (float)f(x[i], y[i]);
    }

    /// <summary>y[j] += sum over rows of x.</summary>
    public static void ColumnSum(int rows, int cols, ReadOnlySpan<float> x, int rowStride, Span<double> y)
    {
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < cols; i++)
                y[i] += x[r * rowStride + i];
    }

    /// <summary>The first greatest element, a NaN before every number.</summary>
    public static int ArgMax(ReadOnlySpan<float> x)
    {
        int best = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i])) return i;
            if (x[i] > x[best]) best = i;
        }
        return best;
    }

    /// <summary>table[ids[i]] += dy[i].</summary>
    public static void ScatterAdd(ReadOnlySpan<int> ids, int cols, ReadOnlySpan<float> dy, Span<double> table)
    {
        for (int i = 0; i < ids.Length; i++)
            for (int j = 0; j < cols; j++)
                table[ids[i] * cols + j] += dy[i * cols + j];
    }

    /// <summary>Dropout with the same mask function.</summary>
    public static void Dropout(ReadOnlySpan<float> x, Span<float> y, float probability, ulong seed)
    {
        (uint key0, uint key1) = Kernels.Dropout.Keys(seed);
        for (int i = 0; i < x.Length; i++)
            y[i] = Kernels.Dropout.Bits((uint)i, key0, key1) >= probability * (double)(1 << 24) ? x[i] * (1f / (1f - probability)) : 0f;
    }
}
