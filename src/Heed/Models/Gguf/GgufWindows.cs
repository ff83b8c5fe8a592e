using System.Text.Json.Nodes;
using Heed.Formats.Gguf;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Which blocks have a sliding window, where not all have.</summary>
internal static class GgufWindows
{
    private const string Pattern = "attention.sliding_window_pattern"; // true for each block that has it

    /// <summary>The window.</summary>
    public static GgufKey Window { get; } = new("attention.sliding_window", "sliding_window", Optional: true);

    public static void Read(GgufReader file, JsonObject keys)
    {
        if (file.Flags(Pattern) is { } pattern) keys["layer_types"] = new JsonArray([.. pattern.Select(windowed => JsonValue.Create(windowed ? "sliding_attention" : "full_attention"))]);
    }

    public static void Write(GgufKeys keys, TransformerConfig config)
    {
        StackConfig s = config.Main;
        if (s.Window > 0) keys[Pattern] = GgufValue.Of(Enumerable.Range(0, s.Depth).Select(block => s.WindowOf(block) > 0).ToArray());
    }
}
