using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Gemma 2 (Gemma Team 2024): Gemma with norms before and behind each part, soft caps on scores and logits, and a window in every other block.</summary>
internal static class Gemma2
{
    private static readonly DecoderKeys keys = new("gemma2")
    {
        Vocabulary = 256000,
        Width = 2304,
        FeedForward = 9216,
        Depth = 26,
        Heads = 8,
        KeyValueHeads = 4,
        HeadDim = 256,
        Context = 8192,
        Tied = true,
        BeginToken = 2,
        EndTokens = [1],
        PadToken = 0,
    };

    public static ModelFamily Family { get; } = new("gemma2", DecoderHead.Classes("Gemma2"), "model.", Read, Write, Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = DecoderKeys.Windowed(c, Gemma.Traits(c, config.Main), c.OptionalInt("sliding_window", 4096), block => block % 2 == 0);
        return config with
        {
            Head = config.Head.Kind == HeadKind.Vocabulary ? config.Head with { SoftCap = (float)(c.OptionalNumber("final_logit_softcapping", 30) ?? 0) } : config.Head,
            Decoder = s with
            {
                Placement = Placement.Sandwich,
                FeedForward = s.FeedForward with { Activation = c.Activation("hidden_activation", "gelu_pytorch_tanh") },
                Scores = new ScoreConfig((float)(1 / Math.Sqrt(c.Number("query_pre_attn_scalar", 256))), SoftCap: (float)(c.OptionalNumber("attn_logit_softcapping", 50) ?? 0)),
            },
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        StackConfig s = config.Main;
        w.WriteString("hidden_activation", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteBoolean("attention_bias", s.QueryKeyValueBias);
        double scale = s.Scores.Scale ?? 1 / Math.Sqrt(s.HeadColumns), scalar = 1 / (scale * scale), whole = Math.Round(scalar);
        w.WriteNumber("query_pre_attn_scalar", (float)(1 / Math.Sqrt(whole)) == (float)scale ? whole : scalar);
        Cap("attn_logit_softcapping", s.Scores.SoftCap);
        Cap("final_logit_softcapping", config.Head.SoftCap);
        DecoderKeys.WriteWindows(w, s);

        void Cap(string key, float cap)
        {
            if (cap > 0) w.WriteNumber(key, Registry.Short(cap));
            else w.WriteNull(key);
        }
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) => Llama.NamesBut(
        config,
        new("blocks.{0}.after_self_norm.weight", "model.layers.{0}.post_attention_layernorm.weight"),
        new("blocks.{0}.feed_norm.weight", "model.layers.{0}.pre_feedforward_layernorm.weight"),
        new("blocks.{0}.after_feed_norm.weight", "model.layers.{0}.post_feedforward_layernorm.weight"));
}
