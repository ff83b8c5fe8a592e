using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// How one character of a set is read in UTF-8 (RFC 3629): bytes that lead to the same place share an edge, and equal
/// continuations a node. Surrogates are no characters and are never read.
/// </summary>
internal sealed class Utf8Shape
{
    private const int Behind = -1; // the character is complete

    private readonly List<List<(byte First, byte Last, int Target)>> nodes = [[]]; // the first is the start
    private readonly Dictionary<string, int> known = [];

    public Utf8Shape(CodePointSet set)
    {
        (int First, int Last)[] ranges = [.. set.Ranges];
        // ASCII stands for itself.
        foreach ((int first, int last) in Clip(ranges, 0, 0x7F)) Add(nodes[0], first, last, Behind);
        // One lead byte after the other: the code points that it begins, counted from its first.
        for (int lead = 0xC2; lead <= 0xF4; lead++)
        {
            int rest = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
            int begin = (lead & (0x3F >> rest)) << (6 * rest), end = begin + (1 << (6 * rest)) - 1;
            // Overlong forms and what lies behind U+10FFFF are nothing.
            int low = Math.Max(begin, rest == 2 ? 0x800 : rest == 3 ? 0x10000 : 0x80), high = lead == 0xED ? 0xD7FF : Math.Min(end, CodePointSet.Last);
            if (Continue([.. Clip(ranges, low, high).Select(r => (r.First - begin, r.Last - begin))], rest) is { } to) Add(nodes[0], lead, lead, to);
        }
    }

    /// <summary>Makes positions that read a character; behind it the text goes on at <paramref name="next"/>.</summary>
    public Position Place(Position next, Func<Position> create)
    {
        Position[] made = [.. nodes.Select(_ => create())];
        for (int i = 0; i < made.Length; i++) made[i].Edges = [.. nodes[i].Select(e => new ByteEdge(e.First, e.Last, e.Target == Behind ? next : made[e.Target]))];
        return made[0];
    }

    // The node that reads `rest` more bytes of six bits each, whose number lies in one of the ranges.
    private int? Continue((int First, int Last)[] ranges, int rest)
    {
        if (ranges.Length == 0) return null;
        if (rest == 0) return Behind;
        string key = rest + ":" + string.Join(',', ranges.Select(r => $"{r.First}-{r.Last}"));
        if (known.TryGetValue(key, out int found)) return found;
        List<(byte, byte, int)> edges = [];
        int size = 1 << (6 * (rest - 1));
        for (int digit = ranges[0].First / size, r = 0; r < ranges.Length; digit = Math.Max(digit, r < ranges.Length ? ranges[r].First / size : 0))
        {
            int begin = digit * size, whole = ranges[r].First <= begin ? ((ranges[r].Last + 1) / size) - digit : 0;
            // A range holds many digits whole, and of others a part.
            int? to = whole > 0 ? Continue([(0, size - 1)], rest - 1) : Continue([.. Clip(ranges, begin, begin + size - 1).Select(c => (c.First - begin, c.Last - begin))], rest - 1);
            Add(edges, 0x80 + digit, 0x80 + digit + Math.Max(whole, 1) - 1, to!.Value);
            digit += Math.Max(whole, 1);
            while (r < ranges.Length && ranges[r].Last < digit * size) r++;
        }
        nodes.Add(edges);
        return known[key] = nodes.Count - 1;
    }

    private static IEnumerable<(int First, int Last)> Clip((int First, int Last)[] ranges, int low, int high)
    {
        // The first range that ends at or behind low.
        int at = 0, end = ranges.Length;
        while (at < end)
        {
            int middle = (at + end) / 2;
            if (ranges[middle].Last < low) at = middle + 1;
            else end = middle;
        }
        for (; at < ranges.Length && ranges[at].First <= high; at++) yield return (Math.Max(ranges[at].First, low), Math.Min(ranges[at].Last, high));
    }

    private static void Add(List<(byte First, byte Last, int Target)> edges, int first, int last, int target)
    {
        if (edges.Count > 0 && edges[^1] is var before && before.Target == target && before.Last + 1 == first) edges[^1] = (before.First, (byte)last, target);
        else edges.Add(((byte)first, (byte)last, target));
    }
}
