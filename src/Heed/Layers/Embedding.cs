using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A table of vectors, one for each id.</summary>
public sealed class Embedding(WeightScope scope, int count, int width, float deviation)
{
    /// <summary>The table (count, width); a tied output projection uses it too.</summary>
    public Tensor Weight { get; } = scope.Normal("weight", new Shape(count, width), deviation);

    /// <summary>ids (batch, tokens) -> (batch, tokens, width).</summary>
    /// <param name="ids">Ids.</param>
    /// <param name="frozen">An id whose vector learns nothing from being read; null = all learn.</param>
    public Tensor Forward(Tensor ids, int? frozen = null) => NeuralOps.Embed(Weight, ids, frozen);
}
