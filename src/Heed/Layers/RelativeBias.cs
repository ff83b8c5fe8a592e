using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>T5's relative positions (Raffel et al. 2020): a learned bias of each head's scores by the bucket of the distance; one table for a whole stack.</summary>
public sealed class RelativeBias
{
    private readonly PositionConfig.Buckets config;
    private readonly bool causal;
    private readonly int heads;
    private readonly Tensor table; // (buckets, heads)

    /// <summary>Makes <c>weight</c> (buckets, heads) in <paramref name="scope"/>.</summary>
    public RelativeBias(WeightScope scope, StackConfig stack, PositionConfig.Buckets config)
    {
        (this.config, causal, heads) = (config, stack.Causal, stack.Heads);
        table = scope.Normal("weight", new Shape(config.Count, heads), stack.Start(stack.Width));
    }

    /// <summary>The bias (1, heads, queries, keys) of queries that stand at <paramref name="past"/>, past + 1, ... among keys at 0, 1, ...</summary>
    public Tensor Forward(int queries, int keys, int past)
    {
        Tensor buckets = Tensor.Empty(new Shape(queries * keys), DType.I32);
        for (int i = 0; i < queries; i++)
            for (int j = 0; j < keys; j++) buckets.Ints[i * keys + j] = Bucket(j - (past + i));
        return MatrixOps.Transpose(NeuralOps.Embed(table, buckets)).Reshape(new Shape(1, heads, queries, keys));
    }

    /// <summary>The bucket of a distance, key - query.</summary>
    internal int Bucket(int distance)
    {
        int buckets = config.Count, first = 0;
        if (causal)
        {
            distance = Math.Max(-distance, 0);
        }
        else
        {
            buckets /= 2;
            if (distance > 0) first = buckets; // the half that looks forward
            distance = Math.Abs(distance);
        }
        int exact = buckets / 2;
        if (distance < exact) return first + distance;
        // In single precision, as the original computes it: the logarithm falls on whole numbers at powers of two.
        float place = MathF.Log((float)distance / exact) / (float)Math.Log((double)config.MaximumDistance / exact) * (buckets - exact);
        return first + Math.Min(exact + (int)place, buckets - 1);
    }
}
