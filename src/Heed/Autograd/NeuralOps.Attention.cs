using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

public static partial class NeuralOps
{
    /// <summary>
    /// Scaled dot-product attention, streamed: q (B, Tq, H·D), k and v (B, Tk, KV·D) -> (B, Tq, H·D). The three may be column views of one matrix.
    /// </summary>
    /// <param name="q">Queries.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="shape">Heads, scale, soft cap, causality, window, dropout; sizes and strides are filled in from the tensors.</param>
    /// <param name="bias">
    /// Added to the scores: (N, H or 1, Tq or 1, Tk) where N divides B and sequence b takes bias b mod N, so 1 shares it and the number of windows
    /// shares it between images; -inf hides. Its gradient is summed over all that share an element.
    /// </param>
    /// <param name="mask">Added to the scores of every head and query: (B or 1, Tk), 0 or, for padded keys, -inf. Carries no gradient.</param>
    /// <param name="keyLength">Keys in use, where k and v are caches of a larger capacity; null = all.</param>
    /// <param name="firstKeys">(B, Tq) integers: the first key that each query sees, never falling within a sequence; null = all.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit each other.</exception>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor? bias = null, Tensor? mask = null, int? keyLength = null, Tensor? firstKeys = null)
    {
        AttentionShape s = Describe(q, k, v, shape, bias, mask, keyLength, firstKeys);
        IBackend backend = q.Device.Backend;
        bool records = Tape.Records(q, k, v) || bias is not null && Tape.Records(bias);
        Tensor output = Tensor.Empty(q.Shape.WithColumns(s.Heads * s.HeadDim));
        Tensor? logSumExp = records ? Tensor.Empty(new Shape(s.Batch, s.Heads, s.QueryLength)) : null;
        s = s with { OutputBatchStride = s.QueryLength * output.RowStride, OutputRowStride = output.RowStride };
        backend.Attention(s, q, k, v, bias, mask, firstKeys, output, logSumExp);
        return records ? Tape.Record(output, Backward) : output;

        void Backward(Tensor dOutput)
        {
            Tensor? dBias = BiasTarget(bias, out bool temporary);
            if (Tape.TryOverwrite(q, k, v, out Tensor dq, out Tensor dk, out Tensor dv))
            {
                backend.AttentionBackward(s, q, k, v, bias, mask, firstKeys, output, logSumExp!, dOutput, dq, dk, dv, dBias);
            }
            else
            {
                Tensor tq = Like(q), tk = Like(k), tv = Like(v);
                backend.AttentionBackward(s, q, k, v, bias, mask, firstKeys, output, logSumExp!, dOutput, tq, tk, tv, dBias);
                foreach ((Tensor to, Tensor gradient) in new[] { (q, tq), (k, tk), (v, tv) })
                {
                    Tape.Give(to, gradient);
                    Tape.Discard(gradient);
                }
            }
            if (!temporary) return;
            Tape.Give(bias!, dBias!);
            Tape.Discard(dBias!);
        }
    }

    /// <summary>The attention map (B, H, Tq, Tk) after softmax, for traces and pictures; carries no gradient. Arguments as for <see cref="Attention"/>.</summary>
    public static Tensor AttentionMap(Tensor q, Tensor k, in AttentionShape shape, Tensor? bias = null, Tensor? mask = null, int? keyLength = null, Tensor? firstKeys = null)
    {
        AttentionShape s = Describe(q, k, k, shape, bias, mask, keyLength, firstKeys);
        Tensor map = Tensor.Empty(new Shape(s.Batch, s.Heads, s.QueryLength, s.KeyLength));
        q.Device.Backend.AttentionProbabilities(s, q, k, bias, mask, firstKeys, map);
        return map;
    }

    /// <summary>Where to add the gradient of the bias, with its strides: its own gradient, or a temporary where that is laid out otherwise.</summary>
    private static Tensor? BiasTarget(Tensor? bias, out bool temporary)
    {
        temporary = false;
        if (bias is not { RequiresGradient: true }) return null;
        if (bias.IsContiguous)
        {
            Tensor target = Tape.Target(bias, out bool accumulate);
            if (!accumulate) bias.Device.Backend.Fill(target, 0);
            if (target.RowStride == bias.RowStride) return target;
        }
        temporary = true;
        return Tensor.Zeros(bias.Shape.WithColumns(bias.RowStride)).SliceColumns(0, bias.Columns);
    }

    /// <summary>A temporary with the strides of <paramref name="t"/>: a view of a tensor as wide.</summary>
    private static Tensor Like(Tensor t) => Tensor.Empty(t.Shape.WithColumns(t.RowStride)).SliceColumns(0, t.Columns);

    private static AttentionShape Describe(Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor? bias, Tensor? mask, int? keyLength, Tensor? firstKeys)
    {
        if (q.Shape.Rank != 3 || k.Shape.Rank != 3 || v.Shape.Rank != 3) throw new ArgumentException($"attention needs q, k, v of shape (batch, tokens, columns), given {q.Shape}, {k.Shape}, {v.Shape}");
        if (q.Columns != shape.Heads * shape.HeadDim || k.Columns != shape.KeyValueHeads * shape.HeadDim || v.Columns != k.Columns)
            throw new ArgumentException($"attention with {shape.Heads} heads, {shape.KeyValueHeads} key/value heads of {shape.HeadDim} does not fit q {q.Shape}, k {k.Shape}, v {v.Shape}");
        if (k.Shape[0] != q.Shape[0] || v.Shape != k.Shape) throw new ArgumentException($"attention needs q, k, v of one batch and k, v of one length, given {q.Shape}, {k.Shape}, {v.Shape}");
        int keys = keyLength ?? k.Shape[1];
        if (keys < 0 || keys > k.Shape[1]) throw new ArgumentException($"attention over {keys} keys was given k of shape {k.Shape}");
        AttentionShape s = shape with
        {
            Batch = q.Shape[0],
            QueryLength = q.Shape[1],
            KeyLength = keys,
            QueryBatchStride = q.Shape[1] * q.RowStride,
            QueryRowStride = q.RowStride,
            KeyBatchStride = k.Shape[1] * k.RowStride,
            KeyRowStride = k.RowStride,
            ValueBatchStride = v.Shape[1] * v.RowStride,
            ValueRowStride = v.RowStride,
        };
        if (firstKeys is not null && firstKeys.Shape != new Shape(s.Batch, s.QueryLength)) throw new ArgumentException($"first keys have shape ({s.Batch}, {s.QueryLength}), given {firstKeys.Shape}");
        if (mask is not null)
        {
            if (mask.Shape.Rank != 2 || mask.Shape[0] != 1 && mask.Shape[0] != s.Batch || mask.Shape[1] != keys)
                throw new ArgumentException($"an attention mask of the keys has shape ({s.Batch} or 1, {keys}), given {mask.Shape}");
            s = s with { MaskBatchStride = mask.Shape[0] == 1 ? 0 : mask.RowStride };
        }
        return bias is null ? s : WithBias(s, bias);
    }

    private static AttentionShape WithBias(in AttentionShape s, Tensor bias)
    {
        if (bias.Shape.Rank != 4 || bias.Shape[0] == 0 || s.Batch % bias.Shape[0] != 0 || bias.Shape[1] != 1 && bias.Shape[1] != s.Heads ||
            bias.Shape[2] != 1 && bias.Shape[2] != s.QueryLength || bias.Shape[3] != s.KeyLength)
        {
            throw new ArgumentException($"an attention bias has shape ({s.Batch}, a divisor of it, or 1; {s.Heads} or 1; {s.QueryLength} or 1; {s.KeyLength}), given {bias.Shape}");
        }
        int row = bias.RowStride, head = bias.Shape[2] * row, batch = bias.Shape[1] * head;
        return s with
        {
            BiasRowStride = bias.Shape[2] == 1 ? 0 : row,
            BiasHeadStride = bias.Shape[1] == 1 ? 0 : head,
            BiasBatchStride = bias.Shape[0] == 1 ? 0 : batch,
            BiasBatch = bias.Shape[0],
        };
    }
}
