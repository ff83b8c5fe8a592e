using Heed.Metrics;

namespace Heed.Tasks.Evaluation;

/// <summary>What a figure's number is, which says how it is written.</summary>
public enum FigureScale
{
    /// <summary>0 to 1, written in percent.</summary>
    Share,

    /// <summary>0 to 100, as BLEU is.</summary>
    Points,

    /// <summary>Any number.</summary>
    Number,
}

/// <summary>A figure of a model.</summary>
/// <param name="Key">Its name for programs, such as <c>macro_f1</c>.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Value">Its value; NaN where it is not defined.</param>
/// <param name="Scale">What the number is.</param>
/// <param name="Note">How it was counted, such as sacrebleu's signature; null = nothing to say.</param>
public sealed record EvaluationFigure(string Key, string Name, double Value, FigureScale Scale = FigureScale.Number, string? Note = null);

/// <summary>How well a model does on data.</summary>
/// <param name="Task">What was measured, such as <c>classification</c>.</param>
/// <param name="Items">Items, or documents, that were measured.</param>
/// <param name="Figures">The figures, the chief one first.</param>
public sealed record EvaluationResult(string Task, int Items, IReadOnlyList<EvaluationFigure> Figures)
{
    /// <summary>Which classes were taken for which; null where there are none.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The value of a figure.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that key.</exception>
    public double this[string key] => Figures.FirstOrDefault(f => f.Key == key)?.Value ?? throw new KeyNotFoundException($"there is no figure {key}; there are {string.Join(", ", Figures.Select(f => f.Key))}");
}
