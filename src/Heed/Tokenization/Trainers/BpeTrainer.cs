using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Trains byte-pair encoding (Sennrich et al. 2016): starting from single symbols, the most frequent pair of neighbours becomes
/// a token, again and again. Pair counts and places are kept up to date instead of counted anew.
/// <para>
/// With a byte-level pipeline the symbols are the 256 bytes, or else characters. Ids: special tokens, then the alphabet (bytes in the
/// order of <see cref="ByteAlphabet"/>'s characters, or the characters of the text by code point), then the merges as they were learned.
/// The defaults give the merges of Hugging Face tokenizers, one by one; other <see cref="TieRule"/>s those of minbpe and sentencepiece.
/// </para>
/// </summary>
public sealed record BpeTrainer : TokenizerTrainer
{
    /// <summary>The defaults.</summary>
    public BpeTrainer() => SpecialTokens = ["<|endoftext|>"];

    /// <summary>A pair must stand in the text this often to become a token; at least 1.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>Which of two equally frequent pairs is merged first.</summary>
    public BpeTieRule TieRule { get; init; }

    /// <summary>Most symbols (bytes or characters) of a token; null = no limit. (Hugging Face's max_token_length is one more than this.)</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>What the spelling of a symbol begins with when it is not the first of its word, as "##".</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>What the spelling of a symbol ends with when it is the last of its word, as "&lt;/w&gt;".</summary>
    public string EndOfWordSuffix { get; init; } = "";

    /// <summary>Which texts may be tokens; null = any.</summary>
    public PieceRule? Pieces { get; init; }

    /// <summary>
    /// Characters get the last ids, the most frequent first, and any two neighbouring tokens that make up a third are merged when text is
    /// encoded, as sentencepiece does it; false: only the pairs that were learned.
    /// </summary>
    public bool SentencePieceLayout { get; init; }

    /// <summary>
    /// Trains as sentencepiece does for LLaMA: ties to the shorter token, <see cref="PieceRule"/>s, 99.95% of the characters, the rest as
    /// bytes. For <see cref="TokenizerPipeline"/>s that write spaces as "▁".
    /// </summary>
    public static BpeTrainer SentencePiece { get; } = new()
    {
        TieRule = BpeTieRule.ShorterToken,
        MinFrequency = 1,
        SpecialTokens = ["<unk>", "<s>", "</s>"],
        UnknownToken = "<unk>",
        ByteFallback = true,
        CharacterCoverage = 0.9995,
        Pieces = new PieceRule { SplitDigits = true, WhitespaceOnly = true },
        SentencePieceLayout = true,
    };

    internal override BpeModel Train(WordCounts words, TokenizerPipeline pipeline, TrainingWatch watch)
    {
        BpeSymbols symbols = Learn(words, pipeline.IsByteLevel, watch, out List<(int Left, int Right)> merges);
        return new BpeModel(symbols.Tokens, SentencePieceLayout ? AllMerges(symbols) : merges, pipeline.IsByteLevel, unknownToken: UnknownToken,
            fuseUnknown: SentencePieceLayout, continuingPrefix: ContinuingPrefix, endOfWordSuffix: EndOfWordSuffix, byteFallback: ByteFallback);
    }

    private static BpeSymbols CharactersLast(BpeSymbols learned, int first, List<(Rune Character, long Count)> alphabet)
    {
        var ordered = new BpeSymbols();
        for (int id = 0; id < learned.Tokens.Count; id++)
            if (id < first || learned.Lengths[id] > 1)
                ordered.GetOrAdd(learned.Tokens[id], learned.Lengths[id]);
        foreach ((Rune rune, _) in alphabet) ordered.GetOrAdd(rune.ToString(), 1);
        return ordered;
    }

    /// <summary>All pairs of tokens that make up a third: by the third's place among the learned, then by where it is cut.</summary>
    private List<(int Left, int Right)> AllMerges(BpeSymbols symbols)
    {
        var merges = new List<(int, int)>();
        int first = FirstTokens().Count;   // no merge makes or uses a special token
        for (int id = first; id < symbols.Tokens.Count && symbols.Lengths[id] > 1; id++)
        {
            string token = symbols.Tokens[id];
            for (int cut = 1; cut < token.Length; cut++)
            {
                if (char.IsLowSurrogate(token[cut])) continue;
                int left = symbols.Find(token[..cut]), right = symbols.Find(token[cut..]);
                if (left >= first && right >= first) merges.Add((left, right));
            }
        }
        return merges;
    }

    /// <summary>The vocabulary and the merges that lead to it.</summary>
    internal BpeSymbols Learn(WordCounts words, bool byteLevel, TrainingWatch watch, out List<(int Left, int Right)> merges)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinFrequency, 1);
        if (MaxTokenLength is { } most) ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentNullException.ThrowIfNull(ContinuingPrefix);
        ArgumentNullException.ThrowIfNull(EndOfWordSuffix);
        if (byteLevel && (ContinuingPrefix.Length > 0 || EndOfWordSuffix.Length > 0 || ByteFallback || Pieces is not null))
            throw new ArgumentException("ContinuingPrefix, EndOfWordSuffix, ByteFallback and Pieces are for characters, not for a byte-level pipeline.");

        var symbols = new BpeSymbols();
        foreach (string token in FirstTokens()) symbols.GetOrAdd(token, token.EnumerateRunes().Count());
        int first = symbols.Tokens.Count;
        List<(Rune Character, long Count)> alphabet = [];
        if (SentencePieceLayout && (byteLevel || ContinuingPrefix.Length > 0 || EndOfWordSuffix.Length > 0))
            throw new ArgumentException("SentencePieceLayout is for characters without ContinuingPrefix and EndOfWordSuffix, not for a byte-level pipeline.");
        if (byteLevel)
        {
            foreach (byte b in ByteAlphabet.BytesInCharacterOrder) symbols.GetOrAdd(ByteAlphabet.ToCharacter(b).ToString(), 1);
            symbols.LayBytes(words);
        }
        else
        {
            alphabet = Alphabet(words);
            foreach (Rune rune in alphabet.Select(c => c.Character).Order()) symbols.GetOrAdd(rune.ToString(), 1);
            symbols.LayCharacters(words, ContinuingPrefix, EndOfWordSuffix, unknownCuts: UnknownToken is not null || ByteFallback);
        }

        var merger = new BpeMerger(symbols, words.Counts, MinFrequency, new MergeRule(this));
        while (symbols.Tokens.Count < VocabularySize && merger.MergeBest(out long count))
            watch.Report(TrainingStage.Merging, symbols.Tokens.Count, VocabularySize, count);
        merges = merger.Merges;
        return SentencePieceLayout ? CharactersLast(symbols, first, alphabet) : symbols;
    }
}
