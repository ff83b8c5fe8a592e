using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Qwen3 (Yang et al. 2025): LLaMA whose queries and keys are normalised head by head.</summary>
internal static class Qwen3
{
    private static readonly DecoderKeys keys = new("qwen3") { Vocabulary = 151936, FeedForward = 22016, KeyValueHeads = 32, HeadDim = 128, Context = 32768 };

    public static ModelFamily Family { get; } = new("qwen3", DecoderHead.Classes("Qwen3"), "model.", Read, Write, Llama.Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        bool bias = c.Bool("attention_bias", false);
        return config with { Decoder = Qwen2.Windowed(c, config.Main) with { Scores = new ScoreConfig(Normalised: true), QueryKeyValueBias = bias, OutputBias = bias } };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        w.WriteBoolean("attention_bias", config.Main.QueryKeyValueBias);
        Qwen2.WriteWindows(w, config.Main);
    }
}
