using System.Text.Json;
using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Gemma (Gemma Team 2024): LLaMA with gated gelu, wide heads, scaled embeddings, and norms whose weight counts from 1.</summary>
internal static class Gemma
{
    private static readonly DecoderKeys keys = new("gemma")
    {
        Vocabulary = 256000,
        Width = 3072,
        FeedForward = 24576,
        Depth = 28,
        Heads = 16,
        KeyValueHeads = 16,
        HeadDim = 256,
        Context = 8192,
        Activation = "gelu_pytorch_tanh",
        Tied = true,
        BeginToken = 2,
        EndTokens = [1],
        PadToken = 0,
    };

    public static ModelFamily Family { get; } = new("gemma", DecoderHead.Classes("Gemma"), "model.", Read, Write, Llama.Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = config.Main;
        // hidden_activation came later and, where it is set, overrides hidden_act.
        ActivationKind activation = c.Has("hidden_activation") ? c.Activation("hidden_activation", keys.Activation) : s.FeedForward.Activation;
        return config with { Decoder = Traits(c, s) with { FeedForward = s.FeedForward with { Activation = activation } } };
    }

    /// <summary>What Gemma and Gemma 2 have in common.</summary>
    internal static StackConfig Traits(ConfigReader c, StackConfig s)
    {
        if (c.Bool("use_bidirectional_attention", false)) throw c.Unsupported("use_bidirectional_attention", "only false is supported");
        bool bias = c.Bool("attention_bias", false);
        return s with
        {
            Norm = new NormConfig.RmsNorm(s.Norm.Epsilon, WeightOffset: 1),
            Embedding = new EmbeddingConfig(Scale: MathF.Sqrt(s.Width)),
            QueryKeyValueBias = bias,
            OutputBias = bias,
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        w.WriteString("hidden_activation", Registry.ActivationName(config.Main.FeedForward.Activation));
        w.WriteBoolean("attention_bias", config.Main.QueryKeyValueBias);
    }
}
