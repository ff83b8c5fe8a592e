using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A linear layer over a weight that stays in its file, quantised or not. Carries no gradient to the weight, nor to its input.</summary>
public sealed class StoredLinear(StoredWeight weight, Tensor? bias) : LinearLayer
{
    /// <inheritdoc/>
    public override int Inputs => weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => weight.Rows;

    /// <inheritdoc/>
    public override void Pack() => weight.Held.Repack();

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None) => Tape.Records(x)
        ? throw new InvalidOperationException("a model whose weights stay in their file cannot be trained: load it to train")
        : MatrixOps.PackedLinear(x, weight.Held, bias, activation);
}
