namespace Heed.Training;

/// <summary>One logged step of a run.</summary>
/// <param name="Step">Steps made so far.</param>
public sealed record RunPoint(int Step)
{
    /// <summary>Training loss of the step, in nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Its learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>L2 norm of its gradient before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Training speed over the last steps.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Tokens seen so far.</summary>
    public double? Tokens { get; init; }

    /// <summary>Training time so far.</summary>
    public double? Seconds { get; init; }

    /// <summary>Operations as a share of the machine's peak (MFU).</summary>
    public double? Utilization { get; init; }

    /// <summary>Share of the time in which steps waited for data.</summary>
    public double? DataWait { get; init; }

    /// <summary>Validation loss in nats, where it was measured.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>What the model wrote, where it was asked to.</summary>
    public string? Sample { get; init; }
}
