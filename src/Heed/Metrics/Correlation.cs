namespace Heed.Metrics;

/// <summary>How two lists of numbers go together, -1 to 1; NaN where one of them is constant, for which it is not defined.</summary>
public static class Correlation
{
    /// <summary>Pearson's coefficient: how near they are to a line.</summary>
    /// <exception cref="ArgumentException">There are no numbers, or the lists differ in length.</exception>
    public static double Pearson(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        Pairs.Check(first, second, "numbers");
        double meanFirst = first.Average(), meanSecond = second.Average(), both = 0, squaresFirst = 0, squaresSecond = 0;
        for (int i = 0; i < first.Count; i++)
        {
            double a = first[i] - meanFirst, b = second[i] - meanSecond;
            both += a * b;
            squaresFirst += a * a;
            squaresSecond += b * b;
        }
        if (IsConstant(first) || IsConstant(second)) return double.NaN;
        return Math.Clamp(both / (Math.Sqrt(squaresFirst) * Math.Sqrt(squaresSecond)), -1, 1);
    }

    /// <summary>Spearman's coefficient: Pearson's of the ranks, that is how alike they order. Equal numbers share the mean of their ranks.</summary>
    /// <inheritdoc cref="Pearson"/>
    public static double Spearman(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        Pairs.Check(first, second, "numbers");
        return first.Concat(second).Any(double.IsNaN) ? double.NaN : Pearson(Ranks(first), Ranks(second));
    }

    /// <summary>Ranks from 1; equal numbers have the mean of theirs.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[order.Length];
        for (int begin = 0, end; begin < order.Length; begin = end)
        {
            for (end = begin + 1; end < order.Length && values[order[end]] == values[order[begin]]; end++) { }
            for (int i = begin; i < end; i++) ranks[order[i]] = (begin + 1 + end) / 2.0;
        }
        return ranks;
    }

    private static bool IsConstant(IReadOnlyList<double> values) => values.All(v => v == values[0]);
}
