using Heed.Kernels;

namespace Heed.Tensors;

/// <summary>The processor: each operation is one call of a kernel on the spans of its tensors.</summary>
internal sealed unsafe class CpuBackend : IBackend
{
    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate) =>
        Kernels.MatMul.Multiply(c.Rows, c.Columns, transposeA ? a.Rows : a.Columns, a.Span, a.RowStride, transposeA, b.Span, b.RowStride, transposeB, c.Span, c.RowStride, accumulate);

    public void Linear(Tensor x, Tensor weight, Tensor? bias, Tensor y, ActivationKind activation, Tensor? preActivation, bool accumulate) =>
        Kernels.MatMul.Multiply(y.Rows, y.Columns, x.Columns, x.Span, x.RowStride, false, weight.Span, weight.RowStride, true, y.Span, y.RowStride,
            accumulate, Optional(bias), activation, Optional(preActivation));

    public PackedWeight Pack(Tensor weight) => new CpuPackedWeight(new PackedMatrix(weight.Rows, weight.Columns, weight.Span, weight.RowStride));

    public PackedWeight Hold(ReadOnlySpan<BlockMatrix> parts, object owner) => new CpuHeldWeight(new BlockWeight(parts, owner));

    public void GatherHeld(PackedWeight table, Tensor ids, Tensor y) => BlockProduct.Gather(((CpuHeldWeight)table).Weight, ids.Ints, Dense(y));

    public void PackedLinear(Tensor x, PackedWeight weight, Tensor? bias, Tensor y, ActivationKind activation)
    {
        if (weight is CpuHeldWeight held) BlockProduct.Multiply(y.Rows, x.Span, x.RowStride, held.Weight, y.Span, y.RowStride, Optional(bias), activation);
        else Kernels.MatMul.Multiply(y.Rows, x.Span, x.RowStride, ((CpuPackedWeight)weight).Matrix, y.Span, y.RowStride, Optional(bias), activation);
    }

    public void PackedLinearBackward(Tensor dy, PackedWeight weight, Tensor dx, bool accumulate) =>
        BlockProduct.MultiplyPlain(dy.Rows, dy.Span, dy.RowStride, (weight as CpuHeldWeight)?.Weight ?? throw new InvalidOperationException("a packed copy of a weight carries no gradient: use the weight itself"), dx.Span, dx.RowStride, accumulate);

    private sealed class CpuPackedWeight(PackedMatrix matrix) : PackedWeight
    {
        public PackedMatrix Matrix => matrix;

        public override int Rows => matrix.Columns;

        public override int Columns => matrix.Rows;

        public override long Bytes => sizeof(float) * (long)Rows * Columns;

        public override void Pack()
        {
        }

        public override void Interleave()
        {
        }
    }

    private sealed class CpuHeldWeight(BlockWeight weight) : PackedWeight
    {
        public BlockWeight Weight => weight;

        public override int Rows => weight.Rows;

        public override int Columns => weight.Columns;

        public override long Bytes => weight.Bytes;

        public override void Pack() => weight.Pack();

        public override void Interleave() => weight.Repack();
    }

    public void Add(Tensor x, Tensor y, Tensor z) => Elementwise.Add(Dense(x), Dense(y), Dense(z));

    public void Multiply(Tensor x, Tensor y, Tensor z) => Elementwise.Multiply(Dense(x), Dense(y), Dense(z));

    public void Scale(Tensor x, float factor, Tensor y) => Elementwise.Scale(Dense(x), factor, Dense(y));

    public void AddScaled(float factor, Tensor x, Tensor y) => Elementwise.AddScaled(factor, Dense(x), Dense(y));

    public void AddRow(Tensor x, Tensor row, Tensor y) => Elementwise.AddRow(x.Rows, x.Columns, Dense(x), row.Span, Dense(y));

    public void Copy(Tensor x, Tensor y)
    {
        if (x.IsContiguous && y.IsContiguous) x.Span.CopyTo(y.Span);
        else Elementwise.Copy2D(x.Rows, x.Columns, x.Span, x.RowStride, y.Span, y.RowStride);
    }

    public void Transpose(Tensor x, Tensor y) => Kernels.Transpose.Copy(x.Rows, x.Columns, Dense(x), Dense(y));

    public void Fill(Tensor x, float value) => Elementwise.Fill(Dense(x), value);

    public void Activation(ActivationKind kind, Tensor x, Tensor y) => Activations.Forward(kind, Dense(x), Dense(y));

    public void ActivationBackward(ActivationKind kind, Tensor x, Tensor dy, Tensor dx) => Activations.Backward(kind, Dense(x), Dense(dy), Dense(dx));

    public void Gated(ActivationKind kind, Tensor gateUp, Tensor y) => Activations.GatedForward(kind, y.Rows, y.Columns, Dense(gateUp), Dense(y));

    public void GatedBackward(ActivationKind kind, Tensor gateUp, Tensor dy, Tensor dGateUp) =>
        Activations.GatedBackward(kind, dy.Rows, dy.Columns, Dense(gateUp), Dense(dy), Dense(dGateUp));

    public void Dropout(Tensor x, Tensor y, float probability, ulong seed) => Kernels.Dropout.Apply(Dense(x), Dense(y), probability, seed);

    public void ColumnSum(Tensor x, Tensor y, bool accumulate) => Reduce.ColumnSum(x.Rows, x.Columns, x.Span, x.RowStride, y.Span, accumulate);

    public double SumOfSquares(Tensor x) => Reduce.SumOfSquares(Dense(x));

    public void Softmax(Tensor x, Tensor y) => Kernels.Softmax.Forward(x.Rows, x.Columns, Dense(x), Dense(y));

    public void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx) => Kernels.Softmax.Backward(y.Rows, y.Columns, Dense(y), Dense(dy), Dense(dx));

    public void LayerNorm(Tensor x, Tensor weight, Tensor? bias, float epsilon, Tensor y, Tensor? mean, Tensor? rstd) =>
        Norms.LayerNormForward(x.Rows, x.Columns, epsilon, Dense(x), weight.Span, Optional(bias), Dense(y), Optional(mean), Optional(rstd));

    public void LayerNormBackward(Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, Tensor dx, bool accumulateDx, Tensor? dWeight, Tensor? dBias, bool accumulateParameters) =>
        Norms.LayerNormBackward(x.Rows, x.Columns, Dense(x), weight.Span, mean.Span, rstd.Span, Dense(dy), Dense(dx), accumulateDx, Optional(dWeight), Optional(dBias), accumulateParameters);

    public void RmsNorm(Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor? rstd) =>
        Norms.RmsNormForward(x.Rows, x.Columns, epsilon, Dense(x), weight.Span, Dense(y), Optional(rstd), weightOffset);

    public void RmsNormBackward(Tensor x, Tensor weight, float weightOffset, Tensor rstd, Tensor dy, Tensor dx, bool accumulateDx, Tensor? dWeight, bool accumulateParameters) =>
        Norms.RmsNormBackward(x.Rows, x.Columns, Dense(x), weight.Span, rstd.Span, Dense(dy), Dense(dx), accumulateDx, Optional(dWeight), accumulateParameters, weightOffset);

    public void Attention(in AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor output, Tensor? logSumExp) =>
        Kernels.Attention.Forward(shape, q.Span, k.Span, v.Span, Optional(bias), Optional(mask), output.Span, Optional(logSumExp), firstKeys is null ? [] : firstKeys.Ints);

    public void AttentionBackward(in AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor output, Tensor logSumExp, Tensor dOutput, Tensor dq, Tensor dk, Tensor dv, Tensor? dBias) =>
        Kernels.Attention.Backward(shape, q.Span, k.Span, v.Span, Optional(bias), Optional(mask), output.Span, logSumExp.Span, dOutput.Span, dq.Span, dk.Span, dv.Span, Optional(dBias), firstKeys is null ? [] : firstKeys.Ints);

    public void AttentionProbabilities(in AttentionShape shape, Tensor q, Tensor k, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor probabilities) =>
        Kernels.Attention.Probabilities(shape, q.Span, k.Span, Optional(bias), Optional(mask), probabilities.Span, firstKeys is null ? [] : firstKeys.Ints);

    public void StorePages(in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, Tensor k, Tensor v) =>
        Pages.Store(shape, layer, pages, sequences, k.Span, k.RowStride, v.Span, v.RowStride);

    public void GatherPages(in PageShape shape, int layer, ReadOnlySpan<nint> pages, int first, int count, Tensor k, Tensor v) =>
        Pages.Gather(shape, layer, pages, first, count, Dense(k), Dense(v));

    public void PagedAttention(in AttentionShape attention, in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, int sinks, Tensor q, Tensor output) =>
        Kernels.Attention.Paged(attention with { QueryRowStride = q.RowStride, OutputRowStride = output.RowStride }, shape, layer, pages, sequences, sinks, q.Span, output.Span);

    public void Rotary(Tensor x, int heads, int headDim, int rotaryDim, Tensor positions, Tensor cos, Tensor sin, bool interleaved, bool inverse) =>
        Kernels.Rotary.Apply(x.Rows, heads, headDim, rotaryDim, x.RowStride, x.Span, positions.Ints, cos.Span, sin.Span, interleaved, inverse);

    public void GatherRows(Tensor table, Tensor ids, Tensor y) => Kernels.GatherRows.Forward(ids.Ints, table.Columns, table.Span, Dense(y));

    public void ScatterAddRows(Tensor ids, Tensor dy, Tensor table) => Kernels.GatherRows.ScatterAdd(ids.Ints, table.Columns, Dense(dy), table.Span);

    public void WeightedRows(Tensor x, Tensor places, Tensor weights, Tensor y) =>
        Kernels.WeightedRows.Forward(places.Ints, Dense(weights), places.Columns, x.Columns, Dense(x), Dense(y));

    public void WeightedRowsBackward(Tensor x, Tensor places, Tensor weights, Tensor dy, Tensor dx, Tensor dWeights) =>
        Kernels.WeightedRows.Backward(places.Ints, Dense(weights), places.Columns, x.Columns, Dense(x), Dense(dy), Dense(dx), Dense(dWeights));

    public void CrossEntropy(Tensor logits, Tensor targets, int ignoreIndex, float smoothing, Tensor losses) =>
        Kernels.CrossEntropy.Forward(logits.Rows, logits.Columns, Dense(logits), targets.Ints, ignoreIndex, losses.Span, default, smoothing);

    public void CrossEntropyBackward(Tensor logits, Tensor targets, int ignoreIndex, float smoothing, float scale, Tensor losses) =>
        Kernels.CrossEntropy.ForwardBackward(logits.Rows, logits.Columns, Dense(logits), targets.Ints, ignoreIndex, scale, losses.Span, smoothing);

    public void Recurrent(in RecurrentShape shape, Tensor hiddenWeight, Tensor? newBias, Tensor? lengths, Tensor gates, Tensor output, Tensor hidden, Tensor? cell, Tensor? cells) =>
        Kernels.Recurrent.Forward(shape, Dense(hiddenWeight), Optional(newBias), lengths is null ? default : lengths.Ints, Dense(gates), output.Span, output.RowStride,
            Dense(hidden), Optional(cell), Optional(cells));

    public void RecurrentBackward(in RecurrentShape shape, Tensor hiddenWeight, Tensor? lengths, Tensor gates, Tensor? cells, Tensor output, Tensor initialHidden, Tensor? initialCell, Tensor outputGradient, Tensor hiddenGradient, Tensor? cellGradient, Tensor previous, bool initialGradient) =>
        Kernels.Recurrent.Backward(shape, Dense(hiddenWeight), lengths is null ? default : lengths.Ints, Dense(gates), Optional(cells), output.Span, output.RowStride,
            Dense(initialHidden), Optional(initialCell), outputGradient.Span, outputGradient.RowStride, Dense(hiddenGradient), Optional(cellGradient), Dense(previous), initialGradient);

    public void AdamW(in AdamHyper hyper, ReadOnlySpan<AdamSlot> slots)
    {
        Span<AdamSegment> segments = slots.Length <= 256 ? stackalloc AdamSegment[slots.Length] : new AdamSegment[slots.Length];
        for (int i = 0; i < slots.Length; i++)
        {
            AdamSlot slot = slots[i];
            segments[i] = new AdamSegment
            {
                Weight = slot.Weight.Pointer,
                Gradient = slot.Gradient.Pointer,
                M = slot.M.Pointer,
                V = slot.V.Pointer,
                Length = (nint)slot.Weight.Count,
                WeightDecay = slot.WeightDecay,
                Rate = slot.Rate,
            };
        }
        Adam.Step(hyper, segments);
    }

    private static Span<float> Optional(Tensor? tensor) => tensor is null ? default : tensor.Span;

    private static Span<float> Dense(Tensor tensor) =>
        tensor.IsContiguous ? tensor.Span : throw new ArgumentException($"this operation needs contiguous elements; given a view of shape {tensor.Shape} with row stride {tensor.RowStride}");
}
