namespace Heed.Tokenization;

/// <summary>
/// Words of a text in which sentencepiece has written its spaces as "▁": each begins with one or more of them, but for the first.
/// With a vocabulary that has no "▁" behind another character in any token, byte-pair encoding gives the same ids for the words as
/// for the whole text, since no merge can join what lies on two sides of such a cut.
/// </summary>
internal readonly struct SpaceWords : IWordScanner
{
    private static ReadOnlySpan<byte> Space => "▁"u8;

    /// <summary>True when no token of the vocabulary reaches over the beginning of a word.</summary>
    public static bool Suits(TokenTable tokens)
    {
        foreach ((_, string token) in tokens.All)
            for (int at = 1; at < token.Length; at++)
                if (token[at] == '▁' && token[at - 1] != '▁')
                    return false;
        return tokens.Find("▁") is not null;   // otherwise it would be unknown, and might be fused with what is unknown before it
    }

    /// <inheritdoc/>
    public int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        ReadOnlySpan<byte> rest = text[start..];
        int at = 0;
        while (rest[at..].StartsWith(Space)) at += Space.Length;
        int next = rest[at..].IndexOf(Space);
        return next < 0 ? text.Length : start + at + next;
    }
}
