using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Mistral (Jiang et al. 2023): LLaMA with a sliding window.</summary>
internal static class Mistral
{
    private static readonly DecoderKeys keys = new("mistral") { FeedForward = 14336, KeyValueHeads = 8, Context = 131072, BeginToken = 1, EndTokens = [2] };

    public static ModelFamily Family { get; } = new("mistral", DecoderHead.Classes("Mistral"), "model.", Read, Write, Llama.Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        return config with { Decoder = config.Main with { Window = c.OptionalInt("sliding_window", 4096) ?? 0 } };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        if (config.Main.Window > 0) w.WriteNumber("sliding_window", config.Main.Window);
        else w.WriteNull("sliding_window");
    }
}
