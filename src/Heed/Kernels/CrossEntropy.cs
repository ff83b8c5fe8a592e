using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>
/// Cross-entropy of rows of logits with class targets: loss = log sum e^logit - logit[target]. With label smoothing s the target is
/// (1 - s) onehot + s / vocab, so that loss = log sum e^logit - (1 - s) logit[target] - s mean(logits) (Szegedy et al. 2016, https://arxiv.org/abs/1512.00567).
/// </summary>
public static unsafe class CrossEntropy
{
    /// <summary>Columns whose maximum and sum are taken together, from the cache, so that memory is read once.</summary>
    private const int Block = 4096;

    /// <summary>The loss of every row.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="vocab">Columns: classes.</param>
    /// <param name="logits">(rows, vocab).</param>
    /// <param name="targets">(rows), each in [0, vocab) or <paramref name="ignoreIndex"/>.</param>
    /// <param name="ignoreIndex">The target of rows that do not count.</param>
    /// <param name="losses">(rows), in nats; 0 in ignored rows.</param>
    /// <param name="logSumExp">(rows), or empty when not wanted; written in ignored rows too.</param>
    /// <param name="smoothing">Label smoothing, in [0, 1].</param>
    /// <exception cref="ArgumentException">A span is too short, a size is negative, or a target is out of range.</exception>
    public static void Forward(int rows, int vocab, ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, int ignoreIndex,
        Span<float> losses, Span<float> logSumExp, float smoothing = 0f)
    {
        Check(rows, vocab, logits.Length, targets, ignoreIndex, losses.Length);
        if (!logSumExp.IsEmpty) SpanCheck.AtLeast(logSumExp.Length, rows, nameof(logSumExp));
        fixed (float* px = logits, pl = losses, pe = logSumExp)
        fixed (int* pt = targets)
            Run<No>(rows, vocab, px, pt, ignoreIndex, smoothing, 0f, pl, pe);
    }

    /// <summary>The loss of every row, and the gradient in place of the logits.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="vocab">Columns: classes.</param>
    /// <param name="logits">(rows, vocab). In: logits. Out: (softmax - target) * scale, 0 in ignored rows.</param>
    /// <param name="targets">(rows), each in [0, vocab) or <paramref name="ignoreIndex"/>.</param>
    /// <param name="ignoreIndex">The target of rows that do not count.</param>
    /// <param name="scale">Factor of the gradient, such as one over the number of counted rows. The losses are not scaled.</param>
    /// <param name="losses">(rows), in nats; 0 in ignored rows.</param>
    /// <param name="smoothing">Label smoothing, in [0, 1].</param>
    /// <exception cref="ArgumentException">A span is too short, a size is negative, or a target is out of range.</exception>
    public static void ForwardBackward(int rows, int vocab, Span<float> logits, ReadOnlySpan<int> targets, int ignoreIndex, float scale,
        Span<float> losses, float smoothing = 0f)
    {
        Check(rows, vocab, logits.Length, targets, ignoreIndex, losses.Length);
        fixed (float* px = logits, pl = losses)
        fixed (int* pt = targets)
            Run<Yes>(rows, vocab, px, pt, ignoreIndex, smoothing, scale, pl, null);
    }

    private static void Check(int rows, int vocab, int logits, ReadOnlySpan<int> targets, int ignoreIndex, int losses)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(vocab);
        SpanCheck.AtLeast(logits, (long)rows * vocab, nameof(logits));
        SpanCheck.AtLeast(targets.Length, rows, nameof(targets));
        SpanCheck.AtLeast(losses, rows, nameof(losses));
        for (int r = 0; r < rows; r++)
        {
            if ((uint)targets[r] >= (uint)vocab && targets[r] != ignoreIndex)
                throw new ArgumentException($"Row {r} has target {targets[r]}, one in [0, {vocab}) or {ignoreIndex} (ignored) was expected.", nameof(targets));
        }
    }

    private static void Run<TGradient>(int rows, int vocab, float* x, int* targets, int ignore, float smoothing, float scale, float* losses, float* lse)
        where TGradient : unmanaged, ISwitch
    {
        if (smoothing is not (>= 0f and <= 1f)) throw new ArgumentException($"Label smoothing is {smoothing}, 0 to 1 was expected.", nameof(smoothing));
        int step = VectorLoop.RowsPerPart(vocab);
        WorkerTeam.Run(new RowsJob<TGradient>(rows, vocab, step, x, targets, ignore, smoothing, scale, losses, lse), VectorLoop.Parts(rows, step));
    }

    private interface ISwitch
    {
        static abstract bool On { get; }
    }

    private readonly struct Yes : ISwitch
    {
        public static bool On => true;
    }

    private readonly struct No : ISwitch
    {
        public static bool On => false;
    }

    private readonly struct RowsJob<TGradient>(int rows, int vocab, int step, float* x, int* targets, int ignore, float smoothing, float scale, float* losses, float* lse)
        : IPartJob where TGradient : unmanaged, ISwitch
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (int r = (int)((long)part * step); r < end; r++)
            {
                float* row = x + (nint)r * vocab;
                bool counts = targets[r] != ignore;
                if (!counts)
                {
                    losses[r] = 0f;
                    if (TGradient.On) new Span<float>(row, vocab).Clear();
                    if (lse == null) continue;
                }
                double sum =
                    Vec512.IsSupported ? SumExp<Vec512>(row, vocab, out float max) :
                    Vec256.IsSupported ? SumExp<Vec256>(row, vocab, out max) :
                    Vec128.IsSupported ? SumExp<Vec128>(row, vocab, out max) :
                    SumExp<VecPortable>(row, vocab, out max);
                if (lse != null) lse[r] = (float)(max + Math.Log(sum));
                if (!counts) continue;
                double loss = Math.Log(sum) - ((double)row[targets[r]] - max);
                if (smoothing != 0f)
                {
                    double mean =
                        (Vec512.IsSupported ? RowMath.Sum<Vec512>(row, vocab) :
                        Vec256.IsSupported ? RowMath.Sum<Vec256>(row, vocab) :
                        Vec128.IsSupported ? RowMath.Sum<Vec128>(row, vocab) :
                        RowMath.Sum<VecPortable>(row, vocab)) / (double)vocab;
                    loss = (1 - smoothing) * loss + smoothing * (Math.Log(sum) - (mean - max));
                }
                losses[r] = (float)loss;
                if (!TGradient.On) continue;
                float factor = (float)(scale / sum), less = smoothing * scale / vocab;
                if (Vec512.IsSupported) Gradient<Vec512>(row, vocab, max, factor, less);
                else if (Vec256.IsSupported) Gradient<Vec256>(row, vocab, max, factor, less);
                else if (Vec128.IsSupported) Gradient<Vec128>(row, vocab, max, factor, less);
                else Gradient<VecPortable>(row, vocab, max, factor, less);
                row[targets[r]] -= (1 - smoothing) * scale;
            }
        }
    }

    /// <summary>The maximum and the sum of e^(x - max) in one pass over memory: the sum is rescaled when a block raises the maximum.</summary>
    private static double SumExp<V>(float* x, int n, out float max) where V : struct, IVec<V>
    {
        double sum = 0;
        max = float.NegativeInfinity;
        for (int i = 0; i < n; i += Block)
        {
            int count = Math.Min(Block, n - i);
            float blockMax = RowMath.Max<V>(x + i, count);
            if (blockMax > max)
            {
                sum *= Math.Exp((double)max - blockMax);
                max = blockMax;
            }
            // A block of -infinity before the first number adds nothing; were it a NaN, the sum shows it.
            sum += RowMath.SumExp<V>(x + i, count, float.IsNegativeInfinity(max) ? 0f : max);
        }
        return sum;
    }

    /// <summary>x = e^(x - max) factor - less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradient<V>(float* x, nint n, float max, float factor, float less) where V : struct, IVec<V>
    {
        V m = V.Create(max), f = V.Create(factor), l = V.Create(less);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) (VecMath.Exp(V.Load(x + i) - m) * f - l).Store(x + i);
        if (i < n) VectorLoop.StoreTail(VecMath.Exp(VectorLoop.LoadTail<V>(x + i, n - i, 0f) - m) * f - l, x + i, n - i);
    }
}
