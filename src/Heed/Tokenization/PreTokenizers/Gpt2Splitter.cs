namespace Heed.Tokenization;

/// <summary>
/// The words of GPT-2, cut by hand instead of by its regular expression
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>:
/// an English ending; a run of letters, of numbers or of other signs with at most one space before it; or white space,
/// of which the last character is left to the word that follows.
/// </summary>
internal static class Gpt2Splitter
{
    /// <summary>The pattern as tokenizer.json files spell it.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Where the piece that begins at <paramref name="start"/> ends.</summary>
    public static int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'')
        {
            int ending = EndingLength(text[(start + 1)..]);
            if (ending > 0) return start + 1 + ending;
        }

        CharacterClass kind = CharacterClasses.At(text, start, out int length);
        int end = start + length;
        if (text[start] == ' ' && end < text.Length)
        {
            CharacterClass next = CharacterClasses.At(text, end, out int nextLength);
            if (next != CharacterClass.Space) (kind, end) = (next, end + nextLength);
        }

        int last = start;   // where the last character of the run begins
        while (end < text.Length && CharacterClasses.At(text, end, out length) == kind)
        {
            last = end;
            end += length;
        }
        return kind == CharacterClass.Space && end < text.Length && last > start ? last : end;
    }

    private static int EndingLength(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', ..] => 1,
        [(byte)'r' or (byte)'v', (byte)'e', ..] or [(byte)'l', (byte)'l', ..] => 2,
        _ => 0,
    };
}
