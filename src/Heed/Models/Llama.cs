using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>LLaMA (Touvron et al. 2023): rotary positions, RMS norm, grouped heads, gated silu, no biases unless the file asks for them.</summary>
internal static class Llama
{
    private static readonly DecoderKeys keys = new("llama") { BeginToken = 1, EndTokens = [2] };

    public static ModelFamily Family { get; } = new("llama", DecoderHead.Classes("Llama"), "model.", Read, Write, Names, Ignored);

    /// <summary>What files of this kind may hold and the model does not need.</summary>
    internal static IReadOnlyList<string> Ignored => ["rotary_emb.inv_freq", "lm_head.weight", "lm_head.bias"];

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = config.Main;
        bool bias = c.Bool("attention_bias", false);
        return config with { Decoder = s with { QueryKeyValueBias = bias, OutputBias = bias, FeedForward = s.FeedForward with { Bias = c.Bool("mlp_bias", false) } } };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        w.WriteBoolean("attention_bias", config.Main.QueryKeyValueBias);
        w.WriteBoolean("mlp_bias", config.Main.FeedForward.Bias);
    }

    /// <summary>The names of LLaMA, which many families share.</summary>
    internal static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        StackConfig s = config.Main;
        int q = s.Heads * s.HeadColumns, kv = s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width;
        const string layer = "model.layers.{0}.";
        return
        [
            new("embedding.weight", "model.embed_tokens.weight"),
            new("blocks.{0}.self_norm.weight", layer + "input_layernorm.weight"),
            new("blocks.{0}.self_attention.query_norm.weight", layer + "self_attn.q_norm.weight"),
            new("blocks.{0}.self_attention.key_norm.weight", layer + "self_attn.k_norm.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                new("blocks.{0}.self_attention.qkv." + kind, [new(layer + "self_attn.q_proj." + kind, q), new(layer + "self_attn.k_proj." + kind, kv), new(layer + "self_attn.v_proj." + kind, kv)]),
                new("blocks.{0}.self_attention.output." + kind, layer + "self_attn.o_proj." + kind),
                new("blocks.{0}.feed_forward.gate_up." + kind, [new(layer + "mlp.gate_proj." + kind, f), new(layer + "mlp.up_proj." + kind, f)]),
                new("blocks.{0}.feed_forward.down." + kind, layer + "mlp.down_proj." + kind),
            ]),
            new("blocks.{0}.feed_norm.weight", layer + "post_attention_layernorm.weight"),
            new("final_norm.weight", "model.norm.weight"),
            .. DecoderHead.Names(config),
        ];
    }

    /// <summary>The same names but for those that a family has otherwise.</summary>
    internal static IEnumerable<WeightName> NamesBut(TransformerConfig config, params WeightName[] others) =>
        Names(config).Where(n => !others.Any(o => o.Name == n.Name)).Concat(others);
}
