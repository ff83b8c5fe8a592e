namespace Heed.Tokenization;

/// <summary>
/// Trains a WordPiece vocabulary (BERT) as Hugging Face tokenizers does: the merges of byte-pair encoding, where a symbol that continues a
/// word is spelled with "##" in front, of which the vocabulary is kept and the merges are dropped; text is then cut by longest match.
/// </summary>
public sealed record WordPieceTrainer : TokenizerTrainer
{
    /// <summary>The defaults: BERT's special tokens.</summary>
    public WordPieceTrainer() => (SpecialTokens, UnknownToken) = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "[UNK]");

    /// <summary>A pair must stand in the text this often to become a token; at least 1.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>What the spelling of a token begins with when it is not the first of its word.</summary>
    public string ContinuingPrefix { get; init; } = "##";

    internal override ITokenModel Train(WordCounts words, TokenizerPipeline pipeline, TrainingWatch watch)
    {
        if (pipeline.IsByteLevel) throw new ArgumentException("WordPiece is for characters, not for a byte-level pipeline.");
        if (UnknownToken is null) throw new ArgumentException("WordPiece needs an UnknownToken.");
        var merging = new BpeTrainer
        {
            VocabularySize = VocabularySize,
            SpecialTokens = SpecialTokens,
            UnknownToken = UnknownToken,
            InitialAlphabet = InitialAlphabet,
            AlphabetLimit = AlphabetLimit,
            CharacterCoverage = CharacterCoverage,
            MinFrequency = MinFrequency,
            ContinuingPrefix = ContinuingPrefix,
        };
        BpeSymbols symbols = merging.Learn(words, byteLevel: false, watch, out _);
        return new WordPieceModel(symbols.Tokens, UnknownToken, ContinuingPrefix);
    }
}
