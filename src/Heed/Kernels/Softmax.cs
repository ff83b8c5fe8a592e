using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Softmax over the rows of a matrix, with the row maximum subtracted, so that large inputs do not overflow.</summary>
public static unsafe class Softmax
{
    /// <summary>y = e^(x - m) / sum e^(x - m) in every row. -infinity gives exactly 0; a row of nothing else gives zeros.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="y">(rows, cols); may be x.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void Forward(int rows, int cols, ReadOnlySpan<float> x, Span<float> y) => Run<ForwardRow>(rows, cols, x, x, y);

    /// <summary>y = x - log sum e^x in every row. A row of -infinity stays as it is.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="y">(rows, cols); may be x.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void LogForward(int rows, int cols, ReadOnlySpan<float> x, Span<float> y) => Run<LogRow>(rows, cols, x, x, y);

    /// <summary>dx = y (dy - sum y dy) in every row: the gradient of <see cref="Forward"/>.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="y">(rows, cols), the output of the forward call.</param>
    /// <param name="dy">(rows, cols).</param>
    /// <param name="dx">(rows, cols); may be y or dy.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void Backward(int rows, int cols, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) =>
        Run<BackwardRow>(rows, cols, y, dy, dx);

    private static void Run<TRow>(int rows, int cols, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c) where TRow : unmanaged, IRow
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        long size = (long)rows * cols;
        SpanCheck.AtLeast(a.Length, size, "first input");
        SpanCheck.AtLeast(b.Length, size, "second input");
        SpanCheck.AtLeast(c.Length, size, "output");
        int step = VectorLoop.RowsPerPart(cols);
        fixed (float* pa = a, pb = b, pc = c)
            WorkerTeam.Run(new RowsJob<TRow>(rows, cols, step, pa, pb, pc), VectorLoop.Parts(rows, step));
    }

    /// <summary>What is done with one row.</summary>
    private interface IRow
    {
        static abstract void Invoke<V>(int cols, float* a, float* b, float* c) where V : struct, IVec<V>;
    }

    private readonly struct RowsJob<TRow>(int rows, int cols, int step, float* a, float* b, float* c) : IPartJob where TRow : unmanaged, IRow
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                nint at = r * cols;
                if (Vec512.IsSupported) TRow.Invoke<Vec512>(cols, a + at, b + at, c + at);
                else if (Vec256.IsSupported) TRow.Invoke<Vec256>(cols, a + at, b + at, c + at);
                else if (Vec128.IsSupported) TRow.Invoke<Vec128>(cols, a + at, b + at, c + at);
                else TRow.Invoke<VecPortable>(cols, a + at, b + at, c + at);
            }
        }
    }

    private readonly struct ForwardRow : IRow
    {
        public static void Invoke<V>(int cols, float* a, float* b, float* c) where V : struct, IVec<V>
        {
            float max = RowMath.Max<V>(a, cols);
            // From here on e^(x - max) would be NaN; with a finite value in its place the row is all e^-inf = 0, and a NaN stays one.
            if (float.IsNegativeInfinity(max)) max = 0f;
            float sum = RowMath.StoreExp<V>(a, c, cols, max);
            if (sum != 0f) VectorLoop.Map<Elementwise.ScaleOp>(c, c, cols, 1f / sum);
        }
    }

    private readonly struct LogRow : IRow
    {
        public static void Invoke<V>(int cols, float* a, float* b, float* c) where V : struct, IVec<V>
        {
            float max = RowMath.Max<V>(a, cols);
            if (float.IsNegativeInfinity(max)) max = 0f;
            float sum = RowMath.SumExp<V>(a, cols, max);
            // Subtracted one after the other: with a large max, max + log(sum) would lose the logarithm.
            VectorLoop.Map<ShiftOp>(a, c, cols, max);
            if (sum != 0f) VectorLoop.Map<ShiftOp>(c, c, cols, MathF.Log(sum));
        }
    }

    private readonly struct BackwardRow : IRow
    {
        public static void Invoke<V>(int cols, float* a, float* b, float* c) where V : struct, IVec<V> =>
            VectorLoop.Map<BackwardOp>(a, b, c, cols, RowMath.Dot<V>(a, b, cols));
    }

    private readonly struct ShiftOp : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => x - s;
    }

    private readonly struct BackwardOp : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => x * (y - s);
    }
}
