namespace Heed.Tokenization;

/// <summary>
/// How the "gpt2" vocabularies of GGUF files cut text into words: regular expressions, one after the other, each applied to what the ones
/// before it left; and what a name says beside. The expressions are those of the tokenizer.json files of the models.
/// </summary>
/// <param name="Regexes">In order; matches are pieces, and so is what lies between them.</param>
internal sealed record GgufPattern(params string[] Regexes)
{
    private const string Digit = @"\p{N}", ThreeDigits = "[0-9][0-9][0-9]", Signs = @"\p{P}\$\+<=>\^~\|";
    private const string Chinese = "[一-龥ࠀ-一가-퟿]+";

    // Letters that have upper and lower case, as DeepSeek's file lists them.
    private const string CasedLetters =
        "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1F7Dᾀ-ᾴᾶ-ᾼ\u1FBEῂ-ῄῆ-ῌῐ-\u1FD3ῖ-\u1FDBῠ-Ῥῲ-ῴῶ-ῼ" +
        "ℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";

    private const string CapitalWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    private const string SpaceRuns = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly GgufPattern Gpt2 = new(SplitScanner.Gpt2), Llama3 = new(SplitScanner.Cl100k) { IgnoreMerges = true, AddBos = true },
        Cl100k = new(SplitScanner.Cl100k), O200k = new(SplitScanner.O200k), Qwen2 = new(SplitScanner.Qwen2), DigitWords = new(Digit, SplitScanner.Gpt2);

    // Of several names for one thing the first is written.
    private static readonly (string Name, GgufPattern Pattern)[] Table =
    [
        ("gpt-2", Gpt2), ("phi-2", Gpt2), ("roberta-bpe", Gpt2), ("jais", Gpt2), ("trillion", Gpt2), ("gigachat", Gpt2),
        ("jina-es", Gpt2), ("jina-de", Gpt2), ("jina-v1-en", Gpt2), ("jina-v2-es", Gpt2), ("jina-v2-de", Gpt2), ("jina-v2-code", Gpt2),
        ("olmo", Gpt2 with { Nfc = true }), ("mpt", Gpt2 with { Nfc = true }),
        ("llama-bpe", Llama3), ("llama3", Llama3), ("llama-v3", Llama3), ("falcon3", Llama3), ("pixtral", Llama3),
        ("dbrx", Cl100k), ("smaug-bpe", Cl100k), ("glm4", Cl100k), ("chatglm-bpe", Cl100k),
        ("qwen2", Qwen2 with { Nfc = true }), ("stablelm2", Qwen2), ("deepseek-r1-qwen", Qwen2), ("megrez", Qwen2),
        ("gpt-4o", O200k), ("llama4", O200k),
        ("smollm", DigitWords), ("starcoder", DigitWords), ("refact", DigitWords), ("command-r", DigitWords), ("codeshell", DigitWords), ("exaone", DigitWords), ("minerva-7b", DigitWords),
        ("falcon", new($"[{Signs}`]+", SplitScanner.Gpt2, ThreeDigits)),
        ("tekken", new(CapitalWords + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SpaceRuns) { IgnoreMerges = true, AddBos = true }),
        ("deepseek-llm", new("[\r\n]", $@"\s?[{CasedLetters}]+", @"\s?[!-/:-~！-／：-～‘-‟　-。]+", @"\s+$", Chinese, @"\p{N}+")),
        ("deepseek-coder", new("[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", Chinese, Digit)),
        ("deepseek-v3", new(
            @"\p{N}{1,3}",
            "[一-龥぀-ゟ゠-ヿ]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + SpaceRuns)),
        ("bloom", new(" ?[^(\\s|.,!?…。，、।۔،)]+")), ("gpt3-finnish", new(" ?[^(\\s|.,!?…。，、।۔،)]+")), ("poro-chat", new(" ?[^(\\s|.,!?…。，、।۔،)]+")),
        ("viking", new(" ?[^(\\s|.,!?…。，、।۔،)]+", Digit)),
        ("default", new($"[{Signs}]+", SplitScanner.Gpt2, @"\p{N}+", ThreeDigits)),
    ];

    private static readonly Dictionary<string, GgufPattern> ByName = Table.ToDictionary(row => row.Name, row => row.Pattern);

    /// <summary>A piece that is a token becomes that token whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A text begins with a token, unless the file says otherwise.</summary>
    public bool AddBos { get; init; }

    /// <summary>Text is brought to the form NFC first, as the original tokenizer does (the file cannot say it, and llama.cpp does not).</summary>
    public bool Nfc { get; init; }

    /// <summary>Every name that is known.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>What a name means.</summary>
    /// <exception cref="FormatException">It is not known.</exception>
    public static GgufPattern Find(string name) => ByName.GetValueOrDefault(name)
        ?? throw new FormatException($"The split pattern '{name}' (tokenizer.ggml.pre) is not known; expected one of {string.Join(", ", Names)}.");

    /// <summary>The name of a way to cut and merge, or null.</summary>
    public static string? NameOf(IReadOnlyList<string> regexes, bool ignoreMerges, bool nfc) =>
        Array.Find(Table, row => row.Pattern.IgnoreMerges == ignoreMerges && row.Pattern.Nfc == nfc && row.Pattern.Regexes.SequenceEqual(regexes)).Name;

    /// <summary>The pre-tokenizer that cuts so.</summary>
    public IPreTokenizer PreTokenizer()
    {
        bool words = Regexes[^1] == SplitScanner.Gpt2;
        var last = new ByteLevelPreTokenizer { SplitWords = words };
        IPreTokenizer[] before = [.. Regexes.Take(Regexes.Length - (words ? 1 : 0)).Select(regex => SplitPreTokenizer.AtRegex(regex, SplitBehavior.Isolated))];
        return before.Length == 0 ? last : new SequencePreTokenizer([.. before, last]);
    }

    /// <summary>The regular expressions of a pre-tokenizer, each in the spelling used here; null where it does anything else.</summary>
    public static IReadOnlyList<string>? RegexesOf(IPreTokenizer? part) => part switch
    {
        ByteLevelPreTokenizer { AddPrefixSpace: false } bytes => bytes.SplitWords ? [SplitScanner.Gpt2] : [],
        SplitPreTokenizer { Behavior: SplitBehavior.Isolated, Invert: false, Regex: { } regex } => [Spelling(regex)],
        DigitsPreTokenizer digits => [digits.IndividualDigits ? Digit : @"\p{N}+"],
        PunctuationPreTokenizer { Behavior: SplitBehavior.Contiguous } => [$"[{Signs}`]+"],
        SequencePreTokenizer { Parts: [.., ByteLevelPreTokenizer] parts } when parts.Count(p => p is ByteLevelPreTokenizer) == 1 =>
            parts.Select(RegexesOf).Aggregate((IReadOnlyList<string>?)[], (all, next) => all is null || next is null ? null : [.. all, .. next]),
        _ => null,
    };

    private static string Spelling(string regex) => SplitScanner.Find(regex, PatternSyntax.Oniguruma) switch
    {
        ScannerOf<Gpt2Scanner> => SplitScanner.Gpt2,
        ScannerOf<O200kScanner> => SplitScanner.O200k,
        ScannerOf<Gpt4Scanner> scanner => scanner.NextEnd("1234"u8, 0) == 1 ? SplitScanner.Qwen2 : SplitScanner.Cl100k,
        _ => regex,
    };
}
