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
    /// <param name="firstKeys">
    /// (B, Tq), contiguous: the first key that each query sees, such as the start of its document where several are packed into one sequence; it
    /// never falls within a sequence. Empty = all keys. Keys that no query of a block sees cost no work.
    /// </param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Forward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, Span<float> output, Span<float> logSumExp, ReadOnlySpan<int> firstKeys = default)
    {
        if (Vec512.IsSupported) Forward<Vec512>(s, q, k, v, bias, mask, output, logSumExp, firstKeys);
        else if (Vec256.IsSupported) Forward<Vec256>(s, q, k, v, bias, mask, output, logSumExp, firstKeys);
        else if (Vec128.IsSupported) Forward<Vec128>(s, q, k, v, bias, mask, output, logSumExp, firstKeys);
        else Forward<VecPortable>(s, q, k, v, bias, mask, output, logSumExp, firstKeys);
    }

    /// <summary>The same with registers of one width.</summary>
    internal static void Forward<V>(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, Span<float> output, Span<float> logSumExp, ReadOnlySpan<int> firstKeys = default) where V : struct, IVec<V>
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask, firstKeys);
        CheckLength(v.Length, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, s.KeyValueHeads * s.HeadDim), "v");
        CheckTarget(output.Length, s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, s.Heads * s.HeadDim, "output");
        if (!logSumExp.IsEmpty) CheckLength(logSumExp.Length, (long)s.Batch * s.Heads * s.QueryLength, "logSumExp");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0) return;

        fixed (float* pq = q, pk = k, pv = v, pb = bias, pm = mask, po = output, pl = logSumExp)
        fixed (int* pf = firstKeys)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, V = pv, Bias = pb, Mask = pm, FirstKeys = pf, Output = po, LogSumExp = pl };
            ForwardWith<V>(x);
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
    /// <param name="firstKeys">As in the forward pass.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Backward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, ReadOnlySpan<float> output, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dOutput, Span<float> dq, Span<float> dk, Span<float> dv, Span<float> dBias, ReadOnlySpan<int> firstKeys = default)
    {
        if (Vec512.IsSupported) Backward<Vec512>(s, q, k, v, bias, mask, output, logSumExp, dOutput, dq, dk, dv, dBias, firstKeys);
        else if (Vec256.IsSupported) Backward<Vec256>(s, q, k, v, bias, mask, output, logSumExp, dOutput, dq, dk, dv, dBias, firstKeys);
        else if (Vec128.IsSupported) Backward<Vec128>(s, q, k, v, bias, mask, output, logSumExp, dOutput, dq, dk, dv, dBias, firstKeys);
        else Backward<VecPortable>(s, q, k, v, bias, mask, output, logSumExp, dOutput, dq, dk, dv, dBias, firstKeys);
    }

    /// <summary>The same with registers of one width.</summary>
    internal static void Backward<V>(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v,
        ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, ReadOnlySpan<float> output, ReadOnlySpan<float> logSumExp,
        ReadOnlySpan<float> dOutput, Span<float> dq, Span<float> dk, Span<float> dv, Span<float> dBias, ReadOnlySpan<int> firstKeys = default) where V : struct, IVec<V>
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask, firstKeys);
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
        fixed (int* pf = firstKeys)
        {
            Arguments x = new()
            {
                S = s,
                Q = pq,
                K = pk,
                V = pv,
                Bias = pb,
                Mask = pm,
                FirstKeys = pf,
                Output = po,
                LogSumExp = pl,
                GradOutput = pd,
                GradQ = pdq,
                GradK = pdk,
                GradV = pdv,
                GradBias = pdb,
            };
            BackwardWith<V>(x);
        }
    }

    /// <summary>The full map of probabilities, softmax(scale * q k^T + bias + mask) before dropout: for traces and pictures.</summary>
    /// <param name="s">Sizes, strides and options.</param>
    /// <param name="q">Queries (B, Tq, H * D).</param>
    /// <param name="k">Keys (B, Tk, KV * D).</param>
    /// <param name="bias">Additive bias (B, H, Tq, Tk) with the bias strides, or empty for none.</param>
    /// <param name="mask">Additive mask of the keys (B, Tk) with the mask's stride, or empty for none.</param>
    /// <param name="probabilities">Receives (B, H, Tq, Tk), contiguous; hidden keys have 0.</param>
    /// <param name="firstKeys">As in the forward pass.</param>
    /// <exception cref="ArgumentException">A size, stride or option is out of range, or a span is too short.</exception>
    public static void Probabilities(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> mask, Span<float> probabilities, ReadOnlySpan<int> firstKeys = default)
    {
        if (Vec512.IsSupported) Probabilities<Vec512>(s, q, k, bias, mask, probabilities, firstKeys);
        else if (Vec256.IsSupported) Probabilities<Vec256>(s, q, k, bias, mask, probabilities, firstKeys);
        else if (Vec128.IsSupported) Probabilities<Vec128>(s, q, k, bias, mask, probabilities, firstKeys);
        else Probabilities<VecPortable>(s, q, k, bias, mask, probabilities, firstKeys);
    }

    /// <summary>The same with registers of one width.</summary>
    internal static void Probabilities<V>(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> mask, Span<float> probabilities, ReadOnlySpan<int> firstKeys = default) where V : struct, IVec<V>
    {
        CheckOptions(s);
        CheckInputs(s, q, k, bias, mask, firstKeys);
        CheckLength(probabilities.Length, (long)s.Batch * s.Heads * s.QueryLength * s.KeyLength, "probabilities");
        if (s.Batch == 0 || s.Heads == 0 || s.QueryLength == 0 || s.KeyLength == 0) return;

        fixed (float* pq = q, pk = k, pb = bias, pm = mask, pp = probabilities)
        fixed (int* pf = firstKeys)
        {
            Arguments x = new() { S = s, Q = pq, K = pk, Bias = pb, Mask = pm, FirstKeys = pf, Output = pp };
            ProbabilitiesWith<V>(x);
        }
    }

    /// <summary>The arguments of a call, for jobs.</summary>
    private struct Arguments
    {
        internal AttentionShape S;
        internal float* Q, K, V, Bias, Mask, Output, LogSumExp, GradOutput, GradQ, GradK, GradV, GradBias;
        internal int* FirstKeys;

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

        /// <summary>The shape for one sequence, which leaves out the keys that the mask hides at either end (padding costs no work) and those before the first keys.</summary>
        internal readonly AttentionShape SequenceShape(int b)
        {
            AttentionShape s = FirstKeys == null ? S : S with { FirstKeys = (nint)(FirstKeys + (nint)b * S.QueryLength) };
            if (Mask == null) return s;
            float* mask = MaskAt(b, 0);
            int first = 0, end = S.KeyLength;
            while (first < end && mask[first] < Hidden) first++;
            while (first < end && mask[end - 1] < Hidden) end--;
            return s with { HiddenAtStart = first, HiddenAtEnd = S.KeyLength - end };
        }
    }
}
