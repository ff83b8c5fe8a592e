namespace Heed.Kernels;

// The weight as it stands, not transposed: the way back through a layer whose weight is in blocks.
public static unsafe partial class BlockProduct
{
    /// <summary>Floats that are decoded at a time: they stay in the L3 cache until the product has read them.</summary>
    private const int DecodedFloats = 1 << 21;

    /// <summary>Rows that are decoded at a time at most: longer sums are cut by the product anyway.</summary>
    private const int DecodedRows = 1024;

    /// <summary>y = [y +] x · weight, in float32: x is not rounded. The same bits for any number of threads.</summary>
    /// <param name="m">Rows of x and y; 0 or more.</param>
    /// <param name="x">(m, rows) with row stride <paramref name="xStride"/>.</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">(rows, columns).</param>
    /// <param name="y">(m, columns) with row stride <paramref name="yStride"/>. It must not overlap x.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="accumulate">Add to what y holds instead of overwriting it.</param>
    /// <exception cref="ArgumentException">A size is negative, a stride shorter than its row, or a span too short.</exception>
    public static void MultiplyPlain(int m, ReadOnlySpan<float> x, int xStride, BlockWeight weight, Span<float> y, int yStride, bool accumulate = false)
    {
        SpanCheck.NotNegative(m);
        SpanCheck.AtLeast(x.Length, SpanCheck.Strided(m, weight.Rows, xStride), nameof(x));
        SpanCheck.AtLeast(y.Length, SpanCheck.Strided(m, weight.Columns, yStride), nameof(y));
        int columns = weight.Columns, step = Math.Clamp(DecodedFloats / Math.Max(1, columns), 1, DecodedRows);
        if (m == 0 || columns == 0) return;
        if (weight.Rows == 0) MatMul.Multiply(m, columns, 0, x, xStride, false, [], columns, false, y, yStride, accumulate);
        int done = 0;
        foreach (BlockMatrix part in weight.Parts)
            for (int row = 0; row < part.Rows; row += step)
            {
                int count = Math.Min(step, part.Rows - row);
                ReadOnlySpan<float> rows = new(part.Type == BlockType.F32 ? (float*)part.Row(row) : Decoded(part, row, count), count * columns);
                MatMul.Multiply(m, columns, count, x[done..], xStride, false, rows, columns, false, y, yStride, accumulate || done > 0);
                done += count;
            }
        weight.KeepAlive();
    }

    private static float* Decoded(in BlockMatrix matrix, int row, int count)
    {
        float* rows = (float*)BlockScratch.Decoded((long)count * matrix.Columns * sizeof(float));
        int step = VectorLoop.RowsPerPart(matrix.Columns);
        WorkerTeam.Run(new DecodeJob(matrix, row, count, step, rows), VectorLoop.Parts(count, step));
        return rows;
    }

    private readonly struct DecodeJob(BlockMatrix matrix, int row, int count, int step, float* rows) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, count);
            for (int i = part * step; i < end; i++) BlockDecoding.Decode(matrix.Type, matrix.Row(row + i), rows + (nint)i * matrix.Columns, matrix.Columns);
        }
    }
}
