using System.Numerics;

namespace Heed.Tokenization;

/// <summary>A substring that may become a piece: suffixes <paramref name="First"/> to <paramref name="End"/> of the sorted ones begin with it.</summary>
internal readonly record struct SeedPiece(int First, int End, int Length, long Count);

/// <summary>
/// The substrings with which unigram training begins: those that stand at least twice and are followed by different things, that is the
/// inner nodes of the suffix tree (a substring which is always followed by the same character is worth less than the longer one).
/// <para>
/// Pieces are short, so suffixes need only be sorted by their first characters, one more than a piece may have. They are sorted by as many
/// characters at once as fit into 64 bits, then the groups of equal ones by the next, in O(n log n) whatever the text is.
/// </para>
/// </summary>
internal static class UnigramSeeds
{
    /// <summary>The places of all characters, sorted by what stands there, to a depth of <paramref name="depth"/> characters.</summary>
    /// <param name="text">Characters by number from 0; -1 ends a word.</param>
    /// <param name="alphabet">Number of different characters.</param>
    /// <param name="depth">How many characters are compared; suffixes alike so far stay in the order of the text.</param>
    public static int[] SortSuffixes(ReadOnlySpan<int> text, int alphabet, int depth)
    {
        int count = 0;
        foreach (int c in text)
            if (c >= 0)
                count++;
        int[] suffixes = new int[count];
        for (int at = 0, i = 0; at < text.Length; at++)
            if (text[at] >= 0)
                suffixes[i++] = at;

        int bits = BitOperations.Log2((uint)alphabet) + 1, step = Math.Max(1, 64 / bits);
        var keys = new ulong[count];
        var groups = new List<(int Start, int End)> { (0, count) };
        for (int offset = 0; offset < depth && groups.Count > 0; offset += step)
        {
            var finer = new List<(int, int)>();
            int width = Math.Min(step, depth - offset);
            foreach ((int start, int end) in groups)
            {
                for (int i = start; i < end; i++) keys[i] = Key(text, suffixes[i] + offset, width, bits);
                Array.Sort(keys, suffixes, start, end - start);
                for (int from = start; from < end;)
                {
                    int to = from + 1;
                    while (to < end && keys[to] == keys[from]) to++;
                    // A key that ends in 0 has reached the end of the word: nothing is left to compare.
                    bool ended = (keys[from] & ((1ul << bits) - 1)) == 0;
                    if (ended || offset + step >= depth) Array.Sort(suffixes, from, to - from);
                    else if (to - from > 1) finer.Add((from, to));
                    from = to;
                }
            }
            groups = finer;
        }
        return suffixes;
    }

    /// <summary>The next characters, the first in the highest bits; after the end of the word zeros.</summary>
    private static ulong Key(ReadOnlySpan<int> text, int at, int step, int bits)
    {
        ulong key = 0;
        int done = 0;
        for (; done < step && text[at + done] >= 0; done++) key = (key << bits) | (uint)(text[at + done] + 1);
        return done == step ? key : done == 0 ? 0 : key << (bits * (step - done));
    }

    /// <summary>Finds the substrings.</summary>
    /// <param name="text">Characters by number from 0; -1 ends a word.</param>
    /// <param name="suffixes">Their places as <see cref="SortSuffixes"/> orders them, to a depth above <paramref name="maxLength"/>.</param>
    /// <param name="weights">For each sorted suffix how often its word counts.</param>
    /// <param name="followers">For each sorted suffix what comes after its word, a bit for each kind: the end of a word counts as one character of each kind.</param>
    /// <param name="maxLength">Most characters of a substring.</param>
    /// <returns>Substrings of two characters and more; the shorter of two that begin alike comes later.</returns>
    public static IEnumerable<SeedPiece> Find(int[] text, int[] suffixes, long[] weights, byte[] followers, int maxLength)
    {
        var open = new Stack<(int Start, int Length, long Before)>();
        long total = 0;   // of the suffixes before this one
        int shared = 0;
        for (int i = 0; i <= suffixes.Length; i++)
        {
            int next = i == 0 || i == suffixes.Length ? 0 : Common(text, suffixes[i - 1], suffixes[i], maxLength + 1);
            // The end of a word which nothing else begins with.
            if (i > 0 && LengthAt(text, suffixes[i - 1], maxLength + 1) is > 1 and var whole && whole > Math.Max(shared, next)
                && whole <= maxLength && weights[i - 1] > 1 && Differ(i - 1, i, whole))
                yield return new SeedPiece(i - 1, i, whole, weights[i - 1]);
            int start = i - 1;
            long before = i == 0 ? 0 : total - weights[i - 1];
            while (open.TryPeek(out var top) && top.Length > next)
            {
                open.Pop();
                (start, before) = (top.Start, top.Before);
                if (top.Length > 1 && top.Length <= maxLength && Differ(top.Start, i, top.Length))
                    yield return new SeedPiece(top.Start, i, top.Length, total - top.Before);
            }
            if (next > 0 && (open.Count == 0 || open.Peek().Length < next)) open.Push((start, next, before));
            if (i < suffixes.Length) total += weights[i];
            shared = next;
        }

        // Words that end here come first in the order; if the last one does not end, what follows differs anyway.
        bool Differ(int first, int end, int length)
        {
            if (LengthAt(text, suffixes[end - 1], length + 1) > length) return true;
            int kinds = 0;
            for (int i = first; i < end; i++) kinds |= followers[i];
            return BitOperations.PopCount((uint)kinds) > 1;
        }
    }

    private static int LengthAt(int[] text, int at, int most)
    {
        int length = 0;
        while (length < most && text[at + length] >= 0) length++;
        return length;
    }

    /// <summary>How many first characters two suffixes share, at most <paramref name="most"/>.</summary>
    private static int Common(int[] text, int a, int b, int most)
    {
        int length = 0;
        while (length < most && text[a + length] == text[b + length] && text[a + length] >= 0) length++;
        return length;
    }
}
