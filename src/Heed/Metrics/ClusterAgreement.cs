namespace Heed.Metrics;

/// <summary>How two groupings of the same items agree, whatever their groups are called.</summary>
public static class ClusterAgreement
{
    /// <summary>Normalised mutual information: what one grouping tells of the other, over the arithmetic mean of their entropies; 0 to 1 (Strehl and Ghosh 2002).</summary>
    /// <param name="first">The group of each item.</param>
    /// <param name="second">Its group in the other grouping.</param>
    /// <exception cref="ArgumentException">There are no items, or the lists differ in length.</exception>
    public static double NormalizedMutualInformation<T1, T2>(IReadOnlyList<T1> first, IReadOnlyList<T2> second) where T1 : notnull where T2 : notnull
    {
        Pairs.Check(first, second, "groups");
        (long[] both, long[] ones, long[] others) = Counts(first, second);
        if (ones.Length == 1 && others.Length == 1) return 1;
        double of = Entropy(ones, first.Count), with = Entropy(others, first.Count), information = of + with - Entropy(both, first.Count);
        return Math.Clamp(information / ((of + with) / 2), 0, 1);
    }

    /// <summary>
    /// Adjusted Rand index: share of the pairs of items on which both agree that they are together or apart, less what chance alone would
    /// give; 1 = the same groups, 0 = as by chance (Hubert and Arabie 1985).
    /// </summary>
    /// <inheritdoc cref="NormalizedMutualInformation"/>
    public static double AdjustedRand<T1, T2>(IReadOnlyList<T1> first, IReadOnlyList<T2> second) where T1 : notnull where T2 : notnull
    {
        Pairs.Check(first, second, "groups");
        (long[] both, long[] ones, long[] others) = Counts(first, second);
        double together = both.Sum(PairsOf), of = ones.Sum(PairsOf), with = others.Sum(PairsOf);
        double chance = first.Count < 2 ? 0 : of * with / PairsOf(first.Count), most = (of + with) / 2;
        return most == chance ? 1 : (together - chance) / (most - chance);
    }

    // Items of each pair of groups, of each group of the first grouping, of each of the second.
    private static (long[] Both, long[] First, long[] Second) Counts<T1, T2>(IReadOnlyList<T1> first, IReadOnlyList<T2> second) where T1 : notnull where T2 : notnull =>
        ([.. first.Zip(second).CountBy(p => p).Select(c => (long)c.Value)], [.. first.CountBy(g => g).Select(c => (long)c.Value)], [.. second.CountBy(g => g).Select(c => (long)c.Value)]);

    private static double Entropy(long[] counts, double all) => -counts.Sum(c => c / all * Math.Log(c / all));

    private static double PairsOf(long items) => items * (items - 1) / 2.0;
}
