using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>The operations of neural layers; value and gradient of each stand in one method.</summary>
public static class NeuralOps
{
    /// <summary>act(x), element by element.</summary>
    public static Tensor Activate(Tensor x, ActivationKind kind)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Activation(kind, x, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.ActivationBackward(kind, x, dy, dx)))
            : y;
    }

    /// <summary>act(gate) · up, where gateUp (..., 2 width) holds gate and up side by side (Shazeer 2020) -> (..., width).</summary>
    public static Tensor Gated(Tensor gateUp, ActivationKind kind)
    {
        if (gateUp.Columns % 2 != 0) throw new ArgumentException($"a gated unit needs gate and up side by side, an even number of columns; given {gateUp.Shape}");
        IBackend backend = gateUp.Device.Backend;
        Tensor y = Tensor.Empty(gateUp.Shape.WithColumns(gateUp.Columns / 2));
        backend.Gated(kind, gateUp, y);
        return Tape.Records(gateUp)
            ? Tape.Record(y, dy => Tape.GiveNew(gateUp, d => backend.GatedBackward(kind, gateUp, dy, d)))
            : y;
    }

    /// <summary>Softmax of each row.</summary>
    public static Tensor Softmax(Tensor x)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Softmax(x, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.SoftmaxBackward(y, dy, dx)))
            : y;
    }

    /// <summary>Layer norm (Ba et al. 2016) of each row: (x - mean) / sqrt(variance + epsilon) · weight + bias, biased variance.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, float epsilon)
    {
        CheckNorm(x, weight);
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, weight, bias);
        Tensor y = Tensor.Empty(x.Shape);
        Tensor? mean = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        Tensor? rstd = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        backend.LayerNorm(x, weight, bias, epsilon, y, mean, rstd);
        return records
            ? Tape.Record(y, dy =>
            {
                (Tensor? dWeight, Tensor? dBias, bool accumulateParameters) = ParameterTargets(weight, bias);
                Tensor dx = Destination(x, out bool accumulate);
                backend.LayerNormBackward(x, weight, mean!, rstd!, dy, dx, accumulate, dWeight, dBias, accumulateParameters);
                if (!x.RequiresGradient) Tape.Discard(dx);
            })
            : y;
    }

    /// <summary>RMS norm (Zhang and Sennrich 2019) of each row: x / sqrt(mean(x²) + epsilon) · (weight + weightOffset).</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, float epsilon, float weightOffset = 0)
    {
        CheckNorm(x, weight);
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, weight);
        Tensor y = Tensor.Empty(x.Shape);
        Tensor? rstd = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        backend.RmsNorm(x, weight, epsilon, weightOffset, y, rstd);
        return records
            ? Tape.Record(y, dy =>
            {
                (Tensor? dWeight, _, bool accumulateParameters) = ParameterTargets(weight, null);
                Tensor dx = Destination(x, out bool accumulate);
                backend.RmsNormBackward(x, weight, weightOffset, rstd!, dy, dx, accumulate, dWeight, accumulateParameters);
                if (!x.RequiresGradient) Tape.Discard(dx);
            })
            : y;
    }

    /// <summary>
    /// Rotary position embedding (Su et al. 2021) of the first <paramref name="heads"/> heads of every row of x, in x's own memory:
    /// x must not be used afterwards, and its producer must not need its output for the gradient.
    /// </summary>
    /// <param name="x">(tokens, columns), head h at column h · headDim.</param>
    /// <param name="heads">Heads to rotate.</param>
    /// <param name="headDim">Columns of a head.</param>
    /// <param name="rotaryDim">Leading columns of a head that rotate.</param>
    /// <param name="positions">(tokens) positions, integers.</param>
    /// <param name="cos">(positions, rotaryDim / 2).</param>
    /// <param name="sin">(positions, rotaryDim / 2).</param>
    /// <param name="interleaved">Pairs are neighbours (2i, 2i+1), else halves (i, i + rotaryDim / 2).</param>
    public static Tensor Rotate(Tensor x, int heads, int headDim, int rotaryDim, Tensor positions, Tensor cos, Tensor sin, bool interleaved)
    {
        if (positions.Count != x.Rows) throw new ArgumentException($"rotary embedding needs a position for each of {x.Rows} rows, given {positions.Shape}");
        IBackend backend = x.Device.Backend;
        backend.Rotary(x, heads, headDim, rotaryDim, positions, cos, sin, interleaved, inverse: false);
        Tensor y = x.Alias();
        return Tape.Records(x)
            ? Tape.Record(y, dy =>
            {
                // A rotation's transpose is its inverse; done in place when nobody else looks at this gradient.
                Tensor dx = Tape.Target(y, out _);
                backend.Rotary(dx, heads, headDim, rotaryDim, positions, cos, sin, interleaved, inverse: true);
                Tape.Give(x, dx);
            })
            : y;
    }

    /// <summary>
    /// Scaled dot-product attention, streamed: q (B, Tq, H·D), k and v (B, Tk, KV·D) -> (B, Tq, H·D). The three may be column views of one matrix.
    /// </summary>
    /// <param name="q">Queries.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="shape">Heads, scale, masks, dropout; sizes and strides are filled in from the tensors.</param>
    /// <param name="bias">Added to the scores: (B or 1, H or 1, Tq or 1, Tk); -inf masks. Carries no gradient.</param>
    /// <param name="keyLength">Keys in use, where k and v are caches of a larger capacity; null = all.</param>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor? bias = null, int? keyLength = null)
    {
        AttentionShape s = Describe(q, k, v, shape, bias, keyLength);
        IBackend backend = q.Device.Backend;
        bool records = Tape.Records(q, k, v);
        Tensor output = Tensor.Empty(q.Shape.WithColumns(s.Heads * s.HeadDim));
        Tensor? logSumExp = records ? Tensor.Empty(new Shape(s.Batch, s.Heads, s.QueryLength)) : null;
        s = s with { OutputBatchStride = s.QueryLength * output.RowStride, OutputRowStride = output.RowStride };
        backend.Attention(s, q, k, v, bias, output, logSumExp);
        return records
            ? Tape.Record(output, dOutput =>
            {
                if (Tape.TryOverwrite(q, k, v, out Tensor dq, out Tensor dk, out Tensor dv))
                {
                    backend.AttentionBackward(s, q, k, v, bias, output, logSumExp!, dOutput, dq, dk, dv);
                    return;
                }
                // Temporaries must have the strides of q, k, v: they are made as wide.
                Tensor tq = Like(q), tk = Like(k), tv = Like(v);
                backend.AttentionBackward(s, q, k, v, bias, output, logSumExp!, dOutput, tq.SliceColumns(0, q.Columns), tk.SliceColumns(0, k.Columns), tv.SliceColumns(0, v.Columns));
                Tape.Give(q, tq.SliceColumns(0, q.Columns));
                Tape.Give(k, tk.SliceColumns(0, k.Columns));
                Tape.Give(v, tv.SliceColumns(0, v.Columns));
                Tape.Discard(tq);
                Tape.Discard(tk);
                Tape.Discard(tv);
            })
            : output;

        static Tensor Like(Tensor t) => Tensor.Empty(t.Shape.WithColumns(t.RowStride));
    }

    /// <summary>The attention map (B, H, Tq, Tk) after softmax, for traces and pictures; carries no gradient.</summary>
    public static Tensor AttentionMap(Tensor q, Tensor k, in AttentionShape shape, Tensor? bias = null, int? keyLength = null)
    {
        AttentionShape s = Describe(q, k, k, shape, bias, keyLength);
        Tensor map = Tensor.Empty(new Shape(s.Batch, s.Heads, s.QueryLength, s.KeyLength));
        q.Device.Backend.AttentionProbabilities(s, q, k, bias, map);
        return map;
    }

    /// <summary>Rows of a table (vocabulary, width) by id: ids (...) -> (..., width).</summary>
    public static Tensor Embed(Tensor table, Tensor ids)
    {
        IBackend backend = table.Device.Backend;
        Tensor y = Tensor.Empty(ids.Shape.Rank switch
        {
            1 => new Shape(ids.Shape[0], table.Columns),
            2 => new Shape(ids.Shape[0], ids.Shape[1], table.Columns),
            _ => throw new ArgumentException($"token ids have shape (tokens) or (batch, tokens), given {ids.Shape}"),
        });
        backend.GatherRows(table, ids, y);
        return Tape.Records(table)
            ? Tape.Record(y, dy =>
            {
                Tensor d = Tape.Target(table, out bool accumulate);
                if (!accumulate) backend.Fill(d, 0);
                backend.ScatterAddRows(ids, dy, d);
            })
            : y;
    }

    private static AttentionShape Describe(Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor? bias, int? keyLength)
    {
        if (q.Shape.Rank != 3 || k.Shape.Rank != 3 || v.Shape.Rank != 3) throw new ArgumentException($"attention needs q, k, v of shape (batch, tokens, columns), given {q.Shape}, {k.Shape}, {v.Shape}");
        if (q.Columns != shape.Heads * shape.HeadDim || k.Columns != shape.KeyValueHeads * shape.HeadDim || v.Columns != k.Columns)
            throw new ArgumentException($"attention with {shape.Heads} heads, {shape.KeyValueHeads} key/value heads of {shape.HeadDim} does not fit q {q.Shape}, k {k.Shape}, v {v.Shape}");
        if (k.Shape[0] != q.Shape[0] || v.Shape != k.Shape) throw new ArgumentException($"attention needs q, k, v of one batch and k, v of one length, given {q.Shape}, {k.Shape}, {v.Shape}");
        int keys = keyLength ?? k.Shape[1];
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
        if (bias is null) return s;
        if (bias.Shape.Rank != 4 || bias.Shape[3] != keys) throw new ArgumentException($"an attention bias has shape (batch or 1, heads or 1, queries or 1, {keys}), given {bias.Shape}");
        int row = bias.Shape[3], head = bias.Shape[2] * row, batch = bias.Shape[1] * head;
        return s with
        {
            BiasRowStride = bias.Shape[2] == 1 ? 0 : row,
            BiasHeadStride = bias.Shape[1] == 1 ? 0 : head,
            BiasBatchStride = bias.Shape[0] == 1 ? 0 : batch,
        };
    }

    private static void CheckNorm(Tensor x, Tensor weight)
    {
        if (weight.Count != x.Columns) throw new ArgumentException($"a norm with {weight.Count} weights was given rows of {x.Columns} (shape {x.Shape})");
    }

    private static (Tensor?, Tensor?, bool) ParameterTargets(Tensor weight, Tensor? bias)
    {
        bool accumulate = false;
        Tensor? dWeight = weight.RequiresGradient ? Tape.Target(weight, out accumulate) : null;
        Tensor? dBias = null;
        if (bias is { RequiresGradient: true })
        {
            dBias = Tape.Target(bias, out bool accumulateBias);
            if (dWeight is not null && accumulate != accumulateBias) throw new InvalidOperationException("weight and bias of a norm must both have a gradient or both have none");
            accumulate = accumulateBias;
        }
        return (dWeight, dBias, accumulate);
    }

    private static Tensor Destination(Tensor x, out bool accumulate)
    {
        accumulate = false;
        return x.RequiresGradient ? Tape.Target(x, out accumulate) : Tensor.Empty(x.Shape);
    }
}
