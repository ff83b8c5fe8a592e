using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Qwen2 (Yang et al. 2024): LLaMA with biases on query, key and value, and perhaps a sliding window in some blocks.</summary>
internal static class Qwen2
{
    private static readonly DecoderKeys keys = new("qwen2") { Vocabulary = 151936, FeedForward = 22016, KeyValueHeads = 32, Context = 32768 };

    public static ModelFamily Family { get; } = new("qwen2", DecoderHead.Classes("Qwen2"), "model.", Read, Write, Llama.Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        return config with { Decoder = Windowed(c, config.Main) with { QueryKeyValueBias = true } };
    }

    /// <summary>The windows of Qwen2 and Qwen3: those of the blocks from <c>max_window_layers</c> on, if they are switched on.</summary>
    internal static StackConfig Windowed(ConfigReader c, StackConfig stack)
    {
        int first = c.Int("max_window_layers", 28);
        return DecoderKeys.Windowed(c, stack, c.Bool("use_sliding_window", false) ? c.OptionalInt("sliding_window", 4096) : null, block => block >= first);
    }

    /// <summary>Writes them.</summary>
    internal static void WriteWindows(Utf8JsonWriter w, StackConfig stack)
    {
        w.WriteBoolean("use_sliding_window", stack.Window > 0);
        DecoderKeys.WriteWindows(w, stack);
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        WriteWindows(w, config.Main);
    }
}
