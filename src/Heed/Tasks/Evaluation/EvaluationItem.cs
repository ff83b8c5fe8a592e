namespace Heed.Tasks.Evaluation;

/// <summary>What a model is asked, and what is right.</summary>
/// <param name="Place">Where it stands: file and line, for messages.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Text">The text; of answers the question.</param>
/// <param name="Second">A second text: the other sentence of a pair, the text in which an answer stands; null = none.</param>
/// <param name="Targets">What is right; several where any of them is, or all of several labels.</param>
public sealed record EvaluationItem(string Place, long Line, string Text, string? Second, IReadOnlyList<string> Targets);

/// <summary>What a model said to an item.</summary>
/// <param name="Item">The item.</param>
/// <param name="Prediction">The model's answer; labels of several are joined by commas.</param>
/// <param name="Score">How far it is right, or how sure the model is; null where there is no such number.</param>
public sealed record EvaluatedItem(EvaluationItem Item, string Prediction, double? Score = null);

/// <summary>What is told while a model is measured.</summary>
public sealed record EvaluationWatch
{
    /// <summary>Told of items (or pieces of a text) that are done, and of all.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Told what the model said to each item, in their order.</summary>
    public Action<EvaluatedItem>? Predicted { get; init; }

    /// <summary>Ends the measurement between two batches.</summary>
    public CancellationToken Cancellation { get; init; }
}
