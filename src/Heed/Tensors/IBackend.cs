using Heed.Kernels;

namespace Heed.Tensors;

/// <summary>
/// The device seam: every operation that a device must provide, and the only place where one device differs from another.
/// Results are written to tensors that the caller made; shapes were checked by the caller (the differentiable operations of <c>Autograd</c>).
/// Matrices are (rows, columns) with a row stride; <c>accumulate</c> adds to the target instead of overwriting it.
/// </summary>
public interface IBackend
{
    // Matrix products.

    /// <summary>c (m, n) = [c +] op(a) (m, k) · op(b) (k, n).</summary>
    void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate);

    /// <summary>y (rows, out) = act(x (rows, in) · weightᵀ (out, in) + bias (out)); <paramref name="preActivation"/> receives the value before act.</summary>
    void Linear(Tensor x, Tensor weight, Tensor? bias, Tensor y, ActivationKind activation, Tensor? preActivation, bool accumulate);

    /// <summary>A copy of a weight (out, in) as the device's products read it fastest.</summary>
    PackedWeight Pack(Tensor weight);

    /// <summary>A weight (out, in) that stays as a file stores it: matrices of one width, one below the other; <paramref name="owner"/> keeps their memory.</summary>
    PackedWeight Hold(ReadOnlySpan<BlockMatrix> parts, object owner);

    /// <summary>y[i] = row ids[i] of a held weight, as floats.</summary>
    void GatherHeld(PackedWeight table, Tensor ids, Tensor y);

    /// <summary>y (rows, out) = act(x (rows, in) · weightᵀ + bias (out)) with a packed or held weight.</summary>
    void PackedLinear(Tensor x, PackedWeight weight, Tensor? bias, Tensor y, ActivationKind activation);

    /// <summary>Gradient of <see cref="PackedLinear"/> by its input, with a held weight: dx (rows, in) = [dx +] dy (rows, out) · weight.</summary>
    void PackedLinearBackward(Tensor dy, PackedWeight weight, Tensor dx, bool accumulate);

    // Element by element; outputs may alias inputs.

    /// <summary>z = x + y.</summary>
    void Add(Tensor x, Tensor y, Tensor z);

    /// <summary>z = x · y.</summary>
    void Multiply(Tensor x, Tensor y, Tensor z);

    /// <summary>y = factor · x.</summary>
    void Scale(Tensor x, float factor, Tensor y);

    /// <summary>y += factor · x.</summary>
    void AddScaled(float factor, Tensor x, Tensor y);

    /// <summary>y = x + row, the row added to each row of x.</summary>
    void AddRow(Tensor x, Tensor row, Tensor y);

    /// <summary>Copies x to y; both may be column views.</summary>
    void Copy(Tensor x, Tensor y);

    /// <summary>y (columns, rows) = xᵀ.</summary>
    void Transpose(Tensor x, Tensor y);

    /// <summary>Sets every element.</summary>
    void Fill(Tensor x, float value);

    /// <summary>y = act(x).</summary>
    void Activation(ActivationKind kind, Tensor x, Tensor y);

    /// <summary>dx = act'(x) · dy, x before the activation.</summary>
    void ActivationBackward(ActivationKind kind, Tensor x, Tensor dy, Tensor dx);

    /// <summary>y (rows, width) = act(gate) · up of gateUp (rows, 2 width).</summary>
    void Gated(ActivationKind kind, Tensor gateUp, Tensor y);

    /// <summary>Gradient of <see cref="Gated"/>.</summary>
    void GatedBackward(ActivationKind kind, Tensor gateUp, Tensor dy, Tensor dGateUp);

    /// <summary>y = x · keep / (1 - probability), keep drawn from (seed, element); the same call on dy is the gradient.</summary>
    void Dropout(Tensor x, Tensor y, float probability, ulong seed);

    // Reductions.

    /// <summary>y (columns) = [y +] the sum of x's rows.</summary>
    void ColumnSum(Tensor x, Tensor y, bool accumulate);

    /// <summary>Sum of squares, in double precision.</summary>
    double SumOfSquares(Tensor x);

    /// <summary>Softmax of each row.</summary>
    void Softmax(Tensor x, Tensor y);

    /// <summary>Gradient of <see cref="Softmax"/> from its output y.</summary>
    void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx);

    // Normalisation.

    /// <summary>Layer norm of each row; mean and rstd (rows) are kept for the gradient where given.</summary>
    void LayerNorm(Tensor x, Tensor weight, Tensor? bias, float epsilon, Tensor y, Tensor? mean, Tensor? rstd);

    /// <summary>Gradient of <see cref="LayerNorm"/>.</summary>
    void LayerNormBackward(Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, Tensor dx, bool accumulateDx, Tensor? dWeight, Tensor? dBias, bool accumulateParameters);

    /// <summary>RMS norm of each row.</summary>
    void RmsNorm(Tensor x, Tensor weight, float epsilon, float weightOffset, Tensor y, Tensor? rstd);

    /// <summary>Gradient of <see cref="RmsNorm"/>.</summary>
    void RmsNormBackward(Tensor x, Tensor weight, float weightOffset, Tensor rstd, Tensor dy, Tensor dx, bool accumulateDx, Tensor? dWeight, bool accumulateParameters);

    // Transformer operations.

    /// <summary>Streaming attention; mask (batch, keys) is added to the scores; logSumExp (batch, heads, queries) is kept for the gradient where given.</summary>
    void Attention(in AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor output, Tensor? logSumExp);

    /// <summary>Gradient of <see cref="Attention"/>; overwrites dq, dk, dv, which have the strides of q, k, v, and adds to dBias, which has those of bias.</summary>
    void AttentionBackward(in AttentionShape shape, Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor output, Tensor logSumExp, Tensor dOutput, Tensor dq, Tensor dk, Tensor dv, Tensor? dBias);

    /// <summary>The attention map (batch, heads, queries, keys) after softmax.</summary>
    void AttentionProbabilities(in AttentionShape shape, Tensor q, Tensor k, Tensor? bias, Tensor? mask, Tensor? firstKeys, Tensor probabilities);

    /// <summary>Writes the keys and values (rows, columns) of new tokens into the pages of their sequences.</summary>
    void StorePages(in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, Tensor k, Tensor v);

    /// <summary>Keys and values (count, columns) of a sequence's tokens from <paramref name="first"/> on, out of its pages.</summary>
    void GatherPages(in PageShape shape, int layer, ReadOnlySpan<nint> pages, int first, int count, Tensor k, Tensor v);

    /// <summary>Attention of a few new tokens of each sequence to keys and values in pages; heads, scale, soft cap and window are the attention shape's.</summary>
    void PagedAttention(in AttentionShape attention, in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, int sinks, Tensor q, Tensor output);

    /// <summary>Rotates, in place, the first <paramref name="heads"/> heads of each row of x by its position; inverse = the gradient.</summary>
    void Rotary(Tensor x, int heads, int headDim, int rotaryDim, Tensor positions, Tensor cos, Tensor sin, bool interleaved, bool inverse);

    /// <summary>y (ids, columns) = rows of the table.</summary>
    void GatherRows(Tensor table, Tensor ids, Tensor y);

    /// <summary>Adds each row of dy to the table's row that its id names.</summary>
    void ScatterAddRows(Tensor ids, Tensor dy, Tensor table);

    /// <summary>y[i] = the sum over k of weights[i, k] · x[places[i, k]]: places and weights (n, count).</summary>
    void WeightedRows(Tensor x, Tensor places, Tensor weights, Tensor y);

    /// <summary>Gradient of <see cref="WeightedRows"/> where each row of x is named once; overwrites dx and dWeights.</summary>
    void WeightedRowsBackward(Tensor x, Tensor places, Tensor weights, Tensor dy, Tensor dx, Tensor dWeights);

    /// <summary>Per-row loss -log softmax(logits)[target], 0 where the target is ignored; smoothing spreads that share of the target over all ids.</summary>
    void CrossEntropy(Tensor logits, Tensor targets, int ignoreIndex, float smoothing, Tensor losses);

    /// <summary>The same; logits become their gradient times <paramref name="scale"/>.</summary>
    void CrossEntropyBackward(Tensor logits, Tensor targets, int ignoreIndex, float smoothing, float scale, Tensor losses);

    // Recurrent layers: the step loop; the large products around it are those above.

    /// <summary>
    /// Runs a layer over its sequences: gates (batch, tokens, saved · width) hold the input products and become the gates, output (batch, tokens, width)
    /// receives the hidden states, hidden and cell (batch, width) go from the state before to the state after. lengths (batch): null = all tokens;
    /// newBias: the hidden bias of a GRU's n; cell and cells (batch, tokens, width): LSTM; cells null where no gradient is wanted.
    /// </summary>
    void Recurrent(in RecurrentShape shape, Tensor hiddenWeight, Tensor? newBias, Tensor? lengths, Tensor gates, Tensor output, Tensor hidden, Tensor? cell, Tensor? cells);

    /// <summary>
    /// Gradient of <see cref="Recurrent"/>: gates become the gradients of their sums, hiddenGradient and cellGradient go from those of the state after
    /// to those of the state before, previous (batch, tokens, width) receives the hidden state before each token.
    /// </summary>
    void RecurrentBackward(in RecurrentShape shape, Tensor hiddenWeight, Tensor? lengths, Tensor gates, Tensor? cells, Tensor output, Tensor initialHidden, Tensor? initialCell, Tensor outputGradient, Tensor hiddenGradient, Tensor? cellGradient, Tensor previous, bool initialGradient);

    // Optimizer.

    /// <summary>One AdamW step over all given parameters in one pass.</summary>
    void AdamW(in AdamHyper hyper, ReadOnlySpan<AdamSlot> slots);
}

/// <summary>One parameter with its optimizer state, all of the same shape.</summary>
/// <param name="Weight">The weight, updated.</param>
/// <param name="Gradient">Its gradient.</param>
/// <param name="M">First moment, updated.</param>
/// <param name="V">Second moment, updated.</param>
/// <param name="WeightDecay">Decoupled weight decay of this parameter.</param>
/// <param name="Rate">Factor of the learning rate for this parameter.</param>
public readonly record struct AdamSlot(Tensor Weight, Tensor Gradient, Tensor M, Tensor V, float WeightDecay, float Rate = 1);
