using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// A low-rank update of some outputs of a linear layer: y += scale · (x · Aᵀ) · Bᵀ (LoRA, Hu et al. 2021). A layer that holds several matrices side by side
/// (query, key and value) has an update for each that is adapted.
/// </summary>
/// <param name="First">First of the layer's outputs.</param>
/// <param name="A">(rank, inputs).</param>
/// <param name="B">(outputs, rank).</param>
/// <param name="Scale">Factor of the update: alpha / rank.</param>
public sealed record LowRankUpdate(int First, Tensor A, Tensor B, float Scale)
{
    /// <summary>How much of the update counts.</summary>
    public float Weight { get; init; } = 1;

    /// <summary>The dropout of x in this pass, and its seed; the pass sets it. A probability of 0 drops nothing.</summary>
    public (float Probability, ulong Seed) Dropout { get; set; }

    /// <summary>y (..., outputs of the layer) with the update of x (..., inputs) added, in y's own memory.</summary>
    public Tensor AddTo(Tensor y, Tensor x)
    {
        if (Dropout.Probability > 0) x = Arithmetic.Dropout(x, Dropout.Probability, Dropout.Seed);
        return MatrixOps.AddLinear(y, First, Arithmetic.Scale(MatrixOps.Linear(x, A), Scale * Weight), B);
    }

    /// <summary>Adds the update to the layer's weight (outputs, inputs) for good.</summary>
    public void MergeInto(Tensor weight)
    {
        using MemoryScope scope = new();
        weight.Device.Backend.MatMul(Arithmetic.Scale(B, Scale * Weight), false, A, false, weight.SliceRows(First, B.Rows), accumulate: true);
    }
}
