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

    /// <summary>The weight (outputs, inputs).</summary>
    internal StoredWeight Weight => weight;

    /// <inheritdoc/>
    public override void Pack() => weight.Held.Pack();

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None)
    {
        if (Tape.Records(x)) throw new InvalidOperationException("a model whose weights stay in their file cannot be trained: load it to train");
        Watch?.Invoke(x);
        return MatrixOps.PackedLinear(x, weight.For(x.Rows), bias, activation);
    }
}
