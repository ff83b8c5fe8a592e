using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Training;

/// <summary>The model that a recipe's algorithm section describes.</summary>
public static class RecipeModel
{
    /// <summary>Its configuration.</summary>
    /// <param name="algorithm">The recipe's section.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="endToken">Id that ends a text, if the tokenizer has one.</param>
    public static TransformerConfig Configure(AlgorithmSection algorithm, int vocabulary, int? endToken) => algorithm.Family switch
    {
        "gpt2" => Gpt2(algorithm, vocabulary, endToken),
        "llama" or "qwen2" => Llama(algorithm, vocabulary, endToken),
        _ => throw new ArgumentException($"algorithm.family \"{algorithm.Family}\" is not known; known are gpt2, llama, qwen2"),
    };

    private static TransformerConfig Gpt2(AlgorithmSection a, int vocabulary, int? endToken) => new()
    {
        ModelType = "gpt2",
        Vocabulary = vocabulary,
        Context = a.Context,
        TieEmbeddings = a.TieEmbeddings ?? true,
        BeginToken = endToken,
        EndTokens = endToken is { } end ? [end] : [],
        Decoder = new StackConfig
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            KeyValueHeads = a.KvHeads is { } kv && kv != a.Heads ? throw new RecipeException($"algorithm.kv_heads: the gpt2 family has as many key/value heads as heads; given {kv}, expected {a.Heads} or null", "algorithm.kv_heads") : null,
            Positions = new PositionConfig.Learned(a.Context),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(a.FeedForward ?? 4 * a.Width, ActivationKind.GeluTanh),
        },
    };

    private static TransformerConfig Llama(AlgorithmSection a, int vocabulary, int? endToken) => new()
    {
        ModelType = a.Family,
        Vocabulary = vocabulary,
        Context = a.Context,
        TieEmbeddings = a.TieEmbeddings ?? a.Family == "qwen2",
        BeginToken = endToken,
        EndTokens = endToken is { } end ? [end] : [],
        Decoder = new StackConfig
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            KeyValueHeads = a.KvHeads,
            Positions = new PositionConfig.Rotary(10000, a.Context),
            Norm = new NormConfig.RmsNorm(1e-6f),
            // Two thirds of 4 · width, since a gated unit has three matrices; a multiple of 32 suits the kernels.
            FeedForward = new FeedForwardConfig(a.FeedForward ?? (8 * a.Width / 3 + 31) / 32 * 32, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = a.Family == "qwen2",
            OutputBias = false,
        },
    };
}
