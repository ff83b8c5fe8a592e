namespace Heed.Tokenization;

/// <summary>
/// The words of GPT-2 (Radford et al. 2019): an English ending; a run of letters, of numbers or of signs with at most one space
/// before it; or white space, of which the last character is left to the word that follows.
/// </summary>
internal readonly struct Gpt2Scanner : IWordScanner
{
    /// <inheritdoc/>
    public int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        if (text[start] == '\'' && WordRuns.EndingLength(text, start) is int ending and > 0) return start + ending;

        CharacterClass kind = CharacterClasses.At(text, start, out int length);
        int end = start + length;
        if (text[start] == ' ' && end < text.Length)
        {
            kind = CharacterClasses.At(text, end, out length);
            end += length;
        }
        return kind switch
        {
            CharacterClass.Space => WordRuns.SpacesEnd(text, start),
            CharacterClass.Number => CharacterClasses.RunEnd(text, end, CharacterClass.Number),
            CharacterClass.Other or CharacterClass.Mark => CharacterClasses.RunEnd(text, end, CharacterClass.Sign),
            _ => CharacterClasses.LettersEnd(text, end),
        };
    }
}
