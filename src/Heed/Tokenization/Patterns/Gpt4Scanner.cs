namespace Heed.Tokenization;

/// <summary>
/// The words of GPT-4 (cl100k), LLaMA-3 and Qwen2: an English ending in any case; letters, with at most one other sign before them;
/// numbers by threes or one by one; other signs with at most one space before them and the newlines behind; white space up to its
/// last newline, or all of it but the character which is left to the word that follows.
/// </summary>
/// <param name="digits">How many numbers at most make a piece.</param>
/// <param name="wholeLastSpaces">White space at the end of the text is one piece even with newlines in it (<c>\s++$</c>).</param>
internal readonly struct Gpt4Scanner(int digits, bool wholeLastSpaces = false) : IWordScanner
{
    /// <inheritdoc/>
    public int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'' && WordRuns.EndingLengthInAnyCase(text, start) is int ending and > 0) return start + ending;

        CharacterClass kind = CharacterClasses.At(text, start, out int length);
        int end = start + length;
        if ((kind & CharacterClass.Letter) != 0) return CharacterClasses.LettersEnd(text, end);
        if (kind == CharacterClass.Number)
        {
            for (int count = 1; count < digits && end < text.Length && CharacterClasses.At(text, end, out length) == CharacterClass.Number; count++) end += length;
            return end;
        }
        if (first is not ((byte)'\r' or (byte)'\n') && end < text.Length)
        {
            CharacterClass next = CharacterClasses.At(text, end, out length);
            if ((next & CharacterClass.Letter) != 0) return CharacterClasses.LettersEnd(text, end + length);
            if (first == ' ' && (next & CharacterClass.Sign) != 0) kind = next;
        }
        if (kind == CharacterClass.Space) return WordRuns.LinesOrSpacesEnd(text, start, wholeLastSpaces);

        end = CharacterClasses.RunEnd(text, end, CharacterClass.Sign);
        while (end < text.Length && text[end] is (byte)'\r' or (byte)'\n') end++;
        return end;
    }
}
