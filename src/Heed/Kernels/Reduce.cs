using System.Numerics;
using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Reductions. Sums run over fixed chunks that are combined in order, so they do not depend on the number of threads.</summary>
public static unsafe class Reduce
{
    /// <summary>Row chunks of a column sum at most: more would only make the second pass longer.</summary>
    private const int MaxChunks = 64;
    /// <summary>Columns that one part of the second pass combines.</summary>
    private const int CombineCols = 512;

    /// <summary>y[j] = sum over i of x[i, j]: the gradient of a bias.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols), rows <paramref name="rowStride"/> elements apart.</param>
    /// <param name="rowStride">Elements from one row to the next, at least cols.</param>
    /// <param name="y">(cols).</param>
    /// <param name="accumulate">Adds to y in place of overwriting it.</param>
    /// <exception cref="ArgumentException">A span is too short, the stride is below cols, or a size is negative.</exception>
    public static void ColumnSum(int rows, int cols, ReadOnlySpan<float> x, int rowStride, Span<float> y, bool accumulate)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(x.Length, SpanCheck.Strided(rows, cols, rowStride), nameof(x));
        SpanCheck.AtLeast(y.Length, cols, nameof(y));
        if (cols == 0) return;
        int step = ChunkRows(rows, cols), chunks = VectorLoop.Parts(rows, step);
        fixed (float* px = x, py = y)
        {
            float* partial = (float*)KernelScratch.Get((long)chunks * cols * sizeof(float));
            WorkerTeam.Run(new ColumnSumJob(rows, cols, step, px, rowStride, partial), chunks);
            CombineChunks(chunks, cols, partial, cols, py, accumulate);
        }
    }

    /// <summary>The sum of all elements, in double precision.</summary>
    public static double Sum(ReadOnlySpan<float> x) => SumChunks<Plain>(x);

    /// <summary>The sum of the squares of all elements, in double precision: cannot overflow.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> x) => SumChunks<Square>(x);

    /// <summary>True when no element is infinite or NaN.</summary>
    public static bool AllFinite(ReadOnlySpan<float> x)
    {
        int bad = 0;
        fixed (float* px = x)
            WorkerTeam.Run(new FiniteJob(px, x.Length, &bad), VectorLoop.Parts(x.Length, VectorLoop.PartSize));
        return bad == 0;
    }

    /// <summary>The index of the greatest element, the first of equal ones. A NaN counts as greater than every number.</summary>
    /// <exception cref="ArgumentException">x is empty.</exception>
    public static int ArgMax(ReadOnlySpan<float> x)
    {
        if (x.IsEmpty) throw new ArgumentException("The span holds 0 elements, at least 1 was expected.", nameof(x));
        int parts = VectorLoop.Parts(x.Length, VectorLoop.PartSize);
        Candidate* best = (Candidate*)KernelScratch.Get((long)parts * sizeof(Candidate));
        fixed (float* px = x)
        {
            WorkerTeam.Run(new ArgMaxJob(px, x.Length, best), parts);
            Candidate first = best[0];
            for (int i = 1; i < parts; i++)
                if (Exceeds(best[i].Value, first.Value)) first = best[i];
            int index = first.Block;
            while (px[index] != first.Value && !float.IsNaN(px[index])) index++;
            return index;
        }
    }

    /// <summary>Rows of one chunk when rows are summed in chunks.</summary>
    internal static int ChunkRows(int rows, int cols) => Math.Max(VectorLoop.RowsPerPart(cols), VectorLoop.Parts(rows, MaxChunks));

    /// <summary>y = the sum of chunk rows in order: partial[c * stride + j] over c, added to y when accumulating.</summary>
    internal static void CombineChunks(int chunks, int cols, float* partial, nint stride, float* y, bool accumulate) =>
        WorkerTeam.Run(new CombineJob(chunks, cols, partial, stride, y, accumulate), VectorLoop.Parts(cols, CombineCols));

    private readonly struct ColumnSumJob(int rows, int cols, int step, float* x, nint stride, float* partial) : IPartJob
    {
        public void Run(int part)
        {
            nint start = (nint)part * step;
            int count = (int)Math.Min(step, rows - start);
            SumRows(count, cols, x + start * stride, stride, partial + (nint)part * cols, accumulate: false);
        }
    }

    private readonly struct CombineJob(int chunks, int cols, float* partial, nint stride, float* y, bool accumulate) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * CombineCols;
            SumRows(chunks, Math.Min(CombineCols, cols - start), partial + start, stride, y + start, accumulate);
        }
    }

    private static void SumRows(int rows, int cols, float* x, nint stride, float* y, bool accumulate)
    {
        if (Vec512.IsSupported) SumRows<Vec512>(rows, cols, x, stride, y, accumulate);
        else if (Vec256.IsSupported) SumRows<Vec256>(rows, cols, x, stride, y, accumulate);
        else if (Vec128.IsSupported) SumRows<Vec128>(rows, cols, x, stride, y, accumulate);
        else SumRows<VecPortable>(rows, cols, x, stride, y, accumulate);
    }

    // Four rows a sweep: y is loaded and stored once for four rows, and x is read as it lies in memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows<V>(int rows, int cols, float* x, nint stride, float* y, bool accumulate) where V : struct, IVec<V>
    {
        if (!accumulate) new Span<float>(y, cols).Clear();
        int r = 0;
        for (; r <= rows - 4; r += 4, x += 4 * stride)
        {
            float* a = x, b = x + stride, c = b + stride, d = c + stride;
            nint i = 0;
            for (; i <= cols - V.Count; i += V.Count)
                (V.Load(y + i) + ((V.Load(a + i) + V.Load(b + i)) + (V.Load(c + i) + V.Load(d + i)))).Store(y + i);
            for (; i < cols; i++) y[i] += (a[i] + b[i]) + (c[i] + d[i]);
        }
        for (; r < rows; r++, x += stride)
        {
            nint i = 0;
            for (; i <= cols - V.Count; i += V.Count) (V.Load(y + i) + V.Load(x + i)).Store(y + i);
            for (; i < cols; i++) y[i] += x[i];
        }
    }

    /// <summary>What is summed, in double precision.</summary>
    private interface ITerm
    {
        static abstract Vector<double> Add(Vector<double> sum, Vector<double> x);
        static abstract double Of(double x);
    }

    private readonly struct Plain : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<double> Add(Vector<double> sum, Vector<double> x) => sum + x;
        public static double Of(double x) => x;
    }

    private readonly struct Square : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector<double> Add(Vector<double> sum, Vector<double> x) => sum + x * x;
        public static double Of(double x) => x * x;
    }

    private static double SumChunks<TTerm>(ReadOnlySpan<float> x) where TTerm : unmanaged, ITerm
    {
        int parts = VectorLoop.Parts(x.Length, VectorLoop.PartSize);
        fixed (float* px = x)
        {
            if (parts <= 1) return SumChunk<TTerm>(px, x.Length);
            double* sums = (double*)KernelScratch.Get((long)parts * sizeof(double));
            WorkerTeam.Run(new SumJob<TTerm>(px, x.Length, sums), parts);
            double sum = 0;
            for (int i = 0; i < parts; i++) sum += sums[i];
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumChunk<TTerm>(float* x, int n) where TTerm : unmanaged, ITerm
    {
        Vector<double> a = default, b = default, c = default, d = default;
        int i = 0, width = Vector<float>.Count;
        for (; i <= n - 2 * width; i += 2 * width)
        {
            Vector.Widen(Vector.Load(x + i), out Vector<double> low, out Vector<double> high);
            a = TTerm.Add(a, low);
            b = TTerm.Add(b, high);
            Vector.Widen(Vector.Load(x + i + width), out low, out high);
            c = TTerm.Add(c, low);
            d = TTerm.Add(d, high);
        }
        double sum = Vector.Sum((a + b) + (c + d));
        for (; i < n; i++) sum += TTerm.Of(x[i]);
        return sum;
    }

    private readonly struct SumJob<TTerm>(float* x, int n, double* sums) : IPartJob where TTerm : unmanaged, ITerm
    {
        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize;
            sums[part] = SumChunk<TTerm>(x + start, Math.Min(VectorLoop.PartSize, n - start));
        }
    }

    private readonly struct FiniteJob(float* x, int n, int* bad) : IPartJob
    {
        public void Run(int part)
        {
            if (Volatile.Read(ref *bad) != 0) return;
            int start = part * VectorLoop.PartSize, count = Math.Min(VectorLoop.PartSize, n - start);
            bool finite =
                Vec512.IsSupported ? ChunkIsFinite<Vec512>(x + start, count) :
                Vec256.IsSupported ? ChunkIsFinite<Vec256>(x + start, count) :
                Vec128.IsSupported ? ChunkIsFinite<Vec128>(x + start, count) :
                ChunkIsFinite<VecPortable>(x + start, count);
            if (!finite) Volatile.Write(ref *bad, 1);
        }
    }

    // 0 * x is 0 for finite x and NaN for infinities and NaN, and a sum never loses a NaN.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ChunkIsFinite<V>(float* x, nint n) where V : struct, IVec<V>
    {
        V zero = V.Create(0f), a = zero, b = zero;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            a = V.MultiplyAdd(V.Load(x + i), zero, a);
            b = V.MultiplyAdd(V.Load(x + i + V.Count), zero, b);
        }
        float sum = V.Sum(a + b);
        for (; i < n; i++) sum += 0f * x[i];
        return sum == 0f;
    }

    private static bool Exceeds(float a, float b) => a > b || (float.IsNaN(a) && !float.IsNaN(b));

    /// <summary>The greatest value of a part and the first block of elements that holds it: one block is searched in the end.</summary>
    private readonly record struct Candidate(float Value, int Block);

    private readonly struct ArgMaxJob(float* x, int n, Candidate* best) : IPartJob
    {
        private const int Block = 2048;

        public void Run(int part)
        {
            int start = part * VectorLoop.PartSize, end = Math.Min(start + VectorLoop.PartSize, n);
            Candidate first = new(float.NegativeInfinity, start);
            for (int block = start; block < end; block += Block)
            {
                int count = Math.Min(Block, end - block);
                float max =
                    Vec512.IsSupported ? RowMath.MaxOrNaN<Vec512>(x + block, count) :
                    Vec256.IsSupported ? RowMath.MaxOrNaN<Vec256>(x + block, count) :
                    Vec128.IsSupported ? RowMath.MaxOrNaN<Vec128>(x + block, count) :
                    RowMath.MaxOrNaN<VecPortable>(x + block, count);
                if (Exceeds(max, first.Value)) first = new(max, block);
            }
            best[part] = first;
        }
    }
}
