using Heed.Layers;

namespace Heed.Models;

/// <summary>T5 in GGUF.</summary>
internal static class GgufT5
{
    public static GgufArchitecture T5 { get; } = new("t5", "t5")
    {
        Keys =
        [
            new("context_length", "n_positions"),
            new("embedding_length", "d_model"),
            new("block_count", "num_layers"),
            new("decoder_block_count", "num_decoder_layers", Optional: true),
            new("feed_forward_length", "d_ff"),
            new("attention.head_count", "num_heads"),
            new("attention.key_length", "d_kv"),
            new("attention.value_length", "d_kv", Optional: true),
            new("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", GgufKeyKind.Number),
            new("attention.layer_norm_epsilon", "layer_norm_epsilon", GgufKeyKind.Number, Optional: true), // the published converter writes both
            new("attention.relative_buckets_count", "relative_attention_num_buckets"),
            new("attention.relative_buckets_distance", "relative_attention_max_distance", Optional: true), // Heed's own; others take 128
            new("decoder_start_token_id", "decoder_start_token_id", Optional: true),
        ],
        Choices = [new("enc.blk.0.ffn_gate.weight", "feed_forward_proj", "gated-gelu", "relu")],
        Names = (config, _) => [new("embedding.weight", "token_embd.weight"), .. Stack("encoder", "enc", config.Encoder!), .. Stack("decoder", "dec", config.Decoder!), new("head.weight", "output.weight")],
    };

    private static IEnumerable<WeightName> Stack(string stack, string end, StackConfig s)
    {
        string heed = stack + ".blocks.{0}.", file = end + ".blk.{0}.";
        int q = s.Heads * s.HeadColumns, f = s.FeedForward.Width;
        return
        [
            new($"{stack}.relative_bias.weight", $"{end}.blk.0.attn_rel_b.weight"),
            new(heed + "self_norm.weight", file + "attn_norm.weight"),
            GgufDecoders.QueryKeyValue(heed + "self_attention.qkv.", file + "attn_", "weight", q, q, fused: false),
            new(heed + "self_attention.output.weight", file + "attn_o.weight"),
            new(heed + "cross_norm.weight", file + "cross_attn_norm.weight"),
            new(heed + "cross_attention.query.weight", file + "cross_attn_q.weight"),
            new(heed + "cross_attention.key_value.weight", [new(file + "cross_attn_k.weight", q), new(file + "cross_attn_v.weight", q)]),
            new(heed + "cross_attention.output.weight", file + "cross_attn_o.weight"),
            new(heed + "feed_norm.weight", file + "ffn_norm.weight"),
            new(heed + "feed_forward.up.weight", file + "ffn_up.weight"),
            new(heed + "feed_forward.gate_up.weight", [new(file + "ffn_gate.weight", f), new(file + "ffn_up.weight", f)]),
            new(heed + "feed_forward.down.weight", file + "ffn_down.weight"),
            new($"{stack}.final_norm.weight", $"{end}.output_norm.weight"),
        ];
    }
}
