using System.Text;

namespace Heed.Tokenization;

/// <summary>A token that is looked for in the text itself, before the model sees it: <c>&lt;|endoftext|&gt;</c> and its like.</summary>
public sealed record AddedToken(string Content)
{
    /// <summary>Its id; given by the <see cref="Tokenizer"/>: the id of the same token of the model, or else the next free one.</summary>
    public int Id { get; init; } = -1;

    /// <summary>A control token: not parsed and not shown when special tokens are not asked for.</summary>
    public bool Special { get; init; } = true;

    /// <summary>Looked for in the normalised text; false: in the text as it is.</summary>
    public bool Normalized { get; init; }

    /// <summary>Takes the white space on its left with it.</summary>
    public bool StripLeft { get; init; }

    /// <summary>Takes the white space on its right with it.</summary>
    public bool StripRight { get; init; }

    /// <summary>Only found where no letter, digit or underscore touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>False for one that is never looked for in text, as the control pieces of sentencepiece models.</summary>
    internal bool IsInText { get; init; } = true;
}

/// <summary>Finds added tokens in UTF-8 text: the leftmost, and of those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly AddedToken[] tokens;
    private readonly Dictionary<long, int> trie = [];        // node << 8 | byte -> node
    private readonly Dictionary<int, AddedToken> ends = [];  // node -> the token which ends there
    private readonly System.Buffers.SearchValues<byte> firstBytes;

    public AddedTokenMatcher(IEnumerable<AddedToken> added, INormalizer? normalizer)
    {
        tokens = [.. added];
        var first = new HashSet<byte>();
        foreach (AddedToken token in tokens)
        {
            string content = token.Normalized && normalizer is not null ? normalizer.Normalize(token.Content) : token.Content;
            byte[] bytes = Encoding.UTF8.GetBytes(content);
            if (bytes.Length == 0) continue;
            first.Add(bytes[0]);
            int node = 0;
            foreach (byte b in bytes)
            {
                if (!trie.TryGetValue(((long)node << 8) | b, out int next)) trie[((long)node << 8) | b] = next = trie.Count + 1;
                node = next;
            }
            ends.TryAdd(node, token);
        }
        firstBytes = System.Buffers.SearchValues.Create([.. first]);
    }

    public bool IsEmpty => tokens.Length == 0;

    /// <summary>
    /// The next token in <paramref name="text"/>: it covers [<paramref name="start"/>, <paramref name="end"/>).
    /// Text before <paramref name="from"/> is taken already. Without <paramref name="special"/>, control tokens are plain text.
    /// </summary>
    public AddedToken? Next(ReadOnlySpan<byte> text, int from, bool special, out int start, out int end)
    {
        for (int at = from; at < text.Length;)
        {
            int skip = text[at..].IndexOfAny(firstBytes);
            if (skip < 0) break;
            at += skip;
            if (Longest(text[at..], out int length) is not { } token)
            {
                at++;
                continue;
            }
            (start, end) = (at, at + length);
            at = end;
            if (token.Special && !special) continue;
            if (token.SingleWord && (IsWordBefore(text[..start]) || IsWordAfter(text[end..]))) continue;
            if (token.StripLeft) start = Math.Max(from, TrimmedEnd(text[..start]));
            if (token.StripRight) end += SpaceLength(text[end..]);
            return token;
        }
        (start, end) = (text.Length, text.Length);
        return null;
    }

    private AddedToken? Longest(ReadOnlySpan<byte> text, out int length)
    {
        AddedToken? found = null;
        length = 0;
        int node = 0;
        for (int i = 0; i < text.Length && trie.TryGetValue(((long)node << 8) | text[i], out node); i++)
            if (ends.TryGetValue(node, out AddedToken? token))
                (found, length) = (token, i + 1);
        return found;
    }

    private static int TrimmedEnd(ReadOnlySpan<byte> text)
    {
        while (Rune.DecodeLastFromUtf8(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(rune))
            text = text[..^length];
        return text.Length;
    }

    private static int SpaceLength(ReadOnlySpan<byte> text)
    {
        int taken = 0;
        while (Rune.DecodeFromUtf8(text[taken..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(rune))
            taken += length;
        return taken;
    }

    private static bool IsWordBefore(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool IsWordAfter(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    /// <summary>Of the class \w: letters, marks, decimal digits, letter numbers, connectors.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune)
        is <= System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.ConnectorPunctuation;
}
