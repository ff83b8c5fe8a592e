using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>GLM-4 (Team GLM 2024): LLaMA with biases on query, key and value, half of each head rotated in neighbouring pairs, gate and up in one matrix.</summary>
internal static class Glm
{
    public static ModelFamily Family { get; } = Of("glm", "Glm", Placement.Pre, Names);

    /// <summary>A family with the keys of GLM.</summary>
    internal static ModelFamily Of(string type, string classes, Placement placement, Func<TransformerConfig, IEnumerable<WeightName>> names)
    {
        DecoderKeys keys = new(type)
        {
            Vocabulary = 151552,
            FeedForward = 13696,
            Depth = 40,
            KeyValueHeads = 2,
            HeadDim = 128,
            Context = 131072,
            Epsilon = 1.5625e-7,
            EndTokens = [151329, 151336, 151338],
            PadToken = 151329,
            Rotary = new RotaryKeys(Part: 0.5, Interleaved: true),
        };
        return new ModelFamily(type, DecoderHead.Classes(classes), "model.", Read, Write, names, Llama.Ignored);

        TransformerConfig Read(ConfigReader c)
        {
            TransformerConfig config = keys.Read(c);
            return config with { Decoder = config.Main with { Placement = placement, QueryKeyValueBias = c.Bool("attention_bias", true) } };
        }

        void Write(Utf8JsonWriter w, TransformerConfig config)
        {
            keys.Write(w, config);
            w.WriteBoolean("attention_bias", config.Main.QueryKeyValueBias);
        }
    }

    /// <summary>The names of GLM.</summary>
    internal static IEnumerable<WeightName> Names(TransformerConfig config) =>
        Llama.NamesBut(config, new WeightName("blocks.{0}.feed_forward.gate_up.weight", "model.layers.{0}.mlp.gate_up_proj.weight"));
}
