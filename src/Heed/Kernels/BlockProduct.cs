namespace Heed.Kernels;

/// <summary>Products with weights in blocks, and rows of them.</summary>
/// <remarks>
/// Quantised types multiply activations that are rounded to 8 bits, with a scale for each run of 32. With them a row's result is the same bits whatever m is and however
/// many threads there are. Plain types multiply in float32; there the order of a sum is one for few rows and another for many. Weights must be finite.
/// </remarks>
public static unsafe partial class BlockProduct
{
    /// <summary>Rows of x up to which the weight is streamed and not packed.</summary>
    internal const int FewRows = 8;

    /// <summary>y = act(x · weightᵀ + bias).</summary>
    /// <param name="m">Rows of x and y; 0 or more.</param>
    /// <param name="x">(m, columns) with row stride <paramref name="xStride"/>.</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">(rows, columns).</param>
    /// <param name="y">(m, rows) with row stride <paramref name="yStride"/>; overwritten. It must not overlap x.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="bias">Empty, or one value for each row of the weight.</param>
    /// <param name="activation">Applied last.</param>
    /// <exception cref="ArgumentException">A size is negative, a stride shorter than its row, or a span too short.</exception>
    public static void Multiply(int m, ReadOnlySpan<float> x, int xStride, BlockWeight weight, Span<float> y, int yStride,
        ReadOnlySpan<float> bias = default, ActivationKind activation = ActivationKind.None)
    {
        SpanCheck.NotNegative(m);
        SpanCheck.AtLeast(x.Length, SpanCheck.Strided(m, weight.Columns, xStride), nameof(x));
        SpanCheck.AtLeast(y.Length, SpanCheck.Strided(m, weight.Rows, yStride), nameof(y));
        if (!bias.IsEmpty) SpanCheck.AtLeast(bias.Length, weight.Rows, nameof(bias));
        if (m == 0) return;
        if (m > FewRows)
        {
            if (weight.Panels is { } panels) MatMul.Multiply(m, x, xStride, panels, y, yStride, bias, activation);
            else BlockGemm.Multiply(m, x, xStride, weight, y, yStride, bias, activation);
            return;
        }
        fixed (float* px = x, py = y, pBias = bias)
            BlockFewRows.Multiply(BlockRows.Best, m, px, xStride, weight, py, yStride, pBias, activation);
        weight.KeepAlive();
    }

    /// <summary>y[i] = row ids[i] of a table, decoded.</summary>
    /// <param name="table">(rows, columns).</param>
    /// <param name="ids">(n), each a row of the table.</param>
    /// <param name="y">(n, columns).</param>
    /// <exception cref="ArgumentException">An id is outside of the table, or y is too short.</exception>
    public static void Gather(BlockWeight table, ReadOnlySpan<int> ids, Span<float> y)
    {
        SpanCheck.AtLeast(y.Length, (long)ids.Length * table.Columns, nameof(y));
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)table.Rows) throw new ArgumentException($"Index {i} has id {ids[i]}, one in [0, {table.Rows}) was expected: the table has {table.Rows} rows.", nameof(ids));
        int step = VectorLoop.RowsPerPart(table.Columns);
        fixed (int* pi = ids)
        fixed (float* py = y)
            WorkerTeam.Run(new GatherJob(table.Table, table.Columns, ids.Length, step, pi, py), VectorLoop.Parts(ids.Length, step));
        table.KeepAlive();
    }

    private readonly struct GatherJob(BlockMatrix* parts, int columns, int n, int step, int* ids, float* y) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, n);
            for (int i = part * step; i < end; i++)
            {
                int row = ids[i];
                BlockMatrix* matrix = parts;
                for (; row >= matrix->Rows; matrix++) row -= matrix->Rows;
                BlockDecoding.Decode(matrix->Type, matrix->Row(row), y + (nint)i * columns, columns);
            }
        }
    }
}
