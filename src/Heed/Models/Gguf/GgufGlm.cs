namespace Heed.Models;

/// <summary>GLM-4 in GGUF: gate and up are one tensor.</summary>
internal static class GgufGlm
{
    public static GgufArchitecture Glm { get; } = Of("chatglm", "glm");

    public static GgufArchitecture Glm4 { get; } = Of("glm4", "glm4");

    private static GgufArchitecture Of(string name, string type) => new(name, type)
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Rms),
        Names = (config, fused) =>
        [
            .. GgufDecoders.Names(config, fused).Where(n => !n.Name.Contains("gate_up", StringComparison.Ordinal)),
            new("blocks.{0}.feed_forward.gate_up.weight", "blk.{0}.ffn_up.weight"),
        ],
        ReadMore = (file, keys) =>
        {
            GgufDecoders.ReadHeads(file, keys);
            keys["attention_bias"] = file.Has("blk.0.attn_q.bias") || file.Has("blk.0.attn_qkv.bias");
        },
    };
}
