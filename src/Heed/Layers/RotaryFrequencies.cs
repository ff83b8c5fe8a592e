namespace Heed.Layers;

/// <summary>The frequencies of rotary positions (Su et al. 2021), stretched as the configuration asks: radians per position of each pair of columns.</summary>
internal static class RotaryFrequencies
{
    /// <summary>The frequencies (dim / 2) of a model that reads a text of <paramref name="length"/> tokens.</summary>
    /// <exception cref="ArgumentException">The configuration gives frequencies that are no numbers.</exception>
    public static double[] Of(PositionConfig.Rotary config, int dim, int length)
    {
        double[] frequencies = config.Scaling switch
        {
            null => Plain(config.Theta, dim),
            RopeScaling.Linear linear => [.. Plain(config.Theta, dim).Select(f => f / linear.Factor)],
            RopeScaling.Dynamic dynamic => Plain(config.Theta * BaseGrowth(dynamic, dim, (double)length / config.Maximum), dim),
            RopeScaling.Yarn yarn => Ramp(yarn, config.Theta, dim),
            RopeScaling.Llama3 llama => [.. Plain(config.Theta, dim).Select(f => Stretch(f, llama))],
            RopeScaling.Divided divided => Divided(Plain(config.Theta, dim), divided.Divisors),
            _ => throw new ArgumentException($"unknown rope scaling {config.Scaling}"),
        };
        return frequencies.All(double.IsFinite) ? frequencies : throw new ArgumentException($"rotary positions {config} over {dim} columns give a frequency that is no number");
    }

    private static double[] Plain(double theta, int dim) => [.. Enumerable.Range(0, dim / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / dim))];

    // The base grows so that the longest wavelength stretches with the text and the shortest stays.
    private static double BaseGrowth(RopeScaling.Dynamic dynamic, int dim, double ratio) =>
        ratio <= 1 ? 1 : Math.Pow(dynamic.Factor * ratio - (dynamic.Factor - 1), dim / (dim - 2.0));

    // Pairs that turn more than fast times within the original context keep their frequency, those that turn less than slow times are divided by the factor.
    private static double[] Ramp(RopeScaling.Yarn yarn, double theta, int dim)
    {
        double low = PairOf(yarn.BetaFast), high = PairOf(yarn.BetaSlow);
        if (yarn.Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, dim - 1));
        if (low == high) high += 0.001;
        double[] result = Plain(theta, dim);
        for (int i = 0; i < result.Length; i++)
        {
            double stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            result[i] = result[i] / yarn.Factor * stretched + result[i] * (1 - stretched);
        }
        return result;

        double PairOf(double turns) => dim * Math.Log(yarn.OriginalMaximum / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    private static double[] Divided(double[] frequencies, IReadOnlyList<float> divisors) => divisors.Count == frequencies.Length
        ? [.. frequencies.Zip(divisors, (f, d) => f / d)]
        : throw new ArgumentException($"rope scaling names {divisors.Count} divisors, the model rotates {frequencies.Length} pairs of columns");

    /// <summary>How much larger the plain frequencies are than the stretched ones, pair by pair.</summary>
    public static float[] Divisors(PositionConfig.Rotary config, int dim) =>
        [.. Plain(config.Theta, dim).Zip(Of(config, dim, config.Maximum), (plain, stretched) => (float)(plain / stretched))];

    private static double Stretch(double frequency, RopeScaling.Llama3 c)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < c.OriginalMaximum / c.HighFrequencyFactor) return frequency;
        if (wavelength > c.OriginalMaximum / c.LowFrequencyFactor) return frequency / c.Factor;
        double smooth = (c.OriginalMaximum / wavelength - c.LowFrequencyFactor) / (c.HighFrequencyFactor - c.LowFrequencyFactor);
        return (1 - smooth) * frequency / c.Factor + smooth * frequency;
    }
}
