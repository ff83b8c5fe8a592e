using Heed.Layers;

namespace Heed.Models;

/// <summary>Rotary positions in the metadata of a file.</summary>
internal static class GgufRotary
{
    private const string Factors = "rope_freqs.weight"; // one divisor for each pair of columns

    /// <summary>A configuration with the rotary positions that the file names, if its family has any.</summary>
    public static TransformerConfig Read(GgufReader file, TransformerConfig config)
    {
        if (config.Main.Positions is not PositionConfig.Rotary usual) return config;
        int columns = config.Main.HeadColumns, dimension = file.Int("rope.dimension_count", columns);
        PositionConfig.Rotary rotary = usual with
        {
            Theta = file.Number("rope.freq_base", 10000),
            Dimension = dimension == columns ? null : dimension,
            Scaling = null,
        };
        rotary = rotary with { Scaling = file.Has(Factors) ? Divided(file, rotary, dimension) : Scaling(file, config.Context) };
        return config with { Decoder = config.Main with { Positions = rotary } };
    }

    /// <summary>Writes them.</summary>
    /// <exception cref="ArgumentException">A GGUF file cannot say how they are scaled.</exception>
    public static void Write(GgufKeys keys, TransformerConfig config)
    {
        if (config.Main.Positions is not PositionConfig.Rotary rotary) return;
        keys["rope.dimension_count"] = (uint)(rotary.Dimension ?? config.Main.HeadColumns);
        keys["rope.freq_base"] = (float)rotary.Theta;
        switch (rotary.Scaling)
        {
            case null:
                break;
            case RopeScaling.Linear linear:
                keys["rope.scaling.type"] = "linear";
                keys["rope.scaling.factor"] = (float)linear.Factor;
                break;
            case RopeScaling.Yarn { Truncate: true } yarn:
                keys["rope.scaling.type"] = "yarn";
                keys["rope.scaling.factor"] = (float)yarn.Factor;
                keys["rope.scaling.original_context_length"] = (uint)yarn.OriginalMaximum;
                // Readers multiply by the paper's factor themselves.
                keys["rope.scaling.attn_factor"] = (float)(yarn.AttentionFactor / RopeScaling.Yarn.Recommended(yarn.Factor));
                keys["rope.scaling.yarn_beta_fast"] = (float)yarn.BetaFast;
                keys["rope.scaling.yarn_beta_slow"] = (float)yarn.BetaSlow;
                break;
            case RopeScaling.Llama3 llama:
                // The tensor rope_freqs.weight says it to other readers; these keys are Heed's own.
                keys["rope.scaling.low_freq_divisor"] = (float)llama.Factor;
                keys["rope.scaling.original_context_length"] = (uint)llama.OriginalMaximum;
                keys["rope.scaling.low_freq_factor"] = (float)llama.LowFrequencyFactor;
                keys["rope.scaling.high_freq_factor"] = (float)llama.HighFrequencyFactor;
                break;
            case RopeScaling.Divided:
                break;
            default:
                throw new ArgumentException($"a GGUF file cannot say the rope scaling {rotary.Scaling}");
        }
    }

    /// <summary>The tensor of divisors that belongs to a configuration; null where it needs none.</summary>
    public static float[]? Divisors(TransformerConfig config) => config.Main.Positions is PositionConfig.Rotary { Scaling: RopeScaling.Llama3 or RopeScaling.Divided } rotary
        ? RotaryFrequencies.Divisors(rotary, rotary.Dimension ?? config.Main.HeadColumns)
        : null;

    /// <summary>The name of that tensor.</summary>
    public static string DivisorsName => Factors;

    private static RopeScaling? Scaling(GgufReader file, int context)
    {
        double factor = file.Number("rope.scaling.factor", file.Number("rope.scale_linear", 0));
        return file.Text("rope.scaling.type", "linear") switch
        {
            "none" => null,
            "linear" => factor is 0 or 1 ? null : new RopeScaling.Linear(factor),
            "yarn" => new RopeScaling.Yarn(
                factor,
                file.Int("rope.scaling.original_context_length", context),
                file.Number("rope.scaling.attn_factor", 1) * RopeScaling.Yarn.Recommended(factor),
                file.Number("rope.scaling.yarn_beta_fast", 32),
                file.Number("rope.scaling.yarn_beta_slow", 1)),
            string type => throw file.Unsupported("rope.scaling.type", $"\"{type}\" is not known; known are none, linear, yarn"),
        };
    }

    // The rule of LLaMA 3.1 where it gives these divisors, with the parameters that the file names or the published ones; else the divisors themselves.
    private static RopeScaling Divided(GgufReader file, PositionConfig.Rotary rotary, int dimension)
    {
        float[] divisors = file.Floats(Factors, dimension / 2);
        RopeScaling.Llama3 rule = new(file.Number("rope.scaling.low_freq_divisor", divisors.Max()), file.Number("rope.scaling.low_freq_factor", 1), file.Number("rope.scaling.high_freq_factor", 4), file.Int("rope.scaling.original_context_length", 8192));
        if (!(rule.HighFrequencyFactor > rule.LowFrequencyFactor && rule.OriginalMaximum > 0)) return new RopeScaling.Divided(divisors);
        float[] computed = RotaryFrequencies.Divisors(rotary with { Scaling = rule }, dimension);
        return computed.Zip(divisors).All(p => MathF.Abs(p.First - p.Second) <= 1e-5f * p.Second) ? rule : new RopeScaling.Divided(divisors);
    }
}
