namespace Heed.Models;

/// <summary>A column of numbers, with the figures of the training rows by which it is standardised.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mean">Mean.</param>
/// <param name="Deviation">Standard deviation; 1 where all are equal.</param>
public sealed record NumberColumn(string Name, double Mean, double Deviation);

/// <summary>A column of names.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">The names that the training rows have, in ordinal order; any other, and none, is number 0, and these count from 1.</param>
public sealed record CategoryColumn(string Name, IReadOnlyList<string> Values);

/// <summary>What is predicted: a number, standardised as a column is, or one of several labels.</summary>
/// <param name="Name">The column.</param>
/// <param name="Mean">Mean of the training rows, of the logarithms if <paramref name="Log"/>.</param>
/// <param name="Deviation">Likewise their standard deviation.</param>
/// <param name="Log">Whether the logarithm is what is learned.</param>
/// <param name="Labels">The labels; empty for a number.</param>
public sealed record TabularTarget(string Name, double Mean, double Deviation, bool Log, IReadOnlyList<string> Labels)
{
    /// <summary>The number as the network sees it.</summary>
    public double Standardise(double value) => ((Log ? Math.Log(value) : value) - Mean) / Deviation;

    /// <summary>The number that the network means.</summary>
    public double Restore(double standardised)
    {
        double value = standardised * Deviation + Mean;
        return Log ? Math.Exp(value) : value;
    }
}

/// <summary>A small network over the columns of a table, and the columns themselves.</summary>
public sealed record TabularConfig
{
    /// <summary>The <c>model_type</c> of its configuration file.</summary>
    public const string ModelType = "heed_tabular";

    /// <summary>The columns of numbers.</summary>
    public required IReadOnlyList<NumberColumn> Numbers { get; init; }

    /// <summary>The columns of names.</summary>
    public required IReadOnlyList<CategoryColumn> Categories { get; init; }

    /// <summary>What is predicted.</summary>
    public required TabularTarget Target { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Residual blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Inner width of a block.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Waves through which each number is seen; 0 = numbers enter as they are only.</summary>
    public int Frequencies { get; init; }

    /// <summary>Standard deviation of the first frequencies, in turns for each standard deviation of the column.</summary>
    public double FrequencyScale { get; init; } = 1;

    /// <summary>Columns that a number's waves become.</summary>
    public int Embedding { get; init; } = 16;

    /// <summary>Numbers that are seen together through waves in all their directions, as places on a map are; none: empty.</summary>
    public IReadOnlyList<string> Joint { get; init; } = [];

    /// <summary>Waves of the joint numbers.</summary>
    public int JointFrequencies { get; init; } = 64;

    /// <summary>As <see cref="FrequencyScale"/>, of the joint numbers.</summary>
    public double JointScale { get; init; } = 1;

    /// <summary>Networks whose answers are averaged; they differ in their start weights and dropout.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Columns of the answer.</summary>
    public int Outputs => Math.Max(1, Target.Labels.Count);

    /// <summary>Places of the joint numbers among <see cref="Numbers"/>.</summary>
    public int[] JointPlaces => [.. Joint.Select(name => Numbers.Select(n => n.Name).ToList().IndexOf(name))];

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Numbers.Count + Categories.Count == 0) throw new ArgumentException("a table needs a column to predict from");
        foreach ((string name, int value, int least) in new[] { ("width", Width, 1), ("depth", Depth, 0), ("feed_forward", FeedForward, 1), ("frequencies", Frequencies, 0), ("embedding", Embedding, 1), ("joint_frequencies", JointFrequencies, 1), ("members", Members, 1) })
            if (value < least || value > 1 << 20) throw new ArgumentException($"{name} must be {least} to {1 << 20}, given {value}");
        foreach (double scale in new[] { FrequencyScale, JointScale })
            if (!(scale is > 0 and < 1e6)) throw new ArgumentException($"the scale of frequencies must be above 0, given {scale}");
        foreach (NumberColumn n in Numbers)
            if (!double.IsFinite(n.Mean) || !(n.Deviation > 0)) throw new ArgumentException($"the column {n.Name} has mean {n.Mean} and deviation {n.Deviation}; finite numbers were expected, the second above 0");
        if (Target.Labels.Count == 0 && (!double.IsFinite(Target.Mean) || !(Target.Deviation > 0))) throw new ArgumentException($"the target has mean {Target.Mean} and deviation {Target.Deviation}; finite numbers were expected, the second above 0");
        if (Target.Labels.Count == 1) throw new ArgumentException("the target has one label only; two or more are needed");
        foreach (string name in Joint)
            if (!Numbers.Any(n => n.Name == name)) throw new ArgumentException($"the joint column \"{name}\" is no column of numbers; there are {string.Join(", ", Numbers.Select(n => n.Name))}");
    }
}
