namespace Heed.Layers;

/// <summary>How rotary wavelengths stretch to contexts longer than those of training.</summary>
public abstract record RopeScaling
{
    /// <summary>All positions divided by a factor (Chen et al. 2023).</summary>
    /// <param name="Factor">The factor.</param>
    public sealed record Linear(double Factor) : RopeScaling
    {
        internal override void Validate() => Positive(Factor, "factor");
    }

    /// <summary>Dynamic NTK: a text longer than the model's context raises the base of the wavelengths with its length; shorter ones are as in training.</summary>
    /// <param name="Factor">How much longer a text may become.</param>
    /// <remarks>With a cache each step's frequencies are those of the length so far; keys that are in the cache stay as they were.</remarks>
    public sealed record Dynamic(double Factor) : RopeScaling
    {
        internal override void Validate()
        {
            if (!(Factor >= 1 && double.IsFinite(Factor))) throw new ArgumentException($"the factor of dynamic rope scaling must be 1 or more, given {Factor}");
        }
    }

    /// <summary>YaRN (Peng et al. 2023): long wavelengths divided by the factor, short ones kept, a ramp between; cosines and sines grow a little.</summary>
    /// <param name="Factor">The factor.</param>
    /// <param name="OriginalMaximum">Context of training, in tokens.</param>
    /// <param name="AttentionFactor">Factor of cosines and sines.</param>
    /// <param name="BetaFast">Turns within the original context from which on a pair of columns is kept.</param>
    /// <param name="BetaSlow">Turns up to which it is divided by the whole factor.</param>
    /// <param name="Truncate">Whether the ends of the ramp are rounded outwards to whole pairs.</param>
    public sealed record Yarn(double Factor, int OriginalMaximum, double AttentionFactor, double BetaFast = 32, double BetaSlow = 1, bool Truncate = true) : RopeScaling
    {
        /// <summary>The factor of cosines and sines that the paper recommends: 0.1 · weight · ln(factor) + 1.</summary>
        public static double Recommended(double factor, double weight = 1) => factor <= 1 ? 1 : 0.1 * weight * Math.Log(factor) + 1;

        internal override void Validate()
        {
            Positive(Factor, "factor");
            Positive(OriginalMaximum, "original context");
            Positive(AttentionFactor, "attention factor");
            Positive(BetaFast, "beta fast");
            Positive(BetaSlow, "beta slow");
        }
    }

    /// <summary>LLaMA 3.1: long wavelengths divided by the factor, short ones kept, a ramp between.</summary>
    /// <param name="Factor">The factor.</param>
    /// <param name="LowFrequencyFactor">Turns within the original context up to which a pair of columns is divided by the whole factor.</param>
    /// <param name="HighFrequencyFactor">Turns from which on it is kept.</param>
    /// <param name="OriginalMaximum">Context of training, in tokens.</param>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaximum) : RopeScaling
    {
        internal override void Validate()
        {
            Positive(Factor, "factor");
            Positive(OriginalMaximum, "original context");
            Positive(LowFrequencyFactor, "low frequency factor");
            if (!(HighFrequencyFactor > LowFrequencyFactor)) throw new ArgumentException($"the high frequency factor of rope scaling must be above the low one, given {HighFrequencyFactor} and {LowFrequencyFactor}");
        }
    }

    /// <summary>A divisor of its own for the frequency of every pair of columns, as GGUF files write out what LLaMA 3.1 computes.</summary>
    /// <param name="Divisors">One for each pair.</param>
    public sealed record Divided(IReadOnlyList<float> Divisors) : RopeScaling
    {
        /// <inheritdoc/>
        public bool Equals(Divided? other) => other is not null && Divisors.SequenceEqual(other.Divisors);

        /// <inheritdoc/>
        public override int GetHashCode() => Divisors.Aggregate(0, HashCode.Combine);

        internal override void Validate()
        {
            foreach (float divisor in Divisors) Positive(divisor, "divisor");
        }
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is impossible; the message says what was given and expected.</exception>
    internal abstract void Validate();

    private static void Positive(double value, string what)
    {
        if (!(value > 0 && double.IsFinite(value))) throw new ArgumentException($"the {what} of rope scaling must be positive, given {value}");
    }
}
