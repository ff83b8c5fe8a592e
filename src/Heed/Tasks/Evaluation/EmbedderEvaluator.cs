using System.Globalization;
using Heed.Metrics;

namespace Heed.Tasks.Evaluation;

/// <summary>Measures models that make vectors of texts: do pairs that people find alike have vectors that are near?</summary>
/// <param name="embedder">The model.</param>
public sealed class EmbedderEvaluator(TextEmbedder embedder) : Evaluator
{
    private const int AtATime = 256;

    /// <inheritdoc/>
    public override string Task => "similarity";

    private protected override EvaluationParts Parts { get; } = new(
        new("--text", ["sentence1", "text1", "a", "text"], "1"), new("--second", ["sentence2", "text2", "b"], "2"), new("--target", ["score", "similarity", "label"], "3"));

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        double[] wanted = [.. items.Select(i => i.Targets.Count == 1 && double.TryParse(i.Targets[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw new InvalidDataException($"{i.Place}: the score of a pair must be a number, given \"{string.Join(", ", i.Targets)}\""))];
        double[] near = Ask(items, AtATime, watch, Cosines, (item, cosine) => new EvaluatedItem(item, cosine.ToString("R", CultureInfo.InvariantCulture)));
        return new EvaluationResult(Task, items.Count,
        [
            new("spearman", "Spearman correlation", Correlation.Spearman(wanted, near), Note: "of cosines and scores"),
            new("pearson", "Pearson correlation", Correlation.Pearson(wanted, near)),
        ]);
    }

    private double[] Cosines(EvaluationItem[] part)
    {
        float[][] vectors = embedder.EmbedAll([.. part.Select(i => i.Text), .. part.Select(i => i.Second!)]);
        return [.. part.Select((_, i) => TextEmbedder.Similarity(vectors[i], vectors[part.Length + i]))];
    }
}
