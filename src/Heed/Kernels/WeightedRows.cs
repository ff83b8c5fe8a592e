namespace Heed.Kernels;

/// <summary>Sums of a few chosen rows, each with its own factor: the outputs of a token's experts.</summary>
public static unsafe class WeightedRows
{
    /// <summary>y[i] = sum over k of weights[i, k] * x[places[i, k]], in the order of k.</summary>
    /// <param name="places">(n, count), each a row of x.</param>
    /// <param name="weights">(n, count).</param>
    /// <param name="count">Rows in each sum.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="y">(n, cols), overwritten.</param>
    /// <exception cref="ArgumentException">A place is outside of x, or a span is too short.</exception>
    public static void Forward(ReadOnlySpan<int> places, ReadOnlySpan<float> weights, int count, int cols, ReadOnlySpan<float> x, Span<float> y)
    {
        int n = Check(places, weights.Length, count, cols, x.Length, y.Length, nameof(y));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (int* pp = places)
        fixed (float* pw = weights, px = x, py = y)
            WorkerTeam.Run(new ForwardJob(n, count, cols, step, pp, pw, px, py), VectorLoop.Parts(n, step));
    }

    /// <summary>The gradient of <see cref="Forward"/>: dx[places[i, k]] = weights[i, k] * dy[i] and dWeights[i, k] = dy[i] · x[places[i, k]].</summary>
    /// <param name="places">(n, count), each a row of x; none may stand there twice.</param>
    /// <param name="weights">(n, count).</param>
    /// <param name="count">Rows in each sum.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="dy">(n, cols).</param>
    /// <param name="dx">(rows, cols); the chosen rows are overwritten.</param>
    /// <param name="dWeights">(n, count), overwritten.</param>
    /// <exception cref="ArgumentException">A place is outside of x, or a span is too short.</exception>
    public static void Backward(ReadOnlySpan<int> places, ReadOnlySpan<float> weights, int count, int cols, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dWeights)
    {
        int n = Check(places, weights.Length, count, cols, x.Length, dy.Length, nameof(dy));
        SpanCheck.AtLeast(dx.Length, x.Length, nameof(dx));
        SpanCheck.AtLeast(dWeights.Length, places.Length, nameof(dWeights));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (int* pp = places)
        fixed (float* pw = weights, px = x, pdy = dy, pdx = dx, pdw = dWeights)
            WorkerTeam.Run(new BackwardJob(n, count, cols, step, pp, pw, px, pdy, pdx, pdw), VectorLoop.Parts(n, step));
    }

    private static int Check(ReadOnlySpan<int> places, int weights, int count, int cols, int xLength, int length, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cols, 1);
        int n = places.Length / count, rows = xLength / cols;
        SpanCheck.AtLeast(weights, (long)n * count, nameof(weights));
        SpanCheck.AtLeast(length, (long)n * cols, name);
        for (int i = 0; i < places.Length; i++)
            if ((uint)places[i] >= (uint)rows) throw new ArgumentException($"Place {i} is {places[i]}, one in [0, {rows}) was expected.", nameof(places));
        return n;
    }

    private readonly struct ForwardJob(int n, int count, int cols, int step, int* places, float* weights, float* x, float* y) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, n);
            for (nint i = (nint)part * step; i < end; i++)
            {
                float* to = y + i * cols;
                VectorLoop.Map<Elementwise.ScaleOp>(x + (nint)places[i * count] * cols, to, cols, weights[i * count]);
                for (nint k = i * count + 1; k < (i + 1) * count; k++)
                    VectorLoop.Map<Elementwise.AddScaledOp>(x + (nint)places[k] * cols, to, to, cols, weights[k]);
            }
        }
    }

    private readonly struct BackwardJob(int n, int count, int cols, int step, int* places, float* weights, float* x, float* dy, float* dx, float* dWeights) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, n);
            for (nint i = (nint)part * step; i < end; i++)
                for (nint k = i * count; k < (i + 1) * count; k++)
                {
                    nint at = (nint)places[k] * cols;
                    VectorLoop.Map<Elementwise.ScaleOp>(dy + i * cols, dx + at, cols, weights[k]);
                    dWeights[k] =
                        Vec512.IsSupported ? RowMath.Dot<Vec512>(dy + i * cols, x + at, cols) :
                        Vec256.IsSupported ? RowMath.Dot<Vec256>(dy + i * cols, x + at, cols) :
                        Vec128.IsSupported ? RowMath.Dot<Vec128>(dy + i * cols, x + at, cols) :
                        RowMath.Dot<VecPortable>(dy + i * cols, x + at, cols);
                }
        }
    }
}
