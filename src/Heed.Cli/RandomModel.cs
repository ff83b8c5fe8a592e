using Heed.Formats.Gguf;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Cli;

/// <summary>Models of well-known shapes with random weights, to measure speed without a download.</summary>
internal static class RandomModel
{
    private const ulong Seed = 1337;

    /// <summary>Shapes by name.</summary>
    public static IReadOnlyDictionary<string, TransformerConfig> Shapes { get; } = new Dictionary<string, TransformerConfig>
    {
        ["stories-15m"] = Llama("llama", depth: 6, width: 288, heads: 6, keyHeads: 6, inner: 768, vocabulary: 32000, context: 256, theta: 10_000, tied: false),
        ["gpt2"] = new()
        {
            ModelType = "gpt2",
            Vocabulary = 50257,
            Context = 1024,
            Decoder = new StackConfig
            {
                Depth = 12,
                Width = 768,
                Heads = 12,
                Positions = new PositionConfig.Learned(1024),
                Norm = new NormConfig.LayerNorm(1e-5f),
                FeedForward = new FeedForwardConfig(3072, ActivationKind.GeluTanh),
            },
        },
        ["qwen-0.5b"] = Llama("qwen2", depth: 24, width: 896, heads: 14, keyHeads: 2, inner: 4864, vocabulary: 151936, context: 32768, theta: 1_000_000, tied: true),
        ["llama-1b"] = Llama("llama", depth: 16, width: 2048, heads: 32, keyHeads: 8, inner: 8192, vocabulary: 128256, context: 8192, theta: 500_000, tied: true),
    };

    /// <summary>Writes a .gguf file of a shape. It has no vocabulary; other programs can measure on it too.</summary>
    /// <param name="shape">One of <see cref="Shapes"/>.</param>
    /// <param name="type">A mix of types, such as Q8_0.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops between two tensors; no file is left then.</param>
    public static void Write(string shape, string type, string path, CancellationToken cancellation) => GgufModelWriter.Write(new Transformer(Shapes[shape], Seed), path, new GgufWriteOptions
    {
        Mix = GgufMix.Find(type),
        Name = $"{shape}, random weights",
        Metadata = [new("tokenizer.ggml.model", "no_vocab")],
        Cancellation = cancellation,
    });

    private static TransformerConfig Llama(string type, int depth, int width, int heads, int keyHeads, int inner, int vocabulary, int context, double theta, bool tied) => new()
    {
        ModelType = type,
        Vocabulary = vocabulary,
        Context = context,
        TieEmbeddings = tied,
        Decoder = new StackConfig
        {
            Depth = depth,
            Width = width,
            Heads = heads,
            KeyValueHeads = keyHeads,
            Positions = new PositionConfig.Rotary(theta, context),
            Norm = new NormConfig.RmsNorm(1e-5f),
            FeedForward = new FeedForwardConfig(inner, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = type == "qwen2",
            OutputBias = false,
        },
    };
}
