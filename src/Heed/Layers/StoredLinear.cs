using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A linear layer over a weight that stays in its file, quantised or not. The weight does not learn; a gradient flows through to the input, so that adapters can.</summary>
public sealed class StoredLinear(StoredWeight weight, Tensor? bias) : LinearLayer
{
    /// <inheritdoc/>
    public override int Inputs => weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => weight.Rows;

    /// <summary>The weight (outputs, inputs).</summary>
    internal StoredWeight Weight => weight;

    /// <inheritdoc/>
    public override void Pack() => weight.Held.Pack();

    private protected override Tensor Product(Tensor x, ActivationKind activation) => MatrixOps.PackedLinear(x, weight.For(x.Rows), bias, activation);
}
