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

    /// <summary>act(x · weightᵀ + bias), with what adapters add before the activation: (..., inputs) -> (..., outputs).</summary>
    public Tensor Forward(Tensor x, ActivationKind activation = ActivationKind.None)
    {
        Watch?.Invoke(x);
        if (Updates.Count == 0) return Product(x, activation);
        Tensor y = Product(x, ActivationKind.None);
        foreach (LowRankUpdate update in Updates) y = update.AddTo(y, x);
        return activation == ActivationKind.None ? y : NeuralOps.Activate(y, activation);
    }

    /// <summary>What adapters add; none costs nothing.</summary>
    public IReadOnlyList<LowRankUpdate> Updates { get; internal set; } = [];

    /// <summary>act(x · weightᵀ + bias) by the layer's own weight.</summary>
    private protected abstract Tensor Product(Tensor x, ActivationKind activation);

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

    private protected override Tensor Product(Tensor x, ActivationKind activation)
    {
        if (packed is not null && Tape.Records(weight, x)) packed = null; // the weight is about to change
        return packed is not null ? MatrixOps.PackedLinear(x, packed, bias, activation) : MatrixOps.Linear(x, weight, bias, activation);
    }
}
