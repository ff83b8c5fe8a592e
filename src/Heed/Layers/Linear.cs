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

    /// <summary>Makes the layer's weights in <paramref name="scope"/>: <c>weight</c> and, if asked for, <c>bias</c>.</summary>
    public Linear(WeightScope scope, int inputs, int outputs, bool hasBias, float deviation)
    {
        weight = scope.Normal("weight", new Shape(outputs, inputs), deviation);
        bias = hasBias ? scope.Constant("bias", new Shape(outputs), 0) : null;
    }

    /// <inheritdoc/>
    public override int Inputs => weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => weight.Rows;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None) => MatrixOps.Linear(x, weight, bias, activation);
}
