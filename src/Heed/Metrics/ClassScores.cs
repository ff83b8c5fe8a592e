namespace Heed.Metrics;

/// <summary>How well one class is told from the others.</summary>
/// <param name="TruePositives">Items of the class that were found.</param>
/// <param name="FalsePositives">Items of others that were taken for it.</param>
/// <param name="FalseNegatives">Items of the class that were not found.</param>
public readonly record struct ClassCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>Items of the class.</summary>
    public long Support => TruePositives + FalseNegatives;

    /// <summary>Share of the items taken for the class that are of it; 0 where there are none.</summary>
    public double Precision => Share(TruePositives, TruePositives + FalsePositives);

    /// <summary>Share of the class's items that were found; 0 where there are none.</summary>
    public double Recall => Share(TruePositives, Support);

    /// <summary>Harmonic mean of precision and recall; 0 where the class is neither there nor found.</summary>
    public double F1 => Share(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>The counts of several classes together.</summary>
    public static ClassCounts Sum(IEnumerable<ClassCounts> classes) =>
        classes.Aggregate(default(ClassCounts), (s, c) => new ClassCounts(s.TruePositives + c.TruePositives, s.FalsePositives + c.FalsePositives, s.FalseNegatives + c.FalseNegatives));

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>Precision, recall and F1 of several classes in one figure.</summary>
/// <param name="Precision">Precision, 0 to 1.</param>
/// <param name="Recall">Recall, 0 to 1.</param>
/// <param name="F1">F1, 0 to 1: the mean of the classes' own, not that of the mean precision and recall.</param>
public readonly record struct ClassAverage(double Precision, double Recall, double F1)
{
    /// <summary>Every class counts the same. Classes that are neither there nor found are left out.</summary>
    public static ClassAverage Macro(IEnumerable<ClassCounts> classes) => Of(classes, _ => 1);

    /// <summary>Every class counts by its items.</summary>
    public static ClassAverage Weighted(IEnumerable<ClassCounts> classes) => Of(classes, c => c.Support);

    /// <summary>Every item counts the same.</summary>
    public static ClassAverage Micro(IEnumerable<ClassCounts> classes) => ClassCounts.Sum(classes) is var c ? new ClassAverage(c.Precision, c.Recall, c.F1) : default;

    private static ClassAverage Of(IEnumerable<ClassCounts> classes, Func<ClassCounts, double> weight)
    {
        ClassCounts[] seen = [.. classes.Where(c => c.TruePositives + c.FalsePositives + c.FalseNegatives > 0)];
        double all = seen.Sum(weight);
        return all == 0 ? default : new ClassAverage(Mean(c => c.Precision), Mean(c => c.Recall), Mean(c => c.F1));

        double Mean(Func<ClassCounts, double> value) => seen.Sum(c => weight(c) * value(c)) / all;
    }
}
