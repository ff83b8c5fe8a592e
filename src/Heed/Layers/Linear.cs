using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A linear layer, however its weight is held: the leaf that quantisation and adapters swap.</summary>
public abstract class LinearLayer
{
    /// <summary>Columns in.</summary>
    public abstract int Inputs { get; }

    /// <summary>Columns out.</summary>
    public abstract int Outputs { get; }

    /// <summary>act(x · weightᵀ + bias): (..., inputs) -> (..., outputs).</summary>
    public abstract Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None);
}

/// <summary>A linear layer with a trainable weight (outputs, inputs) and an optional bias.</summary>
public sealed class Linear : LinearLayer
{
    private readonly Tensor weight; // (outputs, inputs)
    private readonly Tensor? bias;  // (outputs)
    private PackedWeight? packed;

    /// <summary>Makes the layer's weights in <paramref name="scope"/>: <c>weight</c> and, if asked for, <c>bias</c>.</summary>
    public Linear(WeightScope scope, int inputs, int outputs, bool hasBias, float deviation)
    {
        weight = scope.Normal("weight", new Shape(outputs, inputs), deviation);
        bias = hasBias ? scope.Constant("bias", new Shape(outputs), 0) : null;
        scope.Register(this);
    }

    /// <inheritdoc/>
    public override int Inputs => weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => weight.Rows;

    /// <summary>Keeps a second copy of the weight as the product reads it fastest, until the layer next learns.</summary>
    public void Pack() => packed ??= weight.Device.Backend.Pack(weight);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None)
    {
        if (packed is not null && Tape.Records(weight, x)) packed = null; // the weight is about to change
        return packed is not null && x.Columns == Inputs ? MatrixOps.PackedLinear(x, packed, Outputs, bias, activation) : MatrixOps.Linear(x, weight, bias, activation);
    }
}
