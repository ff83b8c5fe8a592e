namespace Heed.Tokenization;

/// <summary>The runs of characters of which the words of the GPT family are made.</summary>
internal static class WordRuns
{
    /// <summary>The length of an English ending ('s 't 'm 'd 're 've 'll) that begins with the apostrophe at <paramref name="start"/>, or 0.</summary>
    public static int EndingLength(ReadOnlySpan<byte> text, int start) => text[(start + 1)..] switch
    {
        [(byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', ..] => 2,
        [(byte)'r' or (byte)'v', (byte)'e', ..] or [(byte)'l', (byte)'l', ..] => 3,
        _ => 0,
    };

    /// <summary>The same in any case; the long s (U+017F) is an s too.</summary>
    public static int EndingLengthInAnyCase(ReadOnlySpan<byte> text, int start)
    {
        ReadOnlySpan<byte> rest = text[(start + 1)..];
        if (rest.IsEmpty) return 0;
        int first = rest[0] | 0x20, second = rest.Length > 1 ? rest[1] | 0x20 : 0;
        return first switch
        {
            's' or 't' or 'm' or 'd' => 2,
            'r' or 'v' when second == 'e' => 3,
            'l' when second == 'l' => 3,
            _ => rest is [0xC5, 0xBF, ..] ? 3 : 0,
        };
    }

    /// <summary>\s+(?!\S)|\s+ : a run of white space, of which the last character is left to a word that follows.</summary>
    public static int SpacesEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = start, last = start;
        while (end < text.Length && CharacterClasses.At(text, end, out int length) == CharacterClass.Space)
        {
            last = end;
            end += length;
        }
        return end < text.Length && last > start ? last : end;
    }

    /// <summary>\s*[\r\n]+|\s+(?!\S)|\s+ : up to the last newline of a run of white space, if it has one.</summary>
    public static int LinesOrSpacesEnd(ReadOnlySpan<byte> text, int start, bool wholeLast)
    {
        int end = start, last = start, line = -1;
        while (end < text.Length && CharacterClasses.At(text, end, out int length) == CharacterClass.Space)
        {
            last = end;
            end += length;
            if (text[last] is (byte)'\r' or (byte)'\n') line = end;
        }
        if (wholeLast && end == text.Length) return end;
        if (line >= 0) return line;
        return end < text.Length && last > start ? last : end;
    }
}
