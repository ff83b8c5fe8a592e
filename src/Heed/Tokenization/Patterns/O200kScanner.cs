namespace Heed.Tokenization;

/// <summary>
/// The words of GPT-4o (o200k): as GPT-4's, but a word is upper-case letters and then lower-case ones (letters without case and
/// marks are both), an English ending belongs to the word before it, and slashes go with the newlines behind signs.
/// </summary>
internal readonly struct O200kScanner : IWordScanner
{
    private const CharacterClass Both = CharacterClass.Caseless | CharacterClass.Mark;
    private const CharacterClass Upper = CharacterClass.Upper | Both;

    /// <inheritdoc/>
    public int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        CharacterClass kind = CharacterClasses.At(text, start, out int length);
        int end = start + length;
        if (kind == CharacterClass.Number)
        {
            for (int count = 1; count < 3 && end < text.Length && CharacterClasses.At(text, end, out length) == CharacterClass.Number; count++) end += length;
            return end;
        }

        int word = (kind & CharacterClass.Letter) != 0 ? WordEnd(text, start)
            : first is (byte)'\r' or (byte)'\n' ? -1
            : kind == CharacterClass.Mark ? MarkedWordEnd(text, start, end)
            : WordEnd(text, end);
        if (word >= 0) return word < text.Length && text[word] == '\'' ? word + WordRuns.EndingLengthInAnyCase(text, word) : word;

        if (first == ' ' && end < text.Length && CharacterClasses.At(text, end, out _) is CharacterClass.Other or CharacterClass.Mark) kind = CharacterClass.Other;
        if (kind == CharacterClass.Space) return WordRuns.LinesOrSpacesEnd(text, start, wholeLast: false);

        end = CharacterClasses.RunEnd(text, end, CharacterClass.Sign);
        while (end < text.Length && text[end] is (byte)'\r' or (byte)'\n' or (byte)'/') end++;
        return end;
    }

    /// <summary>The end of upper* lower+, or of upper+ lower*, from <paramref name="start"/> on; -1 when neither is there.</summary>
    private static int WordEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = LowerWordEnd(text, start, out int upperEnd);
        return end >= 0 ? end : upperEnd > start ? upperEnd : -1;
    }

    /// <summary>
    /// A mark may be the sign before a word or its first letter. The pattern tries, in this order: upper* lower+ behind the mark,
    /// the same with the mark; and the latter always succeeds, since the mark itself can be lower.
    /// </summary>
    private static int MarkedWordEnd(ReadOnlySpan<byte> text, int start, int behindMark) =>
        LowerWordEnd(text, behindMark, out _) is int end and >= 0 ? end : LowerWordEnd(text, start, out _);

    /// <summary>
    /// upper* lower+ : all that is upper, then all that is lower; or, with nothing lower behind, as far as the last letter that is both.
    /// -1 when there is none; <paramref name="upperEnd"/> is the end of what is upper.
    /// </summary>
    private static int LowerWordEnd(ReadOnlySpan<byte> text, int start, out int upperEnd)
    {
        int lastBoth = -1;
        for (upperEnd = start; upperEnd < text.Length;)
        {
            CharacterClass kind = CharacterClasses.At(text, upperEnd, out int length);
            if ((kind & Upper) == 0) break;
            upperEnd += length;
            if ((kind & Both) != 0) lastBoth = upperEnd;
        }
        int end = CharacterClasses.LowerEnd(text, upperEnd);
        return end > upperEnd ? end : lastBoth;
    }
}
