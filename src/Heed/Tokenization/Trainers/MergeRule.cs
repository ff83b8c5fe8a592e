using System.Text;

namespace Heed.Tokenization;

/// <summary>Which of two equally frequent pairs is merged first.</summary>
public enum BpeTieRule
{
    /// <summary>The pair with the smaller left id, then the smaller right id: Hugging Face tokenizers.</summary>
    SmallerIds,

    /// <summary>The pair met first in the text as it stands at that step: minbpe, and other trainers that count anew for each merge.</summary>
    FirstInText,

    /// <summary>The pair whose token has fewer symbols, then the one that comes first by code points: sentencepiece.</summary>
    ShorterToken,
}

/// <summary>A pair in the heap: its count, and what decides between equal counts (smaller first).</summary>
internal readonly record struct MergeCandidate(long Count, ulong Key, int Left, int Right);

/// <summary>What a trainer's options say about merges: their order, which are allowed, and how a token is spelled.</summary>
internal sealed class MergeRule(BpeTrainer options)
{
    public BpeTieRule Tie => options.TieRule;

    /// <summary>A pair whose token is known already is passed over, as in sentencepiece, instead of being a second way to it.</summary>
    public bool SkipsKnown => options.TieRule == BpeTieRule.ShorterToken;

    public string Join(string left, string right) =>
        options.ContinuingPrefix.Length > 0 && right.StartsWith(options.ContinuingPrefix, StringComparison.Ordinal)
            ? string.Concat(left, right.AsSpan(options.ContinuingPrefix.Length))
            : left + right;

    public bool Allows(List<string> tokens, List<int> lengths, int left, int right) =>
        lengths[left] + lengths[right] <= (options.MaxTokenLength ?? int.MaxValue)
        && tokens[left].Length + tokens[right].Length <= TokenTable.MaxTokenLength
        && (options.Pieces is null || options.Pieces.Allows(tokens[left], tokens[right]));

    public MergeCandidate Candidate(long count, int left, int right, int place, List<string> tokens, List<int> lengths) => Tie switch
    {
        BpeTieRule.SmallerIds => new(count, ((ulong)(uint)left << 32) | (uint)right, 0, 0),
        BpeTieRule.FirstInText => new(count, (ulong)place, 0, 0),
        // Length and the first characters; the comparer looks at the rest only where these are equal.
        _ => new(count, ((ulong)Math.Min(lengths[left] + lengths[right], 0xFFFF) << 48) | FirstCharacters(tokens[left], tokens[right]), left, right),
    };

    public IComparer<MergeCandidate> Comparer(List<string> tokens) => new Order(Tie == BpeTieRule.ShorterToken ? tokens : null);

    /// <summary>48 bits whose order is that of the first code points.</summary>
    private static ulong FirstCharacters(string left, string right)
    {
        ulong key = 0;
        int free = 48;
        foreach (string part in (ReadOnlySpan<string>)[left, right])
            foreach (Rune rune in part.EnumerateRunes())
            {
                if (free <= 0) return key;
                // 21 bits a character, of which the last place may hold only the upper ones.
                key |= free >= 21 ? (ulong)rune.Value << (free - 21) : (ulong)rune.Value >> (21 - free);
                free -= 21;
            }
        return key;
    }

    private sealed class Order(List<string>? tokens) : IComparer<MergeCandidate>
    {
        public int Compare(MergeCandidate x, MergeCandidate y)
        {
            if (x.Count != y.Count) return x.Count > y.Count ? -1 : 1;
            if (x.Key != y.Key) return x.Key < y.Key ? -1 : 1;
            if (tokens is null) return 0;
            (string a, string b) = (tokens[x.Left] + tokens[x.Right], tokens[y.Left] + tokens[y.Right]);
            // Of the same number of symbols, unless both are longer than the key can say.
            int byCodePoints = CompareCodePoints(a, b);
            return byCodePoints != 0 ? byCodePoints : x.Left != y.Left ? x.Left.CompareTo(y.Left) : x.Right.CompareTo(y.Right);
        }
    }

    private static int CompareCodePoints(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return a.Length.CompareTo(b.Length);
        // UTF-16 orders surrogates before U+E000 .. U+FFFF; code points do not.
        (bool x, bool y) = (char.IsSurrogate(a[at]), char.IsSurrogate(b[at]));
        return x != y ? x.CompareTo(y) : a[at].CompareTo(b[at]);
    }
}
