namespace Heed.Generation;

/// <summary>How the next token is chosen from its probabilities, and when to stop.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 takes the most probable token (greedy).</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keeps the k most probable tokens; 0 = all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the fewest tokens whose probabilities sum to this (Holtzman et al. 2020); 1 = all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least this share as probable as the most probable one (Nguyen et al. 2024); 0 = all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens seen before, prompt included (Keskar et al. 2019); 1 = off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logit of every token generated before; 0 = off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Subtracted from a token's logit once for each time it was generated before; 0 = off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Tokens at the end of the sequence that the three penalties look at; null = all.</summary>
    public int? PenaltyRange { get; init; }

    /// <summary>Moves the temperature with the model's uncertainty.</summary>
    public DynamicTemperature DynamicTemperature { get; init; } = new();

    /// <summary>Further cuts: typical, top-n-sigma, epsilon, eta.</summary>
    public CutoffOptions Cutoffs { get; init; } = new();

    /// <summary>Now and then excludes the top choices.</summary>
    public XtcOptions Xtc { get; init; } = new();

    /// <summary>Makes copies of earlier text less probable the longer they are.</summary>
    public DryOptions Dry { get; init; } = new();

    /// <summary>Holds the surprise near a target, in place of all cuts; null = off.</summary>
    public MirostatOptions? Mirostat { get; init; }

    /// <summary>The order in which the filters work; one that is not named does not. Penalties and rules come before all of them.</summary>
    public IReadOnlyList<TokenFilter> Filters { get; init; } = TokenFilters.Default;

    /// <summary>Which tokens must, may and should be written.</summary>
    public TokenRules Rules { get; init; } = new();

    /// <summary>Holds the text to a grammar, before all else; null = free.</summary>
    public TokenConstraint? Constraint { get; init; }

    /// <summary>Seed of the draws; null takes a new one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Texts that end the generation; they are not part of the output.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether the model's own end token ends the generation.</summary>
    public bool StopAtEnd { get; init; } = true;

    /// <summary>How many of the most probable alternatives to report with each token.</summary>
    public int LogProbs { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        OptionCheck.Require(Temperature >= 0 && float.IsFinite(Temperature), "temperature", Temperature, "0 or more");
        OptionCheck.Require(TopK >= 0, "top-k", TopK, "0 (all) or more");
        OptionCheck.Require(TopP is > 0 and <= 1, "top-p", TopP, "more than 0, up to 1");
        OptionCheck.Require(MinP is >= 0 and <= 1, "min-p", MinP, "0 to 1");
        OptionCheck.Require(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty), "repetition penalty", RepetitionPenalty, "more than 0");
        OptionCheck.Require(float.IsFinite(PresencePenalty), "presence penalty", PresencePenalty, "a number");
        OptionCheck.Require(float.IsFinite(FrequencyPenalty), "frequency penalty", FrequencyPenalty, "a number");
        OptionCheck.Require(MaxTokens >= 0, "max tokens", MaxTokens, "0 or more");
        OptionCheck.Require(LogProbs >= 0, "logprobs", LogProbs, "0 or more");
        OptionCheck.Require(PenaltyRange is null or >= 1, "penalty range", PenaltyRange ?? 0, "1 or more");
        DynamicTemperature.Validate();
        Cutoffs.Validate();
        Xtc.Validate();
        Dry.Validate();
        Mirostat?.Validate();
        if (Filters.Distinct().Count() != Filters.Count) throw new ArgumentException($"each filter has one place in the order, given {TokenFilters.Names(Filters)}");
        Rules.Validate();
        if (Stop.Any(string.IsNullOrEmpty)) throw new ArgumentException("a stop text must not be empty");
    }
}

/// <summary>A token with the natural logarithm of its probability.</summary>
/// <param name="Id">Token id.</param>
/// <param name="LogProb">ln p.</param>
public readonly record struct TokenProbability(int Id, float LogProb)
{
    /// <summary>Its probability.</summary>
    public double Probability => Math.Exp(LogProb);
}
