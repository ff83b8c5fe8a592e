using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>The greatest elements of the rows of a matrix.</summary>
public static unsafe class TopK
{
    /// <summary>Elements whose maximum is taken first, to pass over those that hold nothing new.</summary>
    private const int Block = 64;

    /// <summary>The k greatest elements of every row, greatest first; of equals the one of the lower index first.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols), no NaN.</param>
    /// <param name="k">How many, at most <paramref name="cols"/>.</param>
    /// <param name="values">(rows, k).</param>
    /// <param name="indices">(rows, k) columns.</param>
    /// <exception cref="ArgumentException">A span is too short, or a size is out of range.</exception>
    public static void Forward(int rows, int cols, ReadOnlySpan<float> x, int k, Span<float> values, Span<int> indices)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        if (k < 1 || k > cols) throw new ArgumentException($"k is {k}, 1 to {cols} (the columns) was expected.", nameof(k));
        SpanCheck.AtLeast(x.Length, (long)rows * cols, nameof(x));
        SpanCheck.AtLeast(values.Length, (long)rows * k, nameof(values));
        SpanCheck.AtLeast(indices.Length, (long)rows * k, nameof(indices));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (float* px = x, pv = values)
        fixed (int* pi = indices)
            WorkerTeam.Run(new RowsJob(rows, cols, k, step, px, pv, pi), VectorLoop.Parts(rows, step));
    }

    private readonly struct RowsJob(int rows, int cols, int k, int step, float* x, float* values, int* indices) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                Heap heap = new(values + r * k, indices + r * k, k);
                if (Vec512.IsSupported) Row<Vec512>(x + r * cols, cols, heap);
                else if (Vec256.IsSupported) Row<Vec256>(x + r * cols, cols, heap);
                else if (Vec128.IsSupported) Row<Vec128>(x + r * cols, cols, heap);
                else Row<VecPortable>(x + r * cols, cols, heap);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<V>(float* x, int n, Heap heap) where V : struct, IVec<V>
    {
        heap.Fill(x);
        int i = heap.Count;
        while (i < n)
        {
            int last = Math.Min(i + Block, n);
            if (RowMath.Max<V>(x + i, last - i) > heap.Least)
                for (int j = i; j < last; j++)
                    if (x[j] > heap.Least) heap.ReplaceLeast(x[j], j);
            i = last;
        }
        heap.Sort();
    }

    /// <summary>The best so far, the worst of them at the root.</summary>
    private readonly struct Heap(float* values, int* indices, int count)
    {
        public int Count => count;

        public float Least => values[0];

        public void Fill(float* x)
        {
            for (int i = 0; i < count; i++) (values[i], indices[i]) = (x[i], i);
            for (int i = count / 2 - 1; i >= 0; i--) Sink(i, count);
        }

        public void ReplaceLeast(float value, int index)
        {
            (values[0], indices[0]) = (value, index);
            Sink(0, count);
        }

        /// <summary>From the best down: the worst goes to the end, again and again.</summary>
        public void Sort()
        {
            for (int last = count - 1; last > 0; last--)
            {
                (values[0], values[last], indices[0], indices[last]) = (values[last], values[0], indices[last], indices[0]);
                Sink(0, last);
            }
        }

        private bool Worse(int a, int b) => values[a] < values[b] || values[a] == values[b] && indices[a] > indices[b];

        private void Sink(int at, int length)
        {
            while (true)
            {
                int child = 2 * at + 1;
                if (child >= length) return;
                if (child + 1 < length && Worse(child + 1, child)) child++;
                if (!Worse(child, at)) return;
                (values[at], values[child], indices[at], indices[child]) = (values[child], values[at], indices[child], indices[at]);
                at = child;
            }
        }
    }
}
