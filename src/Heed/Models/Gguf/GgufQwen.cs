namespace Heed.Models;

/// <summary>Qwen2 and Qwen3 in GGUF.</summary>
internal static class GgufQwen
{
    public static GgufArchitecture Qwen2 { get; } = Of("qwen2");

    public static GgufArchitecture Qwen3 { get; } = Of("qwen3") with { Choices = [new("blk.0.attn_q.bias", "attention_bias")] };

    private static GgufArchitecture Of(string name) => new(name, name)
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Rms, GgufWindows.Window),
        Names = GgufDecoders.Names,
        ReadMore = (file, keys) =>
        {
            GgufDecoders.ReadHeads(file, keys);
            GgufWindows.Read(file, keys);
            keys["use_sliding_window"] = keys.ContainsKey("sliding_window");
            keys["max_window_layers"] = 0;
        },
        WriteMore = GgufWindows.Write,
    };
}
