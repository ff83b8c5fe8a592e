namespace Heed.Models;

/// <summary>LLaMA in GGUF, and Mistral, which is the same with a window. The rows of queries and keys stand so that rotated pairs are neighbours.</summary>
internal static class GgufLlama
{
    public static GgufArchitecture Llama { get; } = Of("llama");

    public static GgufArchitecture Mistral { get; } = Of("mistral", GgufWindows.Window);

    private static GgufArchitecture Of(string type, params GgufKey[] more) => new("llama", type)
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Rms, more),
        Choices = [new("blk.0.attn_q.bias", "attention_bias"), new("blk.0.ffn_up.bias", "mlp_bias")],
        Names = GgufDecoders.Names,
        ReadMore = GgufDecoders.ReadHeads,
        AsStored = c => GgufDecoders.Interleaved(c, neighbours: true),
        AsPublished = c => GgufDecoders.Interleaved(c, neighbours: false),
    };
}
