namespace Heed.Metrics;

/// <summary>Two lists whose items belong together.</summary>
internal static class Pairs
{
    /// <exception cref="ArgumentException">There are no items, or the lists differ in length.</exception>
    public static void Check<T1, T2>(IReadOnlyList<T1> first, IReadOnlyList<T2> second, string what)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count) throw new ArgumentException($"both lists of {what} must have one length, given {first.Count} and {second.Count}");
        if (first.Count == 0) throw new ArgumentException($"there are no {what} to compare");
    }
}
