using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A linear layer, however its weight is held: the leaf that quantisation and adapters swap. <see cref="WeightScope.Linear"/> makes it.</summary>
public abstract class LinearLayer
{
    /// <summary>Columns in.</summary>
    public abstract int Inputs { get; }

    /// <summary>Columns out.</summary>
    public abstract int Outputs { get; }

    /// <summary>act(x · weightᵀ + bias): (..., inputs) -> (..., outputs).</summary>
    public abstract Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None);

    /// <summary>Told what enters each product, for calibration; null costs nothing.</summary>
    internal Action<Tensor>? Watch { get; set; }

    /// <summary>Keeps the weight once more as the product reads it fastest.</summary>
    public abstract void Pack();
}

/// <summary>A linear layer with a trainable weight (outputs, inputs) and an optional bias (outputs).</summary>
public sealed class Linear(Tensor weight, Tensor? bias) : LinearLayer
{
    private PackedWeight? packed; // until the layer next learns

    /// <inheritdoc/>
    public override int Inputs => weight.Columns;

    /// <inheritdoc/>
    public override int Outputs => weight.Rows;

    /// <summary>The weight (outputs, inputs).</summary>
    public Tensor Weight => weight;

    /// <inheritdoc/>
    public override void Pack() => packed ??= weight.Device.Backend.Pack(weight);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None)
    {
        Watch?.Invoke(x);
        if (packed is not null && Tape.Records(weight, x)) packed = null; // the weight is about to change
        return packed is not null ? MatrixOps.PackedLinear(x, packed, bias, activation) : MatrixOps.Linear(x, weight, bias, activation);
    }
}
