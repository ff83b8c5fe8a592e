namespace Heed.Metrics;

/// <summary>
/// How often items of each class were taken for each: all figures of classification come from it. Divisions by zero are 0, as in scikit-learn.
/// <code>
/// ConfusionMatrix matrix = ConfusionMatrix.Of(actual: [0, 0, 1, 2], predicted: [0, 1, 1, 2], ["bad", "fair", "good"]);
/// Console.WriteLine($"accuracy {matrix.Accuracy:P1}, macro F1 {matrix.Macro.F1:F3}, MCC {matrix.Matthews:F3}");
/// </code>
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly long[,] counts;

    private ConfusionMatrix(long[,] counts, IReadOnlyList<string> labels)
    {
        (this.counts, Labels) = (counts, labels);
        Classes = [.. Enumerable.Range(0, labels.Count).Select(c => new ClassCounts(counts[c, c], Predicted(c) - counts[c, c], Actual(c) - counts[c, c]))];
    }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The counts of each class.</summary>
    public IReadOnlyList<ClassCounts> Classes { get; }

    /// <summary>How many items of one class were taken for another.</summary>
    public long this[int actual, int predicted] => counts[actual, predicted];

    /// <summary>All items.</summary>
    public long Total => Classes.Sum(c => c.Support);

    /// <summary>Share of the items whose class was told right, 0 to 1.</summary>
    public double Accuracy => (double)Classes.Sum(c => c.TruePositives) / Total;

    /// <summary>Mean over the classes; see <see cref="ClassAverage.Macro"/>.</summary>
    public ClassAverage Macro => ClassAverage.Macro(Classes);

    /// <summary>Over all items; where each has one class, precision, recall and F1 are the accuracy.</summary>
    public ClassAverage Micro => ClassAverage.Micro(Classes);

    /// <summary>Mean over the classes by their items.</summary>
    public ClassAverage Weighted => ClassAverage.Weighted(Classes);

    /// <summary>
    /// Matthews correlation coefficient for any number of classes (Gorodkin 2004), -1 to 1: 0 is no better than chance, whatever the sizes
    /// of the classes. 0 too where one class alone is there, or is predicted.
    /// </summary>
    public double Matthews
    {
        get
        {
            double total = Total, right = Classes.Sum(c => c.TruePositives), chance = 0, actual = 0, predicted = 0;
            foreach (ClassCounts c in Classes)
            {
                double there = c.Support, found = c.TruePositives + c.FalsePositives;
                chance += there * found;
                actual += there * there;
                predicted += found * found;
            }
            double spread = (total * total - predicted) * (total * total - actual);
            return spread == 0 ? 0 : (right * total - chance) / Math.Sqrt(spread);
        }
    }

    /// <summary>Counts classes.</summary>
    /// <param name="actual">The class of each item, a number of <paramref name="labels"/>.</param>
    /// <param name="predicted">The class that it was taken for.</param>
    /// <param name="labels">The names of the classes.</param>
    /// <exception cref="ArgumentException">There are no items, the lists differ in length, or a number is none of a class.</exception>
    public static ConfusionMatrix Of(IReadOnlyList<int> actual, IReadOnlyList<int> predicted, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Pairs.Check(actual, predicted, "classes");
        long[,] counts = new long[labels.Count, labels.Count];
        for (int i = 0; i < actual.Count; i++)
        {
            foreach (int c in (int[])[actual[i], predicted[i]])
                if (c < 0 || c >= labels.Count) throw new ArgumentException($"item {i} (counted from 0) has class {c}; there are {labels.Count} classes");
            counts[actual[i], predicted[i]]++;
        }
        return new ConfusionMatrix(counts, labels);
    }

    private long Actual(int c) => Enumerable.Range(0, Labels.Count).Sum(p => counts[c, p]);

    private long Predicted(int c) => Enumerable.Range(0, Labels.Count).Sum(a => counts[a, c]);
}
