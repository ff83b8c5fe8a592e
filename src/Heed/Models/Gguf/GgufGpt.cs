namespace Heed.Models;

/// <summary>GPT-2, GPT-NeoX and Phi in GGUF: layer norms, biases everywhere.</summary>
internal static class GgufGpt
{
    public static GgufArchitecture Gpt2 { get; } = new("gpt2", "gpt2")
    {
        Keys =
        [
            new("context_length", "n_positions"),
            new("embedding_length", "n_embd"),
            new("block_count", "n_layer"),
            new("feed_forward_length", "n_inner"),
            new("attention.head_count", "n_head"),
            new("attention.layer_norm_epsilon", "layer_norm_epsilon", GgufKeyKind.Number),
        ],
        WritesFused = true,
        Names = (config, fused) => [.. GgufDecoders.Names(config, fused), new("positions.weight", "position_embd.weight")],
    };

    public static GgufArchitecture GptNeoX { get; } = new("gptneox", "gpt_neox")
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Layer, new GgufKey("use_parallel_residual", "use_parallel_residual", GgufKeyKind.Flag, Optional: true)),
        Choices = [new("blk.0.attn_output.bias", "attention_bias")],
        WritesFused = true,
        Names = GgufDecoders.Names,
        ReadMore = GgufDecoders.ReadHeads,
    };

    public static GgufArchitecture Phi2 { get; } = new("phi2", "phi")
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Layer),
        Choices = [new("blk.0.attn_q_norm.weight", "qk_layernorm")],
        Names = GgufDecoders.Names,
        ReadMore = GgufDecoders.ReadHeads,
    };
}
