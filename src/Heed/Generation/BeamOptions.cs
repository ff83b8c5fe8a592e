namespace Heed.Generation;

/// <summary>When a beam search stops while beams are still open (early_stopping of Hugging Face).</summary>
public enum EarlyStopping : byte
{
    /// <summary>When no open beam, were it to end now, would beat the finished ones (<c>false</c>).</summary>
    Heuristic,

    /// <summary>As soon as there are as many finished sequences as beams (<c>true</c>).</summary>
    WhenFull,

    /// <summary>Only when no open beam can beat the finished ones at any length (<c>"never"</c>).</summary>
    Never,
}

/// <summary>How a beam search searches.</summary>
public sealed record BeamOptions
{
    /// <summary>Beams; 1 = none: greedy choice or sampling.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Groups of beams that search one after the other and avoid each other's tokens (Vijayakumar et al. 2018); 1 = none.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Subtracted from a token's score for each beam of an earlier group that took it at the same place.</summary>
    public float DiversityPenalty { get; init; }

    /// <summary>A finished sequence's score is its log-probability / length ^ this: above 0 favours long ones, below 0 short ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When to stop.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Sequences returned for each input, best first.</summary>
    public int Returned { get; init; } = 1;

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Count < 1) throw new ArgumentException($"beams must be 1 or more, given {Count}");
        if (Groups < 1 || Count % Groups != 0) throw new ArgumentException($"groups of beams must divide the {Count} beams, given {Groups}");
        if (!(DiversityPenalty >= 0) || !float.IsFinite(DiversityPenalty)) throw new ArgumentException($"the diversity penalty must be 0 or more, given {DiversityPenalty}");
        if (!double.IsFinite(LengthPenalty)) throw new ArgumentException($"the length penalty must be a number, given {LengthPenalty}");
        if (Returned < 1 || Returned > Count) throw new ArgumentException($"{Count} beams can return 1 to {Count} sequences, asked for {Returned}");
    }
}
