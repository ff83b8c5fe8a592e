using Heed.Layers;

namespace Heed.Models;

/// <summary>What a model costs: parameters, floating-point operations, memory; computed from its configuration alone.</summary>
/// <remarks>
/// Operations count 2 for each multiply-add of every matrix product and of attention over all pairs of tokens (also those that a causal
/// mask hides), as nanoGPT and PaLM (Chowdhery et al. 2022, appendix B) do; backward counts twice forward; recomputation counts nothing.
/// </remarks>
public static class ModelCost
{
    /// <summary>Number of trainable values; a tied table counts once.</summary>
    public static long Parameters(TransformerConfig config)
    {
        StackConfig s = config.Decoder;
        long width = s.Width, norm = s.Norm is NormConfig.LayerNorm { Bias: true } ? 2 * width : width;
        long q = (long)s.Heads * s.HeadColumns, kv = (long)s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width, up = s.FeedForward.Gated ? 2 * f : f;
        long block = MatrixWeights(s) + 2 * norm;
        if (s.QueryKeyValueBias) block += q + 2 * kv;
        if (s.OutputBias) block += width;
        if (s.FeedForward.Bias) block += up + width;
        long positions = s.Positions is PositionConfig.Learned learned ? learned.Maximum * width : 0;
        long final = s.Placement == Placement.Pre ? norm : 0;
        return s.Depth * block + positions + final + config.Vocabulary * width * (config.TieEmbeddings ? 1 : 2);
    }

    /// <summary>Operations of a forward pass, for each token of a context of <paramref name="context"/> tokens.</summary>
    public static double ForwardOperations(TransformerConfig config, int context)
    {
        StackConfig s = config.Decoder;
        double attention = 4.0 * context * s.Heads * s.HeadColumns; // scores and weighted sum
        return s.Depth * (2.0 * MatrixWeights(s) + attention) + 2.0 * s.Width * config.Vocabulary;
    }

    /// <summary>Operations of a training step, for each token: forward and backward.</summary>
    public static double TrainingOperations(TransformerConfig config, int context) => 3 * ForwardOperations(config, context);

    /// <summary>Bytes of keys and values that one token of context takes, in f32.</summary>
    public static long CacheBytes(TransformerConfig config) => 4L * 2 * config.Decoder.Depth * config.Decoder.KeyHeads * config.Decoder.HeadColumns;

    /// <summary>Bytes that AdamW training holds for parameters: weight, gradient and two moments, in f32.</summary>
    public static long TrainingStateBytes(TransformerConfig config) => 16 * Parameters(config);

    // Weights of the matrices of one block.
    private static long MatrixWeights(StackConfig s)
    {
        long width = s.Width, q = (long)s.Heads * s.HeadColumns, kv = (long)s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width;
        return width * (q + 2 * kv) + q * width + f * width * (s.FeedForward.Gated ? 3 : 2);
    }
}
