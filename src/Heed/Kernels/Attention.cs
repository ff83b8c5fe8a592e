using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// Streaming attention: the score matrix exists only in tiles that stay in cache (online softmax, https://arxiv.org/abs/1805.02867;
/// FlashAttention, https://arxiv.org/abs/2205.14135). Blocks that the causal mask or the window hides are skipped.
/// </summary>
/// <remarks>
/// Results do not depend on the number of threads. A query that sees no key (or only keys of bias -inf) has output 0, log-sum-exp -inf and
/// no part in any gradient. Scores are computed in base 2, so a bias or mask below -2.3e38 counts as -inf.
/// </remarks>
public static unsafe partial class Attention
{
    /// <summary>Scratch sizes are computed with 32 bits.</summary>
    private const int MaxHeadDim = 16384;

    /// <summary>What is below becomes -inf in units of log 2.</summary>
    private const float Hidden = -2.3e38f;

    /// <summary>output = dropout(softmax(scale * q k^T + bias + mask)) v, and the log-sum-exp of the scores of every query.</summary>
    /// <param name="s">Sizes, strides and options.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="v">Values (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias (B, H, Tq, Tk) with the bias strides, or empty for none; -inf hides the key from the query.</param>
    /// <param name="mask">Additive mask of the keys (B, Tk) with the mask's stride, 0 or -inf, or empty for none; both may be given.</param>
    /// <param name="output">Receives (B, Tq, H * D).</param>
    /// <param name="logSumExp">Receives (B, H, Tq), contiguous, natural logarithm, for the backward pass; may be empty.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Forward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, Span<float> output, Span<float> logSumExp)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask);
        CheckLength(v.Length, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, s.KeyValueHeads * s.HeadDim), "v");
        CheckTarget(output.Length, s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, s.Heads * s.HeadDim, "output");
        if (!logSumExp.IsEmpty) CheckLength(logSumExp.Length, (long)s.Batch * s.Heads * s.QueryLength, "logSumExp");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0) return;

        fixed (float* pq = q, pk = k, pv = v, pb = bias, pm = mask, po = output, pl = logSumExp)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, V = pv, Bias = pb, Mask = pm, Output = po, LogSumExp = pl };
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
    /// <param name="mask">Mask of the keys of the forward pass, or empty.</param>
    /// <param name="output">Output of the forward pass (B, Tq, H * D).</param>
    /// <param name="logSumExp">Log-sum-exp of the forward pass (B, H, Tq).</param>
    /// <param name="dOutput">Gradient of the output, with the strides of the output.</param>
    /// <param name="dq">Receives the gradient of q, with the strides of q.</param>
    /// <param name="dk">Receives the gradient of k, with the strides of k.</param>
    /// <param name="dv">Receives the gradient of v, with the strides of v.</param>
    /// <param name="dBias">
    /// Its gradient is added to it, with the strides of the bias, so summed over the sequences, heads and queries that share an element; or empty.
    /// </param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Backward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, ReadOnlySpan<float> output, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dOutput, Span<float> dq, Span<float> dk, Span<float> dv, Span<float> dBias)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask);
        int width = s.Heads * s.HeadDim, keyWidth = s.KeyValueHeads * s.HeadDim;
        CheckLength(v.Length, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, keyWidth), "v");
        long outputLength = Extent(s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, width);
        CheckLength(output.Length, outputLength, "output");
        CheckLength(dOutput.Length, outputLength, "dOutput");
        CheckLength(logSumExp.Length, (long)s.Batch * s.Heads * s.QueryLength, "logSumExp");
        CheckTarget(dq.Length, s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, width, "dq");
        CheckTarget(dk.Length, s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, keyWidth, "dk");
        CheckTarget(dv.Length, s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, keyWidth, "dv");
        if (!dBias.IsEmpty)
        {
            if (bias.IsEmpty) throw new ArgumentException("dBias was given without a bias.", nameof(dBias));
            CheckLength(dBias.Length, BiasExtent(s), "dBias");
            CheckGradBias(s);
        }
        if (s.Batch == 0 || s.Heads == 0) return;

        fixed (float* pq = q, pk = k, pv = v, pb = bias, pm = mask, po = output, pl = logSumExp, pd = dOutput, pdq = dq, pdk = dk, pdv = dv, pdb = dBias)
        {
            Arguments x = new()
            {
                S = s,
                Q = pq,
                K = pk,
                V = pv,
                Bias = pb,
                Mask = pm,
                Output = po,
                LogSumExp = pl,
                GradOutput = pd,
                GradQ = pdq,
                GradK = pdk,
                GradV = pdv,
                GradBias = pdb,
            };
            if (Vec512.IsSupported) BackwardWith<Vec512>(x);
            else if (Vec256.IsSupported) BackwardWith<Vec256>(x);
            else if (Vec128.IsSupported) BackwardWith<Vec128>(x);
            else BackwardWith<VecPortable>(x);
        }
    }

    /// <summary>The full map of probabilities, softmax(scale * q k^T + bias + mask) before dropout: for traces and pictures.</summary>
    /// <param name="s">Sizes, strides and options.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias (B, H, Tq, Tk) with the bias strides, or empty for none.</param>
    /// <param name="mask">Additive mask of the keys (B, Tk) with the mask's stride, or empty for none.</param>
    /// <param name="probabilities">Receives (B, H, Tq, Tk), contiguous; hidden keys have 0.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Probabilities(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> mask, Span<float> probabilities)
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask);
        CheckLength(probabilities.Length, (long)s.Batch * s.Heads * s.QueryLength * s.KeyLength, "probabilities");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0 || s.KeyLength == 0) return;

        fixed (float* pq = q, pk = k, pb = bias, pm = mask, pp = probabilities)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, Bias = pb, Mask = pm, Output = pp };
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
        internal float* Q, K, V, Bias, Mask, Output, LogSumExp, GradOutput, GradQ, GradK, GradV, GradBias;

        /// <summary>The packed queries carry this factor. It gives scores in units of log 2, or those that <see cref="CapRow"/> expects.</summary>
        internal readonly float QueryFactor => S.SoftCap > 0f ? S.Scale / S.SoftCap : S.Scale * AttentionMath.Log2E;

        /// <summary>The scale over <see cref="QueryFactor"/>.</summary>
        internal readonly float KeyGradientFactor => S.SoftCap > 0f ? S.SoftCap : AttentionMath.Ln2;

        internal readonly nint QueryAt(int b, int h, int i) => (nint)b * S.QueryBatchStride + (nint)i * S.QueryRowStride + h * S.HeadDim;
        internal readonly nint KeyAt(int b, int kv, int j) => (nint)b * S.KeyBatchStride + (nint)j * S.KeyRowStride + kv * S.HeadDim;
        internal readonly nint ValueAt(int b, int kv, int j) => (nint)b * S.ValueBatchStride + (nint)j * S.ValueRowStride + kv * S.HeadDim;
        internal readonly nint OutputAt(int b, int h, int i) => (nint)b * S.OutputBatchStride + (nint)i * S.OutputRowStride + h * S.HeadDim;
        internal readonly nint StatisticAt(int b, int h, int i) => ((nint)b * S.Heads + h) * S.QueryLength + i;

        /// <summary>The bias of query i at key j, or null.</summary>
        internal readonly float* BiasAt(int b, int h, int i, int j) => Bias == null ? null : Bias + BiasIndex(b, h, i, j);

        /// <summary>Where its gradient goes, or null.</summary>
        internal readonly float* GradBiasAt(int b, int h, int i, int j) => GradBias == null ? null : GradBias + BiasIndex(b, h, i, j);

        /// <summary>The mask of key j, or null.</summary>
        internal readonly float* MaskAt(int b, int j) => Mask == null ? null : Mask + (nint)b * S.MaskBatchStride + j;

        private readonly nint BiasIndex(int b, int h, int i, int j)
        {
            int sequence = S.BiasBatch == 0 ? b : b % S.BiasBatch;
            return (nint)sequence * S.BiasBatchStride + (nint)h * S.BiasHeadStride + (nint)i * S.BiasRowStride + j;
        }

        /// <summary>The shape for one sequence, which leaves out the keys that the mask hides at either end: padding costs no work.</summary>
        internal readonly AttentionShape SequenceShape(int b)
        {
            if (Mask == null) return S;
            float* mask = MaskAt(b, 0);
            int first = 0, end = S.KeyLength;
            while (first < end && mask[first] < Hidden) first++;
            while (first < end && mask[end - 1] < Hidden) end--;
            return S with { HiddenAtStart = first, HiddenAtEnd = S.KeyLength - end };
        }
    }

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
        if (!(s.SoftCap >= 0f && s.SoftCap < float.PositiveInfinity)) throw new ArgumentException($"SoftCap must be finite and at least 0 (off); given {s.SoftCap}.");
        if (s.BiasBatch < 0 || s.BiasBatch > 0 && s.Batch % s.BiasBatch != 0)
            throw new ArgumentException($"BiasBatch must divide Batch; given BiasBatch {s.BiasBatch}, Batch {s.Batch}.");
        if (!float.IsFinite(s.Scale)) throw new ArgumentException($"Scale must be finite; given {s.Scale}.");
    }

    private static void CheckInputs(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias, ReadOnlySpan<float> mask)
    {
        if (s.QueryBatchStride < 0 || s.QueryRowStride < 0 || s.KeyBatchStride < 0 || s.KeyRowStride < 0 || s.ValueBatchStride < 0 ||
            s.ValueRowStride < 0 || s.OutputBatchStride < 0 || s.OutputRowStride < 0 ||
            s.BiasBatchStride < 0 || s.BiasHeadStride < 0 || s.BiasRowStride < 0 || s.MaskBatchStride < 0)
        {
            throw new ArgumentException($"Attention strides must not be negative; given {s}.");
        }
        CheckLength(q.Length, Extent(s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, s.Heads * s.HeadDim), "q");
        CheckLength(k.Length, Extent(s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, s.KeyValueHeads * s.HeadDim), "k");
        if (!bias.IsEmpty) CheckLength(bias.Length, BiasExtent(s), "bias");
        if (!mask.IsEmpty) CheckLength(mask.Length, Extent(s.Batch, s.MaskBatchStride, 1, 0, s.KeyLength), "mask");
    }

    private static long BiasExtent(in AttentionShape s) => s.Heads == 0
        ? 0
        : (s.Heads - 1L) * s.BiasHeadStride + Extent(s.BiasBatch == 0 ? s.Batch : s.BiasBatch, s.BiasBatchStride, s.QueryLength, s.BiasRowStride, s.KeyLength);

    /// <summary>Elements of a bias that is written must be shared through strides of 0 only.</summary>
    private static void CheckGradBias(in AttentionShape s)
    {
        long row = s.KeyLength, head = Outer(s.QueryLength, s.BiasRowStride, row), batch = Outer(s.Heads, s.BiasHeadStride, head);
        if (Overlap(s.QueryLength, s.BiasRowStride, row) || Overlap(s.Heads, s.BiasHeadStride, head) || Overlap(s.BiasSequences, s.BiasBatchStride, batch))
        {
            throw new ArgumentException($"A bias with a gradient needs strides of 0 or of rows within heads within sequences that do not overlap; given batch stride " +
                $"{s.BiasBatchStride}, head stride {s.BiasHeadStride}, row stride {s.BiasRowStride} for {s.Heads} heads of {s.QueryLength} x {s.KeyLength}.");
        }

        static long Outer(int count, long stride, long inner) => stride == 0 || count < 2 ? inner : (count - 1) * stride + inner;
        static bool Overlap(int count, long stride, long inner) => count > 1 && stride != 0 && stride < inner;
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
