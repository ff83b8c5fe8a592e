namespace Heed.Tokenization;

/// <summary>What a trainer is doing.</summary>
public enum TrainingStage
{
    /// <summary>Reading the text and counting its words; progress is in bytes of UTF-8.</summary>
    Reading,

    /// <summary>Learning merges; progress is in tokens of the vocabulary.</summary>
    Merging,

    /// <summary>Expectation and maximisation with pruning; progress is in pieces that are gone.</summary>
    Pruning,
}

/// <summary>How far a trainer is.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Done">How much of the stage is done: bytes read, tokens learned, or pieces pruned.</param>
/// <param name="Target">How much there is to do; 0 where it is not known (text that does not come from files).</param>
public readonly record struct TrainingProgress(TrainingStage Stage, long Done, long Target)
{
    /// <summary>While merging: how often the pair merged last stood in the text.</summary>
    public long PairCount { get; init; }
}
