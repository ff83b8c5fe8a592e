using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Element-wise arithmetic. Every output may be one of the inputs.</summary>
public static unsafe class Elementwise
{
    /// <summary>z = x + y over x.Length elements.</summary>
    /// <exception cref="ArgumentException">y or z is shorter than x.</exception>
    public static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => VectorLoop.Run<AddOp>(x, y, z, 0f);

    /// <summary>z = x - y over x.Length elements.</summary>
    /// <exception cref="ArgumentException">y or z is shorter than x.</exception>
    public static void Subtract(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => VectorLoop.Run<SubtractOp>(x, y, z, 0f);

    /// <summary>z = x * y over x.Length elements.</summary>
    /// <exception cref="ArgumentException">y or z is shorter than x.</exception>
    public static void Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z) => VectorLoop.Run<MultiplyOp>(x, y, z, 0f);

    /// <summary>y = s * x over x.Length elements.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void Scale(ReadOnlySpan<float> x, float s, Span<float> y) => VectorLoop.Run<ScaleOp>(x, y, s);

    /// <summary>y += s * x over x.Length elements.</summary>
    /// <exception cref="ArgumentException">y is shorter than x.</exception>
    public static void AddScaled(float s, ReadOnlySpan<float> x, Span<float> y) => VectorLoop.Run<AddScaledOp>(x, y, y, s);

    /// <summary>y = v in every element.</summary>
    public static void Fill(Span<float> y, float v)
    {
        if (y.Length <= VectorLoop.PartSize)
        {
            y.Fill(v);
            return;
        }
        fixed (float* py = y) WorkerTeam.Run(new FillJob(py, y.Length, v), VectorLoop.Parts(y.Length, VectorLoop.PartSize));
    }

    /// <summary>y = x + row in every row: a bias.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="row">(cols).</param>
    /// <param name="y">(rows, cols); may be x.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void AddRow(int rows, int cols, ReadOnlySpan<float> x, ReadOnlySpan<float> row, Span<float> y)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(x.Length, (long)rows * cols, nameof(x));
        SpanCheck.AtLeast(row.Length, cols, nameof(row));
        SpanCheck.AtLeast(y.Length, (long)rows * cols, nameof(y));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (float* px = x, pr = row, py = y) WorkerTeam.Run(new AddRowJob(rows, cols, step, px, pr, py), VectorLoop.Parts(rows, step));
    }

    /// <summary>Copies a matrix between memories with different distances of rows. Source and target must not overlap.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="source">(rows, cols), rows <paramref name="sourceStride"/> elements apart.</param>
    /// <param name="sourceStride">Elements from one source row to the next, at least cols.</param>
    /// <param name="target">(rows, cols), rows <paramref name="targetStride"/> elements apart; what lies between the rows stays.</param>
    /// <param name="targetStride">Elements from one target row to the next, at least cols.</param>
    /// <exception cref="ArgumentException">A span is too short, a stride is below cols, or a size is negative.</exception>
    public static void Copy2D(int rows, int cols, ReadOnlySpan<float> source, int sourceStride, Span<float> target, int targetStride)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(source.Length, SpanCheck.Strided(rows, cols, sourceStride), nameof(source));
        SpanCheck.AtLeast(target.Length, SpanCheck.Strided(rows, cols, targetStride), nameof(target));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (float* ps = source, pt = target)
            WorkerTeam.Run(new CopyJob(rows, cols, step, ps, sourceStride, pt, targetStride), VectorLoop.Parts(rows, step));
    }

    internal readonly struct AddOp : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => x + y;
    }

    private readonly struct SubtractOp : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => x - y;
    }

    private readonly struct MultiplyOp : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => x * y;
    }

    internal readonly struct ScaleOp : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => x * s;
    }

    internal readonly struct AddScaledOp : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => V.MultiplyAdd(s, x, y);
    }

    private readonly struct FillJob(float* y, int n, float v) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize;
            new Span<float>(y + start, Math.Min(VectorLoop.PartSize, n - start)).Fill(v);
        }
    }

    private readonly struct AddRowJob(int rows, int cols, int step, float* x, float* row, float* y) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++) VectorLoop.Map<AddOp>(x + r * cols, row, y + r * cols, cols, 0f);
        }
    }

    private readonly struct CopyJob(int rows, int cols, int step, float* source, int sourceStride, float* target, int targetStride) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
                new ReadOnlySpan<float>(source + r * sourceStride, cols).CopyTo(new Span<float>(target + r * targetStride, cols));
        }
    }
}
