using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>GPT-NeoX (Black et al. 2022) and Pythia: layer norms before attention and feed-forward part, which stand side by side or one behind the other; a quarter of each head rotated.</summary>
internal static class GptNeoX
{
    private static readonly DecoderKeys keys = new("gpt_neox")
    {
        Vocabulary = 50432,
        Width = 6144,
        FeedForward = 24576,
        Depth = 44,
        Heads = 64,
        EpsilonKey = "layer_norm_eps",
        Epsilon = 1e-5,
        Activation = "gelu",
        BeginToken = 0,
        EndTokens = [2],
        Rotary = new RotaryKeys(Part: 0.25, ThetaKey: "rotary_emb_base", PartKey: "rotary_pct"),
    };

    public static ModelFamily Family { get; } = new("gpt_neox", DecoderHead.Classes("GPTNeoX"), "gpt_neox.", Read, Write, Names, ["rotary_emb.inv_freq", "attention.bias", "attention.masked_bias", "embed_out.weight"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = config.Main;
        bool bias = c.Bool("attention_bias", true);
        return config with
        {
            Decoder = s with
            {
                Placement = c.Bool("use_parallel_residual", true) ? Placement.Parallel : Placement.Pre,
                Norm = new NormConfig.LayerNorm(s.Norm.Epsilon),
                FeedForward = s.FeedForward with { Gated = false, Bias = true },
                QueryKeyValueBias = bias,
                OutputBias = bias,
            },
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        w.WriteBoolean("use_parallel_residual", config.Main.Placement == Placement.Parallel);
        w.WriteBoolean("attention_bias", config.Main.QueryKeyValueBias);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        new("embedding.weight", "gpt_neox.embed_in.weight"),
        .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
        [
            new("blocks.{0}.self_norm." + kind, "gpt_neox.layers.{0}.input_layernorm." + kind),
            new("blocks.{0}.self_attention.qkv." + kind, "gpt_neox.layers.{0}.attention.query_key_value." + kind) { InterleavedHeads = config.Main.Heads },
            new("blocks.{0}.self_attention.output." + kind, "gpt_neox.layers.{0}.attention.dense." + kind),
            new("blocks.{0}.feed_norm." + kind, "gpt_neox.layers.{0}.post_attention_layernorm." + kind),
            new("blocks.{0}.feed_forward.up." + kind, "gpt_neox.layers.{0}.mlp.dense_h_to_4h." + kind),
            new("blocks.{0}.feed_forward.down." + kind, "gpt_neox.layers.{0}.mlp.dense_4h_to_h." + kind),
            new("final_norm." + kind, "gpt_neox.final_layer_norm." + kind),
        ]),
        .. DecoderHead.Names(config, language: "embed_out", tokens: "classifier"),
    ];
}
