using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Phi (Li et al. 2023): attention and feed-forward part side by side behind one layer norm, half of each head rotated, biases everywhere.</summary>
internal static class Phi
{
    private static readonly DecoderKeys keys = new("phi")
    {
        Vocabulary = 51200,
        Width = 2048,
        FeedForward = 8192,
        Depth = 24,
        EpsilonKey = "layer_norm_eps",
        Epsilon = 1e-5,
        Activation = "gelu_new",
        BeginToken = 1,
        EndTokens = [2],
        Rotary = new RotaryKeys(Part: 0.5),
    };

    public static ModelFamily Family { get; } = new("phi", DecoderHead.Classes("Phi"), "model.", Read, Write, Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = config.Main;
        return config with
        {
            Head = config.Head.Kind == HeadKind.Vocabulary ? config.Head with { Bias = true } : config.Head,
            Decoder = s with
            {
                Placement = Placement.ParallelOneNorm,
                Norm = new NormConfig.LayerNorm(s.Norm.Epsilon),
                Scores = new ScoreConfig(Normalised: c.Bool("qk_layernorm", false)),
                FeedForward = s.FeedForward with { Gated = false, Bias = true },
                QueryKeyValueBias = true,
                OutputBias = true,
            },
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        w.WriteBoolean("qk_layernorm", config.Main.Scores.Normalised);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) => Llama.NamesBut(config, [.. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
    [
        new("blocks.{0}.self_norm." + kind, "model.layers.{0}.input_layernorm." + kind),
        new("blocks.{0}.self_attention.query_norm." + kind, "model.layers.{0}.self_attn.q_layernorm." + kind),
        new("blocks.{0}.self_attention.key_norm." + kind, "model.layers.{0}.self_attn.k_layernorm." + kind),
        new("blocks.{0}.self_attention.output." + kind, "model.layers.{0}.self_attn.dense." + kind),
        new("blocks.{0}.feed_forward.up." + kind, "model.layers.{0}.mlp.fc1." + kind),
        new("blocks.{0}.feed_forward.down." + kind, "model.layers.{0}.mlp.fc2." + kind),
        new("final_norm." + kind, "model.final_layernorm." + kind),
    ])]);
}
