using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// Streaming attention: the score matrix exists only in tiles that stay in cache (online softmax, https://arxiv.org/abs/1805.02867;
/// FlashAttention, https://arxiv.org/abs/2205.14135). Blocks that the causal mask or the window hides are skipped.
/// </summary>
/// <remarks>
/// Results do not depend on the number of threads. A query that sees no key (or only keys of bias -inf) has output 0, log-sum-exp -inf and
/// no part in any gradient. Scores are computed in base 2, so a bias below -2.3e38 counts as -inf.
/// </remarks>
public static unsafe partial class Attention
{
    /// <summary>Scratch sizes are computed with 32 bits.</summary>
    private const int MaxHeadDim = 16384;

    /// <summary>output = dropout(softmax(scale * q k^T + bias)) v, and the log-sum-exp of the scores of every query.</summary>
    /// <param name="s">Sizes, strides and options.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="v">Values (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias (B, H, Tq, Tk) with the bias strides, or empty for none; -inf masks.</param>
    /// <param name="output">Receives (B, Tq, H * D).</param>
    /// <param name="logSumExp">Receives (B, H, Tq), contiguous, natural logarithm, for the backward pass; may be empty.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Forward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, Span<float> output, Span<float> logSumExp)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias);
        CheckLength(v.Length, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, s.KeyValueHeads * s.HeadDim), "v");
        CheckTarget(output.Length, s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, s.Heads * s.HeadDim, "output");
        if (!logSumExp.IsEmpty) CheckLength(logSumExp.Length, (long)s.Batch * s.Heads * s.QueryLength, "logSumExp");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0) return;

        fixed (float* pq = q, pk = k, pv = v, pb = bias, po = output, pl = logSumExp)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, V = pv, Bias = pb, Output = po, LogSumExp = pl };
            if (Vec512.IsSupported) ForwardWith<Vec512>(x);
            else if (Vec256.IsSupported) ForwardWith<Vec256>(x);
            else if (Vec128.IsSupported) ForwardWith<Vec128>(x);
            else ForwardWith<VecPortable>(x);
        }
    }

    /// <summary>
    /// Gradients of <see cref="Forward"/>. The probabilities are recomputed from <paramref name="logSumExp"/>.
    /// Overwrites dq, dk and dv; the heads of a group sum into their key/value head.
    /// </summary>
    /// <param name="s">Sizes, strides and options, as in the forward pass.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="v">Values (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias of the forward pass, or empty.</param>
    /// <param name="output">Output of the forward pass (B, Tq, H * D).</param>
    /// <param name="logSumExp">Log-sum-exp of the forward pass (B, H, Tq).</param>
    /// <param name="dOutput">Gradient of the output, with the strides of the output.</param>
    /// <param name="dq">Receives the gradient of q, with the strides of q.</param>
    /// <param name="dk">Receives the gradient of k, with the strides of k.</param>
    /// <param name="dv">Receives the gradient of v, with the strides of v.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Backward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> output, ReadOnlySpan<float> logSumExp, ReadOnlySpan<float> dOutput,
        Span<float> dq, Span<float> dk, Span<float> dv)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias);
        int width = s.Heads * s.HeadDim, keyWidth = s.KeyValueHeads * s.HeadDim;
        CheckLength(v.Length, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, keyWidth), "v");
        long outputLength = Extent(s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, width);
        CheckLength(output.Length, outputLength, "output");
        CheckLength(dOutput.Length, outputLength, "dOutput");
        CheckLength(logSumExp.Length, (long)s.Batch * s.Heads * s.QueryLength, "logSumExp");
        CheckTarget(dq.Length, s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, width, "dq");
        CheckTarget(dk.Length, s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, keyWidth, "dk");
        CheckTarget(dv.Length, s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, keyWidth, "dv");
        if (s.Batch == 0 || s.Heads == 0) return;

        fixed (float* pq = q, pk = k, pv = v, pb = bias, po = output, pl = logSumExp, pd = dOutput, pdq = dq, pdk = dk, pdv = dv)
        {
            Arguments x = new()
            {
                S = s,
                Q = pq,
                K = pk,
                V = pv,
                Bias = pb,
                Output = po,
                LogSumExp = pl,
                GradOutput = pd,
                GradQ = pdq,
                GradK = pdk,
                GradV = pdv,
            };
            if (Vec512.IsSupported) BackwardWith<Vec512>(x);
            else if (Vec256.IsSupported) BackwardWith<Vec256>(x);
            else if (Vec128.IsSupported) BackwardWith<Vec128>(x);
            else BackwardWith<VecPortable>(x);
        }
    }

    /// <summary>The full map of probabilities, softmax(scale * q k^T + bias) before dropout: for traces and pictures.</summary>
    /// <param name="s">Sizes, strides and options.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias (B, H, Tq, Tk) with the bias strides, or empty for none.</param>
    /// <param name="probabilities">Receives (B, H, Tq, Tk), contiguous; hidden keys have 0.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Probabilities(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias,
        Span<float> probabilities)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias);
        CheckLength(probabilities.Length, (long)s.Batch * s.Heads * s.QueryLength * s.KeyLength, "probabilities");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0 || s.KeyLength == 0) return;

        fixed (float* pq = q, pk = k, pb = bias, pp = probabilities)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, Bias = pb, Output = pp };
            if (Vec512.IsSupported) ProbabilitiesWith<Vec512>(x);
            else if (Vec256.IsSupported) ProbabilitiesWith<Vec256>(x);
            else if (Vec128.IsSupported) ProbabilitiesWith<Vec128>(x);
            else ProbabilitiesWith<VecPortable>(x);
        }
    }

    /// <summary>The arguments of a call, for jobs.</summary>
    private struct Arguments
    {
        internal AttentionShape S;
        internal float* Q, K, V, Bias, Output, LogSumExp, GradOutput, GradQ, GradK, GradV;

        internal readonly nint QueryAt(int b, int h, int i) => (nint)b * S.QueryBatchStride + (nint)i * S.QueryRowStride + h * S.HeadDim;
        internal readonly nint KeyAt(int b, int kv, int j) => (nint)b * S.KeyBatchStride + (nint)j * S.KeyRowStride + kv * S.HeadDim;
        internal readonly nint ValueAt(int b, int kv, int j) => (nint)b * S.ValueBatchStride + (nint)j * S.ValueRowStride + kv * S.HeadDim;
        internal readonly nint OutputAt(int b, int h, int i) => (nint)b * S.OutputBatchStride + (nint)i * S.OutputRowStride + h * S.HeadDim;
        internal readonly nint StatisticAt(int b, int h, int i) => ((nint)b * S.Heads + h) * S.QueryLength + i;

        /// <summary>Bias of key 0, or null.</summary>
        internal readonly float* BiasRow(int b, int h, int i) =>
            Bias == null ? null : Bias + (nint)b * S.BiasBatchStride + (nint)h * S.BiasHeadStride + (nint)i * S.BiasRowStride;
    }

    /// <summary>
    /// Makes scores [from, to) of one row ready for the exponential: adds the bias (given at score 0, in natural units) to [first, last)
    /// and sets everything outside [first, last) to -inf. The scores are in units of log 2; to - from is a multiple of the register.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BiasAndMask<V>(float* scores, int from, int to, int first, int last, float* bias) where V : struct, IVec<V>
    {
        first = Math.Clamp(first, from, to);
        last = Math.Clamp(last, first, to);
        if (bias != null) AddBias<V>(scores, first, last, bias);
        // Whole registers, for the loads that follow at once would wait for smaller stores.
        V hidden = V.Create(float.NegativeInfinity), lanes = V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Lanes)));
        for (int j = from; j < first; j += V.Count)
            V.IfGreater(V.Create(first - j), lanes, hidden, V.Load(scores + j)).Store(scores + j);
        for (int j = from + (last - from) / V.Count * V.Count; j < to; j += V.Count)
            V.IfGreater(lanes, V.Create(last - j - 1), hidden, V.Load(scores + j)).Store(scores + j);
    }

    /// <summary>Adds the bias (in natural units) to scores [first, last) (in units of log 2).</summary>
    private static void AddBias<V>(float* scores, int first, int last, float* bias) where V : struct, IVec<V>
    {
        V unit = V.Create(AttentionMath.Log2E);
        int j = first;
        for (; j + V.Count <= last; j += V.Count) V.MultiplyAdd(V.Load(bias + j), unit, V.Load(scores + j)).Store(scores + j);
        for (; j < last; j++) scores[j] += bias[j] * AttentionMath.Log2E;
    }

    // Constant data, which does not move; no register has more lanes.
    private static ReadOnlySpan<float> Lanes => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    private static void CheckOptions(in AttentionShape s)
    {
        if (s.Batch < 0 || s.Heads < 0 || s.KeyValueHeads < 0 || s.QueryLength < 0 || s.KeyLength < 0 || s.HeadDim is < 1 or > MaxHeadDim || s.Window < 0)
        {
            throw new ArgumentException($"Attention sizes must not be negative and HeadDim must be in [1, {MaxHeadDim}]; given Batch {s.Batch}, Heads {s.Heads}, " +
                $"KeyValueHeads {s.KeyValueHeads}, QueryLength {s.QueryLength}, KeyLength {s.KeyLength}, HeadDim {s.HeadDim}, Window {s.Window}.");
        }
        if (s.Heads > 0 && (s.KeyValueHeads == 0 || s.Heads % s.KeyValueHeads != 0))
            throw new ArgumentException($"KeyValueHeads must divide Heads; given Heads {s.Heads}, KeyValueHeads {s.KeyValueHeads}.");
        if ((long)s.Heads * s.HeadDim > int.MaxValue)
            throw new ArgumentException($"Heads * HeadDim must be at most {int.MaxValue}; given {s.Heads} * {s.HeadDim}.");
        if (!(s.Dropout >= 0f && s.Dropout < 1f)) throw new ArgumentException($"Dropout must be in [0, 1); given {s.Dropout}.");
        if (!float.IsFinite(s.Scale)) throw new ArgumentException($"Scale must be finite; given {s.Scale}.");
    }

    private static void CheckInputs(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias)
    {
        if (s.QueryBatchStride < 0 || s.QueryRowStride < 0 || s.KeyBatchStride < 0 || s.KeyRowStride < 0 || s.ValueBatchStride < 0 ||
            s.ValueRowStride < 0 || s.OutputBatchStride < 0 || s.OutputRowStride < 0 ||
            s.BiasBatchStride < 0 || s.BiasHeadStride < 0 || s.BiasRowStride < 0)
        {
            throw new ArgumentException($"Attention strides must not be negative; given {s}.");
        }
        CheckLength(q.Length, Extent(s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, s.Heads * s.HeadDim), "q");
        CheckLength(k.Length, Extent(s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, s.KeyValueHeads * s.HeadDim), "k");
        if (!bias.IsEmpty && s.Heads > 0)
        {
            long last = (s.Heads - 1L) * s.BiasHeadStride;
            CheckLength(bias.Length, last + Extent(s.Batch, s.BiasBatchStride, s.QueryLength, s.BiasRowStride, s.KeyLength), "bias");
        }
    }

    /// <summary>Elements that a strided (batch, rows, width) array spans.</summary>
    private static long Extent(int batch, long batchStride, int rows, long rowStride, int width) =>
        batch == 0 || rows == 0 ? 0 : (batch - 1) * batchStride + (rows - 1) * rowStride + width;

    private static void CheckLength(int given, long expected, string name)
    {
        if (given < expected) throw new ArgumentException($"{name} has {given} elements; expected at least {expected}.", name);
    }

    /// <summary>An array that is written must also have disjoint rows.</summary>
    private static void CheckTarget(int given, int batch, long batchStride, int rows, long rowStride, int width, string name)
    {
        CheckLength(given, Extent(batch, batchStride, rows, rowStride, width), name);
        bool rowsInside = (rows <= 1 || rowStride >= width) && (batch <= 1 || batchStride >= Extent(1, 0, rows, rowStride, width));
        bool batchInside = (batch <= 1 || batchStride >= width) && (rows <= 1 || rowStride >= Extent(1, 0, batch, batchStride, width));
        if (!rowsInside && !batchInside)
        {
            throw new ArgumentException($"The rows of {name} overlap: batch stride {batchStride} and row stride {rowStride} " +
                $"for {batch} x {rows} rows of {width} elements.", name);
        }
    }
}
