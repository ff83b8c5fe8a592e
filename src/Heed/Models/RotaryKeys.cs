using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>The keys of rotary positions in a configuration file, which many families share.</summary>
/// <param name="Theta">Base of the wavelengths where the file names none.</param>
/// <param name="Part">Part of a head's columns that rotates where the file names none; null = all rotate and the family has no such key.</param>
/// <param name="Interleaved">Whether pairs are neighbours.</param>
/// <param name="ThetaKey">The key of the base.</param>
/// <param name="PartKey">The key of the part.</param>
internal sealed record RotaryKeys(double Theta = 10000, double? Part = null, bool Interleaved = false, string ThetaKey = "rope_theta", string PartKey = "partial_rotary_factor")
{
    // transformers 5 writes rope_parameters; older ones write rope_theta beside rope_scaling.
    public PositionConfig.Rotary Read(ConfigReader c, int context, int headColumns)
    {
        ConfigReader? rope = c.Section("rope_parameters") ?? c.Section("rope_scaling");
        double theta = rope is not null && rope.Has("rope_theta") ? rope.Number("rope_theta") : c.Number(ThetaKey, Theta);
        int? dimension = null;
        if (Part is { } usual)
        {
            double part = rope is not null && rope.Has("partial_rotary_factor") ? rope.Number("partial_rotary_factor") : c.Number(PartKey, usual);
            if (part != 1) dimension = (int)(headColumns * part);
        }
        return new PositionConfig.Rotary(theta, context, dimension, Interleaved, rope is null ? null : Scaling(rope, context));
    }

    public void Write(Utf8JsonWriter w, StackConfig stack, string family)
    {
        PositionConfig.Rotary rotary = stack.Positions as PositionConfig.Rotary ?? throw new ArgumentException($"a {family} configuration file cannot say {stack.Positions}: its positions are rotary");
        w.WriteNumber(ThetaKey, rotary.Theta);
        if (Part is not null)
        {
            int dimension = rotary.Dimension ?? stack.HeadColumns;
            double part = (double)dimension / stack.HeadColumns;
            w.WriteNumber(PartKey, (int)(stack.HeadColumns * part) < dimension ? double.BitIncrement(part) : part);
        }
        if (rotary.Scaling is { } scaling) Write(w, scaling);
    }

    private static RopeScaling? Scaling(ConfigReader rope, int context) => rope.Text("rope_type", rope.Text("type", "default")) switch
    {
        "default" => null,
        "linear" => new RopeScaling.Linear(rope.Number("factor")),
        "dynamic" => new RopeScaling.Dynamic(rope.Number("factor")),
        "yarn" => Yarn(rope, context),
        "llama3" => new RopeScaling.Llama3(rope.Number("factor"), rope.Number("low_freq_factor"), rope.Number("high_freq_factor"), rope.Int("original_max_position_embeddings", context)),
        string type => throw rope.Unsupported("rope_type", $"\"{type}\" is not known; known are default, linear, dynamic, yarn, llama3"),
    };

    private static RopeScaling.Yarn Yarn(ConfigReader rope, int context)
    {
        int original = rope.Int("original_max_position_embeddings", context);
        double factor = rope.Number("factor", original > 0 ? (double)context / original : 1), weight = rope.Number("mscale", 0), all = rope.Number("mscale_all_dim", 0);
        double usual = weight != 0 && all != 0 ? RopeScaling.Yarn.Recommended(factor, weight) / RopeScaling.Yarn.Recommended(factor, all) : RopeScaling.Yarn.Recommended(factor);
        return new RopeScaling.Yarn(factor, original, rope.Number("attention_factor", usual), OrUsual("beta_fast", 32), OrUsual("beta_slow", 1), rope.Bool("truncate", true));

        double OrUsual(string key, double otherwise) => rope.Number(key, 0) is not 0 and double given ? given : otherwise; // 0 means the usual, as null does
    }

    private static void Write(Utf8JsonWriter w, RopeScaling scaling)
    {
        w.WriteStartObject("rope_scaling");
        switch (scaling)
        {
            case RopeScaling.Linear linear:
                w.WriteString("rope_type", "linear");
                w.WriteNumber("factor", linear.Factor);
                break;
            case RopeScaling.Dynamic dynamic:
                w.WriteString("rope_type", "dynamic");
                w.WriteNumber("factor", dynamic.Factor);
                break;
            case RopeScaling.Yarn yarn:
                w.WriteString("rope_type", "yarn");
                w.WriteNumber("factor", yarn.Factor);
                w.WriteNumber("original_max_position_embeddings", yarn.OriginalMaximum);
                w.WriteNumber("attention_factor", yarn.AttentionFactor);
                w.WriteNumber("beta_fast", yarn.BetaFast);
                w.WriteNumber("beta_slow", yarn.BetaSlow);
                w.WriteBoolean("truncate", yarn.Truncate);
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
