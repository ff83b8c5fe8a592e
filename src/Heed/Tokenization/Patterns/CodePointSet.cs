namespace Heed.Tokenization;

/// <summary>An immutable set of Unicode code points: sorted, disjoint and not touching ranges.</summary>
internal sealed class CodePointSet
{
    public const int Last = 0x10FFFF;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = Range(0, Last);

    private readonly (int First, int Last)[] ranges;

    private CodePointSet((int, int)[] ranges) => this.ranges = ranges;

    public ReadOnlySpan<(int First, int Last)> Ranges => ranges;

    public static CodePointSet Range(int first, int last) => new([(first, last)]);

    /// <summary>The set of the ranges, in any order.</summary>
    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.OrderBy(r => r.First))
            if (merged.Count > 0 && first <= merged[^1].Last + 1) merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else merged.Add((first, last));
        return new([.. merged]);
    }

    /// <summary>The set of the characters of which <paramref name="holds"/> is true.</summary>
    public static CodePointSet Where(Func<int, bool> holds)
    {
        var found = new List<(int, int)>();
        for (int c = 0; c <= Last; c++)
        {
            if (!holds(c)) continue;
            int first = c;
            while (c < Last && holds(c + 1)) c++;
            found.Add((first, c));
        }
        return new([.. found]);
    }

    public bool Contains(int codePoint)
    {
        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (codePoint < ranges[middle].First) high = middle - 1;
            else if (codePoint > ranges[middle].Last) low = middle + 1;
            else return true;
        }
        return false;
    }

    public CodePointSet Union(CodePointSet other) => Of([.. ranges, .. other.ranges]);

    public CodePointSet Complement()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        foreach ((int first, int last) in ranges)
        {
            if (first > next) gaps.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Last) gaps.Add((next, Last));
        return new([.. gaps]);
    }

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();
}
