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
        StackConfig main = config.Main;
        long inputs = config.Head.Transform?.Width ?? main.Width, outputs = config.Head.Outputs(config.Vocabulary);
        long head = config.Head is { Kind: HeadKind.Vocabulary } && config.TieEmbeddings ? 0 : inputs * outputs;
        if (config.Head is { Bias: true, FixedBias: false }) head += outputs;
        if (config.Head.Transform is { } transform) head += (main.Width + 1L) * transform.Width + (transform.Norm is { } n ? NormValues(n, transform.Width) : 0);
        long source = (long)(config.SourceVocabulary ?? 0) * (config.Encoder?.EmbeddingWidth ?? 0);
        return (long)config.Vocabulary * main.EmbeddingWidth + source + Stacks(config).Sum(StackParameters) + head;
    }

    /// <summary>Operations of a forward pass, for each token of a context of <paramref name="context"/> tokens; an encoder-decoder reads and writes as many.</summary>
    public static double ForwardOperations(TransformerConfig config, int context) => HeadOperations(config) + Stacks(config).Sum(s => StackOperations(s, context, context));

    /// <summary>Operations of a training step, for each token: forward and backward.</summary>
    public static double TrainingOperations(TransformerConfig config, int context) => 3 * ForwardOperations(config, context);

    /// <summary>Operations of learning from a batch, forward and backward.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Sequences.</param>
    /// <param name="length">Tokens of each; of an encoder-decoder, those that it writes.</param>
    /// <param name="sources">Tokens that an encoder-decoder reads.</param>
    public static double TrainingOperations(TransformerConfig config, int rows, int length, int sources)
    {
        double pass = length * HeadOperations(config);
        foreach (StackConfig stack in Stacks(config))
        {
            int tokens = sources > 0 && ReferenceEquals(stack, config.Encoder) ? sources : length;
            pass += tokens * StackOperations(stack, tokens, sources);
        }
        return 3.0 * rows * pass;
    }

    /// <summary>Bytes of keys and values that one token of context takes, in f32.</summary>
    public static long CacheBytes(TransformerConfig config) => 4L * 2 * config.Main.Depth * config.Main.KeyHeads * config.Main.HeadColumns;

    /// <summary>Bytes that AdamW training holds for parameters: weight, gradient and two moments, in f32.</summary>
    public static long TrainingStateBytes(TransformerConfig config) => 16 * Parameters(config);

    private static IEnumerable<StackConfig> Stacks(TransformerConfig config) => new[] { config.Encoder, config.Decoder }.OfType<StackConfig>();

    private static double HeadOperations(TransformerConfig config)
    {
        long inputs = config.Head.Transform?.Width ?? config.Main.Width;
        double head = config.Head.Kind == HeadKind.Vocabulary ? 2.0 * inputs * config.Vocabulary : 0; // others are small or once for a text
        return config.Head is { Kind: HeadKind.Vocabulary, Transform: { } transform } ? head + 2.0 * config.Main.Width * transform.Width : head;
    }

    // For each token that looks at so many of its own stack, and at so many of the other where it looks across.
    private static double StackOperations(StackConfig s, int context, int across) =>
        s.Depth * (2.0 * MatrixWeights(s, s.FeedForward.Experts?.PerToken ?? 1) + 4.0 * (context + (s.CrossAttention ? across : 0)) * s.Heads * s.HeadColumns);

    private static long StackParameters(StackConfig s)
    {
        long width = s.Width, norm = NormValues(s.Norm, width), embedding = s.EmbeddingWidth;
        long q = (long)s.Heads * s.HeadColumns, kv = (long)s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width, up = s.FeedForward.Gated ? 2 * f : f;
        int attentions = s.CrossAttention ? 2 : 1;
        int norms = s.Placement switch { Placement.ParallelOneNorm => 1, Placement.Sandwich => 4, _ => 2 } + (s.CrossAttention ? 1 : 0);
        long block = MatrixWeights(s, s.FeedForward.Experts?.Count ?? 1) + norms * norm;
        if (s.QueryKeyValueBias) block += attentions * (q + 2 * kv);
        if (s.OutputBias) block += attentions * width;
        if (s.FeedForward.Bias) block += (up + width) * (s.FeedForward.Experts?.Count ?? 1);
        if (s.Scores.Normalised) block += 2 * NormValues(s.Norm, s.HeadColumns);
        long positions = s.Positions switch
        {
            PositionConfig.Learned learned => learned.Rows * embedding,
            PositionConfig.Buckets buckets => (long)buckets.Count * s.Heads,
            _ => 0,
        };
        long input = (s.Embedding.TokenTypes + s.Embedding.TaskTypes) * embedding + (s.Embedding.Norm ? NormValues(s.Norm, embedding) : 0);
        if (embedding != width) input += (embedding + 1) * width;
        return s.Depth * block + positions + input + (s.EndsWithNorm ? norm : 0);
    }

    private static long NormValues(NormConfig norm, long width) => norm is NormConfig.LayerNorm { Bias: true } ? 2 * width : width;

    // Weights of the matrices of one block with some of its experts.
    private static long MatrixWeights(StackConfig s, int experts)
    {
        long width = s.Width, q = (long)s.Heads * s.HeadColumns, kv = (long)s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width;
        long feed = experts * f * width * (s.FeedForward.Gated ? 3 : 2) + (s.FeedForward.Experts?.Count ?? 0) * width;
        return (width * (q + 2 * kv) + q * width) * (s.CrossAttention ? 2 : 1) + feed;
    }
}
