using Heed.Generation;

namespace Heed.Training;

/// <summary>What a run tells after each step.</summary>
public sealed record TrainingStep
{
    /// <summary>Steps made so far, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean training loss of the step, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Its learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Global L2 norm of its gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Tokens that the model has read so far.</summary>
    public long Tokens { get; init; }

    /// <summary>Time spent on steps so far, without what lies between them.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Operations of the model over the last steps as a share of the machine's peak (model FLOPs utilization); null where they are not known.</summary>
    public double? Utilization { get; init; }

    /// <summary>Share of the last steps' time in which they waited for data.</summary>
    public double DataWait { get; init; }

    /// <summary>Training speed over the last steps.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Time that the rest of the run will take at this speed.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Validation loss in nats, at the steps that measure it.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation texts that get their label, at the steps that measure it, of a classifier.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Validation loss in bits for each byte of text, at the steps that measure it, of running text.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Text written by the model, at the steps that sample.</summary>
    public string? Sample { get; init; }
}

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>The run folder: a model folder in the layout of Hugging Face, with the recipe, metrics and checkpoints.</summary>
    public required string Folder { get; init; }

    /// <summary>The last checkpoint.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Steps made.</summary>
    public required int Steps { get; init; }

    /// <summary>Whether the run was stopped before its last step; resume continues it.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Whether the run ended before its last step because it no longer got better.</summary>
    public bool EndedEarly { get; init; }

    /// <summary>The step of the best measurement, where the best model is kept; it is the run's model if the recipe says so.</summary>
    public int? BestStep { get; init; }

    /// <summary>Loss over the whole validation part, in nats; NaN if stopped.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>The same in bits for each byte of text; null where the text is not running on.</summary>
    public required double? BitsPerByte { get; init; }

    /// <summary>Share of the validation part's answers (hidden words, next tokens behind a right beginning, labels) to which the model gives the highest score; null for running text and if stopped.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Loss of a model that knows only how often each answer occurs.</summary>
    public required double UnigramLoss { get; init; }

    /// <summary>Time spent on training steps.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Tokens that the model has read.</summary>
    public long Tokens { get; init; }

    /// <summary>Operations of the model as a share of the machine's peak, since the run was begun or resumed; null where they are not known.</summary>
    public double? Utilization { get; init; }

    /// <summary>Share of the time of steps in which they waited for data, since the run was begun or resumed; null without steps.</summary>
    public double? DataWait { get; init; }

    /// <summary>Number of values that the training changed.</summary>
    public required long Parameters { get; init; }

    /// <summary>The trained model as one that writes text; null if it is none.</summary>
    public LanguageModel? Writer { get; init; }

    /// <summary>The trained model as one that writes text.</summary>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public LanguageModel Model => Writer ?? throw new InvalidOperationException($"the model in {Folder} writes no text");
}
