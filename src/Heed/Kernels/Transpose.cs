namespace Heed.Kernels;

/// <summary>The transposed copy of a matrix.</summary>
public static unsafe class Transpose
{
    /// <summary>Both sides of a tile of so many rows and columns stay in the first cache.</summary>
    private const int Tile = 32;

    /// <summary>y[j, i] = x[i, j].</summary>
    /// <param name="rows">Rows of x.</param>
    /// <param name="cols">Columns of x.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="y">(cols, rows); must not overlap x.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void Copy(int rows, int cols, ReadOnlySpan<float> x, Span<float> y)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(x.Length, (long)rows * cols, nameof(x));
        SpanCheck.AtLeast(y.Length, (long)rows * cols, nameof(y));
        fixed (float* px = x, py = y) WorkerTeam.Run(new Job(rows, cols, px, py), VectorLoop.Parts(rows, Tile));
    }

    /// <summary>One part is one strip of rows of x.</summary>
    private readonly struct Job(int rows, int cols, float* x, float* y) : IPartJob
    {
        public void Run(int part)
        {
            int first = part * Tile, last = Math.Min(rows, first + Tile);
            for (int c0 = 0; c0 < cols; c0 += Tile)
                for (int c = c0; c < Math.Min(cols, c0 + Tile); c++)
                    for (int r = first; r < last; r++) y[(nint)c * rows + r] = x[(nint)r * cols + c];
        }
    }
}
