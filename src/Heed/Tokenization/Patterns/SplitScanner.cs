namespace Heed.Tokenization;

/// <summary>A split pattern written by hand, as a type: so that a loop over words can be compiled for each.</summary>
internal interface IWordScanner
{
    /// <summary>Where the piece that begins at <paramref name="start"/>, which is before the end of the text, ends.</summary>
    int NextEnd(ReadOnlySpan<byte> text, int start);
}

/// <summary>
/// A split pattern written by hand: every byte of a text belongs to one of its pieces, and each piece begins where the last one
/// ended. Implementations read UTF-8 directly, with a table for ASCII and another for the rest of Unicode.
/// </summary>
internal abstract class SplitScanner
{
    /// <summary>Where the piece that begins at <paramref name="start"/>, which is before the end of the text, ends.</summary>
    public abstract int NextEnd(ReadOnlySpan<byte> text, int start);

    /// <summary>An encoder which cuts with this scanner and encodes with a byte-level model.</summary>
    public abstract WordEncoder NewEncoder(BpeModel model);

    /// <summary>The scanner of a pattern as it is spelled in the wild, or null.</summary>
    public static SplitScanner? Find(string regex, PatternSyntax syntax)
    {
        foreach ((PatternSyntax? only, string spelling, SplitScanner scanner) in Known)
            if (regex == spelling && (only is null || only == syntax))
                return scanner;
        return null;
    }

    private static ScannerOf<T> Of<T>(T words) where T : struct, IWordScanner => new(words);

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
        (null, Gpt2, Of(new Gpt2Scanner())),
        (null, @"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", Of(new Gpt2Scanner())),
        (null, @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", Of(new Gpt2Scanner())),
        (null, @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s", Of(new Gpt2Scanner())),
        (null, Cl100k, Of(new Gpt4Scanner(digits: 3))),
        (null, @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+", Of(new Gpt4Scanner(digits: 3))),
        (PatternSyntax.Rust, @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s", Of(new Gpt4Scanner(digits: 3, wholeLastSpaces: true))),
        (null, Qwen2, Of(new Gpt4Scanner(digits: 1))),
        (null, O200k, Of(new O200kScanner())),
    ];
}

/// <summary>One of the scanners.</summary>
internal sealed class ScannerOf<T>(T words) : SplitScanner where T : struct, IWordScanner
{
    /// <inheritdoc/>
    public override int NextEnd(ReadOnlySpan<byte> text, int start) => words.NextEnd(text, start);

    /// <inheritdoc/>
    public override WordEncoder NewEncoder(BpeModel model) => new WordEncoder<T>(model, words);
}
