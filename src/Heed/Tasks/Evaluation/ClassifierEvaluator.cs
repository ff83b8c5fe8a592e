using System.Globalization;
using Heed.Metrics;
using Heed.Models;

namespace Heed.Tasks.Evaluation;

/// <summary>Measures models that classify texts, or predict a number for each.</summary>
/// <param name="classifier">The model.</param>
public sealed class ClassifierEvaluator(TextClassifier classifier) : Evaluator
{
    private const int AtATime = 256;

    private readonly Dictionary<string, int> numbers = classifier.Labels.Select((label, i) => (label, i)).GroupBy(l => l.label).ToDictionary(g => g.Key, g => g.First().i);

    /// <inheritdoc/>
    public override string Task => classifier.Learned switch
    {
        ProblemKind.Regression => "regression",
        ProblemKind.MultiLabel => "classification with several labels",
        _ => "classification",
    };

    private protected override EvaluationParts Parts { get; } = new(
        new("--text", ["text", "sentence", "sentence1", "premise"], "2"), new("--second", ["sentence2", "hypothesis"], null, Required: false), new("--target", ["label", "labels", "target", "score", "value"], "1"));

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch) => classifier.Learned switch
    {
        ProblemKind.Regression => Values(items, watch),
        ProblemKind.MultiLabel => Several(items, watch),
        _ => One(items, watch),
    };

    private EvaluationResult One(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        int[] actual = [.. items.Select(i => i.Targets.Count == 1 ? Number(i, i.Targets[0]) : throw new InvalidDataException($"{i.Place}: the model gives each text one label, but there are {i.Targets.Count}"))];
        LabelScore[] said = Ask<LabelScore>(items, AtATime, watch, part => [.. Classify(part).Select(labels => labels[0])], (item, best) => new EvaluatedItem(item, best.Label, best.Score));
        ConfusionMatrix matrix = ConfusionMatrix.Of(actual, [.. said.Select(s => numbers[s.Label])], classifier.Labels);
        return new EvaluationResult(Task, items.Count,
        [
            new("accuracy", "accuracy", matrix.Accuracy, FigureScale.Share),
            new("macro_f1", "F1, mean of the classes", matrix.Macro.F1, FigureScale.Share),
            new("micro_f1", "F1 over all texts", matrix.Micro.F1, FigureScale.Share),
            new("weighted_f1", "F1, classes by their size", matrix.Weighted.F1, FigureScale.Share),
            new("mcc", "Matthews correlation", matrix.Matthews),
        ])
        { Confusion = matrix };
    }

    private EvaluationResult Several(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        HashSet<int>[] actual = [.. items.Select(i => i.Targets.Select(t => Number(i, t)).ToHashSet())];
        HashSet<int>[] found = Ask<HashSet<int>>(items, AtATime, watch, part => [.. Classify(part).Select(labels => labels.Where(l => l.Score > 0.5).Select(l => numbers[l.Label]).ToHashSet())],
            (item, labels) => new EvaluatedItem(item, string.Join(',', labels.Order().Select(l => classifier.Labels[l]))));
        ClassCounts[] counts = [.. Enumerable.Range(0, classifier.Labels.Count).Select(Counts)];
        return new EvaluationResult(Task, items.Count,
        [
            new("subset_accuracy", "texts with all labels right", (double)actual.Zip(found).Count(p => p.First.SetEquals(p.Second)) / items.Count, FigureScale.Share),
            new("macro_f1", "F1, mean of the labels", ClassAverage.Macro(counts).F1, FigureScale.Share),
            new("micro_f1", "F1 over all labels", ClassAverage.Micro(counts).F1, FigureScale.Share),
        ]);

        ClassCounts Counts(int label)
        {
            long right = 0, wrong = 0, missed = 0;
            foreach ((HashSet<int> there, HashSet<int> said) in actual.Zip(found))
                if (said.Contains(label) && there.Contains(label)) right++;
                else if (said.Contains(label)) wrong++;
                else if (there.Contains(label)) missed++;
            return new ClassCounts(right, wrong, missed);
        }
    }

    private EvaluationResult Values(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        if (classifier.Labels.Count != 1) throw new InvalidDataException($"the model predicts {classifier.Labels.Count} numbers for each text; figures are of one");
        double[] actual = [.. items.Select(Value)];
        double[] predicted = Ask<double>(items, AtATime, watch, part => [.. classifier.RawScores([.. part.Select(i => (i.Text, i.Second))]).Select(s => (double)s[0])],
            (item, value) => new EvaluatedItem(item, value.ToString("R", CultureInfo.InvariantCulture)));
        RegressionScores scores = RegressionScores.Of(actual, predicted);
        return new EvaluationResult(Task, items.Count,
        [
            new("rmse", "root of the mean squared error", scores.RootMeanSquare),
            new("mae", "mean absolute error", scores.MeanAbsolute),
            new("r2", "R²", scores.Determination),
            new("pearson", "Pearson correlation", Correlation.Pearson(actual, predicted)),
            new("spearman", "Spearman correlation", Correlation.Spearman(actual, predicted)),
        ]);
    }

    private IReadOnlyList<IReadOnlyList<LabelScore>> Classify(EvaluationItem[] part) => classifier.ClassifyAll([.. part.Select(i => (i.Text, i.Second))]);

    // A label by its name; where the data counts labels, by its number.
    private int Number(EvaluationItem item, string label)
    {
        if (numbers.TryGetValue(label, out int number) || int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < classifier.Labels.Count) return number;
        throw new InvalidDataException($"{item.Place}: the label \"{label}\" is none of the model's: {string.Join(", ", classifier.Labels.Take(20))}");
    }

    private static double Value(EvaluationItem item) => item.Targets.Count == 1 && double.TryParse(item.Targets[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
        : throw new InvalidDataException($"{item.Place}: the target must be a number, given \"{string.Join(", ", item.Targets)}\"");
}
