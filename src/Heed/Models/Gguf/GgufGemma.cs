using Heed.Layers;

namespace Heed.Models;

/// <summary>Gemma and Gemma 2 in GGUF, where the weights of norms count from 0.</summary>
internal static class GgufGemma
{
    private const string ScaleKey = "attention.scale";
    private const int Largest = 46; // blocks of the 27B model, whose scores are scaled by the width of a head that it does not have

    public static GgufArchitecture Gemma { get; } = new("gemma", "gemma")
    {
        Keys = GgufDecoders.Keys(GgufDecoders.Rms),
        Choices = [new("blk.0.attn_q.bias", "attention_bias")],
        Names = GgufDecoders.Names,
        ReadMore = GgufDecoders.ReadHeads,
        AsStored = c => GgufDecoders.Offset(c, 0),
        AsPublished = c => GgufDecoders.Offset(c, 1),
    };

    public static GgufArchitecture Gemma2 { get; } = Gemma with
    {
        Name = "gemma2",
        ModelType = "gemma2",
        Keys = GgufDecoders.Keys(
            GgufDecoders.Rms,
            GgufWindows.Window,
            new("attn_logit_softcapping", "attn_logit_softcapping", GgufKeyKind.Number, Optional: true),
            new("final_logit_softcapping", "final_logit_softcapping", GgufKeyKind.Number, Optional: true)),
        ReadMore = (file, keys) =>
        {
            GgufDecoders.ReadHeads(file, keys);
            GgufWindows.Read(file, keys);
        },
        Finish = (file, config) => config with
        {
            Decoder = config.Main with { Scores = config.Main.Scores with { Scale = (float)file.Number(ScaleKey, UsualScale(config.Main)) } },
        },
        WriteMore = (keys, config) =>
        {
            GgufWindows.Write(keys, config);
            if (config.Main.Scores.SoftCap == 0) keys["attn_logit_softcapping"] = 0f;
            if (config.Head.SoftCap == 0) keys["final_logit_softcapping"] = 0f;
            if (config.Main.Scores.Scale is { } scale && scale != UsualScale(config.Main)) keys[ScaleKey] = scale;
        },
    };

    // Files name no scale; readers know it by the size of the model.
    private static float UsualScale(StackConfig s) => (float)(1 / Math.Sqrt(s.Depth == Largest ? s.Width / s.Heads : s.HeadColumns));
}
