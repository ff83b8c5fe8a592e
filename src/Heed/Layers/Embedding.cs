using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A table of vectors, one for each id, however it is held. <see cref="WeightScope.Embedding"/> makes it.</summary>
public abstract class EmbeddingLayer
{
    /// <summary>ids (batch, tokens) -> (batch, tokens, width).</summary>
    /// <param name="ids">Ids.</param>
    /// <param name="frozen">An id whose vector learns nothing from being read; null = all learn.</param>
    public abstract Tensor Forward(Tensor ids, int? frozen = null);

    /// <summary>The output projection that is this table.</summary>
    public abstract LinearLayer Projection(Tensor? bias);
}

/// <summary>A trainable table (count, width).</summary>
public sealed class Embedding(WeightScope scope, int count, int width, float deviation) : EmbeddingLayer
{
    private readonly Tensor weight = scope.Normal("weight", new Shape(count, width), deviation);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor ids, int? frozen = null) => NeuralOps.Embed(weight, ids, frozen);

    /// <inheritdoc/>
    public override LinearLayer Projection(Tensor? bias) => new Linear(weight, bias);
}

/// <summary>A table that stays in its file; only the rows that are asked for are widened.</summary>
public sealed class StoredEmbedding(StoredWeight weight) : EmbeddingLayer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor ids, int? frozen = null) => NeuralOps.Embed(weight.Held, ids);

    /// <inheritdoc/>
    public override LinearLayer Projection(Tensor? bias) => new StoredLinear(weight, bias);
}
