namespace Heed.Tokenization;

/// <summary>
/// Finds the merges of a vocabulary that has only ranks (tiktoken, sentencepiece): two neighbours merge when both together are a
/// token, the smallest rank first.
/// </summary>
internal static class MergeFinder
{
    private const long MaxWork = 4_000_000_000;   // steps; real vocabularies need less than a hundredth

    /// <summary>
    /// One merge a token, for ranks that are all different. Inside the bounds of a token merging goes the same way wherever the
    /// token stands, so each has one last merge, which encoding the token itself shows. Symbols are bytes.
    /// </summary>
    /// <param name="tokens">The bytes of each token.</param>
    /// <param name="ranks">The rank of each token; -1 for one that text never becomes.</param>
    /// <returns>The merges in the order of their ranks; a token that cannot be reached by merging has none.</returns>
    /// <exception cref="FormatException">The tokens are so long that the work would never end.</exception>
    public static List<(int Left, int Right, int Merged)> LastMerges(IReadOnlyList<byte[]> tokens, int[] ranks)
    {
        (ByteMap places, List<int> ids) = Index(tokens, ranks);
        var merges = new List<(int Left, int Right, int Merged)>();
        var starts = new List<int>();
        long work = 0;
        for (int id = 0; id < tokens.Count; id++)
        {
            if (ranks[id] < 0) continue;
            byte[] token = tokens[id];
            Charge(ref work, (long)token.Length * token.Length * token.Length / 8, id, token);
            starts.Clear();
            starts.AddRange(Enumerable.Range(0, token.Length + 1));
            if (Last(token, starts) is var (left, right)) merges.Add((left, right, id));
        }
        return [.. merges.OrderBy(m => ranks[m.Merged])];

        int Find(ReadOnlySpan<byte> text) => places.Find(text) is var place and >= 0 ? ids[place] : -1;

        (int Left, int Right)? Last(byte[] token, List<int> starts)
        {
            while (starts.Count > 3)
            {
                int best = -1, bestRank = int.MaxValue;
                for (int i = 0; i + 2 < starts.Count; i++)
                    if (Find(token.AsSpan(starts[i]..starts[i + 2])) is var merged and >= 0 && ranks[merged] < bestRank)
                        (best, bestRank) = (i, ranks[merged]);
                if (best < 0) return null;
                starts.RemoveAt(best + 1);
            }
            if (starts.Count < 3) return null;
            int left = Find(token.AsSpan(0, starts[1])), right = Find(token.AsSpan(starts[1]));
            return left >= 0 && right >= 0 ? (left, right) : null;
        }
    }

    /// <summary>All pairs that make a token, for ranks of which some are equal: then the place alone decides, and any pair may be the last. Symbols are characters.</summary>
    /// <inheritdoc cref="LastMerges"/>
    public static List<(int Left, int Right, int Merged)> AllMerges(IReadOnlyList<byte[]> tokens, int[] ranks)
    {
        (ByteMap places, List<int> ids) = Index(tokens, ranks);
        var merges = new List<(int Left, int Right, int Merged)>();
        long work = 0;
        for (int id = 0; id < tokens.Count; id++)
        {
            if (ranks[id] < 0) continue;
            byte[] token = tokens[id];
            Charge(ref work, (long)token.Length * token.Length, id, token);
            for (int at = Utf8Text.Length(token[0]); at < token.Length; at += Utf8Text.Length(token[at]))
                if (places.Find(token.AsSpan(0, at)) is var left and >= 0 && places.Find(token.AsSpan(at)) is var right and >= 0)
                    merges.Add((ids[left], ids[right], id));
        }
        return [.. merges.OrderBy(m => ranks[m.Merged]).ThenBy(m => m.Merged).ThenBy(m => m.Left).ThenBy(m => m.Right)];
    }

    private static (ByteMap Places, List<int> Ids) Index(IReadOnlyList<byte[]> tokens, int[] ranks)
    {
        var places = new ByteMap();
        var ids = new List<int>();
        for (int id = 0; id < tokens.Count; id++)
        {
            if (ranks[id] < 0) continue;
            places.GetOrAdd(tokens[id], out bool added);
            if (added) ids.Add(id);
        }
        return (places, ids);
    }

    private static void Charge(ref long work, long more, int id, byte[] token)
    {
        work += more;
        if (work > MaxWork) throw new FormatException($"The tokens are too long: token {id} has {token.Length} bytes.");
    }
}
