using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>The keys of rotary positions in a configuration file, which many families share.</summary>
internal static class RotaryKeys
{
    // transformers 5 writes rope_parameters; older ones write rope_theta beside rope_scaling.
    public static PositionConfig.Rotary Read(ConfigReader c, int context)
    {
        ConfigReader? rope = c.Section("rope_parameters") ?? c.Section("rope_scaling");
        double theta = rope is not null && rope.Number("rope_theta", 0) is > 0 and double inner ? inner : c.Number("rope_theta", 10000);
        string type = rope is null ? "default" : rope.Text("rope_type", rope.Text("type", "default"));
        RopeScaling? scaling = type switch
        {
            "default" => null,
            "linear" => new RopeScaling.Linear(rope!.Number("factor")),
            "llama3" => new RopeScaling.Llama3(rope!.Number("factor"), rope.Number("low_freq_factor"), rope.Number("high_freq_factor"), rope.Int("original_max_position_embeddings")),
            _ => throw c.Unsupported("rope_type", $"\"{type}\" is not known; known are default, linear, llama3"),
        };
        return new PositionConfig.Rotary(theta, context, Scaling: scaling);
    }

    public static void Write(Utf8JsonWriter w, PositionConfig.Rotary rotary)
    {
        w.WriteNumber("rope_theta", rotary.Theta);
        if (rotary.Scaling is null) return;
        w.WriteStartObject("rope_scaling");
        switch (rotary.Scaling)
        {
            case RopeScaling.Linear linear:
                w.WriteString("rope_type", "linear");
                w.WriteNumber("factor", linear.Factor);
                break;
            case RopeScaling.Llama3 llama:
                w.WriteString("rope_type", "llama3");
                w.WriteNumber("factor", llama.Factor);
                w.WriteNumber("low_freq_factor", llama.LowFrequencyFactor);
                w.WriteNumber("high_freq_factor", llama.HighFrequencyFactor);
                w.WriteNumber("original_max_position_embeddings", llama.OriginalMaximum);
                break;
        }
        w.WriteEndObject();
    }
}
