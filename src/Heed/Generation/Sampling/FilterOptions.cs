namespace Heed.Generation;

/// <summary>Filters that cut the list of candidates beside top-k, top-p and min-p.</summary>
public sealed record CutoffOptions
{
    /// <summary>Keeps the fewest tokens of this share of the probability whose surprise is nearest to the entropy (locally typical; Meister et al. 2023); 1 = all.</summary>
    public float Typical { get; init; } = 1;

    /// <summary>Keeps tokens whose logit is at most so many standard deviations below the best (Tang et al. 2024); 0 = all.</summary>
    public float TopNSigma { get; init; }

    /// <summary>Keeps tokens of at least this probability (Hewitt et al. 2022); 0 = all.</summary>
    public float Epsilon { get; init; }

    /// <summary>Keeps tokens of at least the probability min(e, sqrt(e) · e^-entropy) (Hewitt et al. 2022); 0 = all.</summary>
    public float Eta { get; init; }

    internal void Validate()
    {
        OptionCheck.Require(Typical is > 0 and <= 1, "typical", Typical, "more than 0, up to 1");
        OptionCheck.Require(TopNSigma >= 0 && float.IsFinite(TopNSigma), "top-n-sigma", TopNSigma, "0 (all) or more");
        OptionCheck.Require(Epsilon is >= 0 and < 1, "epsilon cutoff", Epsilon, "0 (all) or more, below 1");
        OptionCheck.Require(Eta is >= 0 and < 1, "eta cutoff", Eta, "0 (all) or more, below 1");
    }
}

/// <summary>A temperature between <c>temperature - Range</c> (at least 0) and <c>temperature + Range</c>: low where the model is sure, high where it is not.</summary>
/// <param name="Range">How far it moves from the temperature; 0 = not at all.</param>
/// <param name="Exponent">The place between the two is (entropy / ln(tokens left)) to this power.</param>
public sealed record DynamicTemperature(float Range = 0, float Exponent = 1)
{
    internal void Validate()
    {
        OptionCheck.Require(Range >= 0 && float.IsFinite(Range), "dynamic temperature", Range, "0 (off) or more");
        OptionCheck.Require(Exponent > 0 && float.IsFinite(Exponent), "dynamic temperature exponent", Exponent, "more than 0");
    }
}

/// <summary>Exclude top choices: now and then all tokens that are probable are removed but the least probable of them. A text takes turns that are possible and not obvious.</summary>
/// <param name="Probability">How often; 0 = never.</param>
/// <param name="Threshold">From this probability on a token counts as probable; above 0.5 nothing can ever be removed.</param>
public sealed record XtcOptions(float Probability = 0, float Threshold = 0.1f)
{
    internal void Validate()
    {
        OptionCheck.Require(Probability is >= 0 and <= 1, "xtc probability", Probability, "0 (never) to 1");
        OptionCheck.Require(Threshold is >= 0 and <= 1, "xtc threshold", Threshold, "0 to 1");
    }
}

/// <summary>Mirostat: the surprise of the tokens drawn is held near a target (Basu et al. 2020). It takes the place of all filters that cut.</summary>
public sealed record MirostatOptions
{
    /// <summary>1 estimates how many tokens to keep; 2 bounds their surprise.</summary>
    public int Version { get; init; } = 2;

    /// <summary>The surprise aimed at, in bits (tau).</summary>
    public float Target { get; init; } = 5;

    /// <summary>How fast the bound follows (eta).</summary>
    public float Rate { get; init; } = 0.1f;

    internal void Validate()
    {
        OptionCheck.Require(Version is 1 or 2, "mirostat", Version, "1 or 2");
        OptionCheck.Require(Target >= 0 && float.IsFinite(Target), "mirostat tau", Target, "0 or more");
        OptionCheck.Require(Rate >= 0 && float.IsFinite(Rate), "mirostat eta", Rate, "0 or more");
    }
}

internal static class OptionCheck
{
    /// <summary>Refuses a value.</summary>
    /// <exception cref="ArgumentException">It is not good; the message says what was expected.</exception>
    public static void Require(bool good, string name, double given, string expected)
    {
        if (!good) throw new ArgumentException(FormattableString.Invariant($"{name} must be {expected}, given {given}"));
    }
}
