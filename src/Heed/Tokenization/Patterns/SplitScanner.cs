namespace Heed.Tokenization;

/// <summary>
/// A split pattern written by hand: every byte of a text belongs to one of its pieces, and each piece begins where the last one
/// ended. Implementations read UTF-8 directly, with a table for ASCII and another for the rest of Unicode.
/// </summary>
internal abstract class SplitScanner
{
    /// <summary>Where the piece that begins at <paramref name="start"/>, which is before the end of the text, ends.</summary>
    public abstract int NextEnd(ReadOnlySpan<byte> text, int start);

    /// <summary>The scanner of a pattern as it is spelled in the wild, or null.</summary>
    public static SplitScanner? Find(string regex, PatternSyntax syntax)
    {
        foreach ((PatternSyntax? only, string spelling, SplitScanner scanner) in Known)
            if (regex == spelling && (only is null || only == syntax))
                return scanner;
        return null;
    }

    private const string EnglishEndings = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)", SpaceRuns = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Tail = @" ?[^\s\p{L}\p{N}]+[\r\n]*|" + SpaceRuns;
    private const string O200kWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

    /// <summary>GPT-2's pattern as tokenizer.json files spell it.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of GPT-4 (cl100k) and LLaMA-3.</summary>
    public const string Cl100k = EnglishEndings + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|" + Tail;

    /// <summary>The pattern of Qwen2: GPT-4's with every digit for itself.</summary>
    public const string Qwen2 = EnglishEndings + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + Tail;

    /// <summary>The pattern of GPT-4o (o200k).</summary>
    public const string O200k = O200kWords + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SpaceRuns;

    /// <summary>Spellings and what they mean; null: in both dialects. A test holds each against the general engine.</summary>
    internal static readonly (PatternSyntax? Only, string Spelling, SplitScanner Scanner)[] Known =
    [
        (null, Gpt2, new Gpt2Scanner()),
        (null, @"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", new Gpt2Scanner()),
        (null, @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", new Gpt2Scanner()),
        (null, @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s", new Gpt2Scanner()),
        (null, Cl100k, new Gpt4Scanner(digits: 3)),
        (null, @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+", new Gpt4Scanner(digits: 3)),
        (PatternSyntax.Rust, @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s", new Gpt4Scanner(digits: 3, wholeLastSpaces: true)),
        (null, Qwen2, new Gpt4Scanner(digits: 1)),
        (null, O200k, new O200kScanner()),
    ];

    /// <summary>The length of an English ending ('s 't 'm 'd 're 've 'll) that begins with the apostrophe at <paramref name="start"/>, or 0.</summary>
    protected static int EndingLength(ReadOnlySpan<byte> text, int start) => text[(start + 1)..] switch
    {
        [(byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', ..] => 2,
        [(byte)'r' or (byte)'v', (byte)'e', ..] or [(byte)'l', (byte)'l', ..] => 3,
        _ => 0,
    };

    /// <summary>The same in any case; the long s (U+017F) is an s too.</summary>
    protected static int EndingLengthInAnyCase(ReadOnlySpan<byte> text, int start)
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
    protected static int SpacesEnd(ReadOnlySpan<byte> text, int start)
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
    protected static int LinesOrSpacesEnd(ReadOnlySpan<byte> text, int start, bool wholeLast)
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
