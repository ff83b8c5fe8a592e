namespace Heed.Kernels;

/// <summary>Rows of a table chosen by number, as in an embedding, and the gradient.</summary>
public static unsafe class GatherRows
{
    /// <summary>Parts of <see cref="ScatterAdd"/> at most, and columns of one at least: narrow parts jump through memory.</summary>
    private const int ScatterParts = 8, ScatterCols = 64;

    /// <summary>y[i] = table[ids[i]].</summary>
    /// <param name="ids">(n), each a row of the table.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="table">(rows, cols).</param>
    /// <param name="y">(n, cols).</param>
    /// <exception cref="ArgumentException">An id is outside of the table, or y is too short.</exception>
    public static void Forward(ReadOnlySpan<int> ids, int cols, ReadOnlySpan<float> table, Span<float> y)
    {
        Check(ids, cols, table.Length, y.Length, nameof(y));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (int* pi = ids)
        fixed (float* pt = table, py = y)
            WorkerTeam.Run(new GatherJob(ids.Length, cols, step, pi, pt, py), VectorLoop.Parts(ids.Length, step));
    }

    /// <summary>dTable[ids[i]] += dy[i], in the order of i: repeated ids give the same sum on every number of threads.</summary>
    /// <param name="ids">(n), each a row of the table.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="dy">(n, cols).</param>
    /// <param name="dTable">(rows, cols), added to.</param>
    /// <exception cref="ArgumentException">An id is outside of the table, or dy is too short.</exception>
    public static void ScatterAdd(ReadOnlySpan<int> ids, int cols, ReadOnlySpan<float> dy, Span<float> dTable)
    {
        Check(ids, cols, dTable.Length, dy.Length, nameof(dy));
        // Split over columns: no two parts write the same element. Below the size of a part it is one part.
        bool small = (long)ids.Length * cols <= VectorLoop.PartSize;
        int block = small ? Math.Max(1, cols) : Math.Max(ScatterCols, (VectorLoop.Parts(cols, ScatterParts) + 15) & ~15);
        fixed (int* pi = ids)
        fixed (float* pd = dy, pt = dTable)
            WorkerTeam.Run(new ScatterJob(ids.Length, cols, block, pi, pd, pt), VectorLoop.Parts(cols, block));
    }

    private static void Check(ReadOnlySpan<int> ids, int cols, int tableLength, int length, string name)
    {
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(length, (long)ids.Length * cols, name);
        int rows = cols == 0 ? int.MaxValue : tableLength / cols;
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)rows) throw new ArgumentException($"Index {i} has id {ids[i]}, one in [0, {rows}) was expected: the table has {rows} rows.", nameof(ids));
    }

    private readonly struct GatherJob(int n, int cols, int step, int* ids, float* table, float* y) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, n);
            for (nint i = (nint)part * step; i < end; i++)
                new ReadOnlySpan<float>(table + (nint)ids[i] * cols, cols).CopyTo(new Span<float>(y + i * cols, cols));
        }
    }

    private readonly struct ScatterJob(int n, int cols, int block, int* ids, float* dy, float* dTable) : IPartJob
    {
        public void Run(int part)
        {
            nint start = (nint)part * block, count = Math.Min(block, cols - start);
            for (nint i = 0; i < n; i++)
            {
                float* target = dTable + (nint)ids[i] * cols + start;
                VectorLoop.Map<Elementwise.AddOp>(target, dy + i * cols + start, target, count, 0f);
            }
        }
    }
}
