namespace Heed.Tokenization;

public sealed partial record TokenizerPipeline
{
    /// <summary>GPT-4's and LLaMA-3's words: at most three digits together, letters with one sign before them. Byte-level; nothing is lost.</summary>
    public static TokenizerPipeline Gpt4 { get; } = ByteLevel(SplitScanner.Cl100k);

    /// <summary>GPT-4o's words: as <see cref="Gpt4"/>, but cut where capitals begin, and with English endings kept at their words.</summary>
    public static TokenizerPipeline O200k { get; } = ByteLevel(SplitScanner.O200k);

    /// <summary>Qwen2's words: as <see cref="Gpt4"/>, but every digit for itself. (Qwen2 itself also brings text to the form NFC.)</summary>
    public static TokenizerPipeline Qwen2 { get; } = ByteLevel(SplitScanner.Qwen2);

    /// <summary>
    /// sentencepiece's spaces, as in LLaMA: "▁" for each space and one in front; a word begins at a run of them. Text is not changed
    /// otherwise, so what the vocabulary can spell comes back as it was, but for "▁" itself, which comes back as a space.
    /// </summary>
    public static TokenizerPipeline SentencePiece { get; } = new()
    {
        Normalizer = new SequenceNormalizer([new PrependNormalizer("▁"), ReplaceNormalizer.OfString(" ", "▁")]),
        PreTokenizer = SplitPreTokenizer.AtRegex("▁*[^▁]+|▁+", SplitBehavior.Isolated),
        Decoder = new SequenceDecoder([ReplaceDecoder.OfString("▁", " "), new ByteFallbackDecoder(), new FuseDecoder(), new StripDecoder(new(' '), 1, 0)]),
    };

    /// <summary>Words as white space cuts them, each line end the word "&lt;eos&gt;": for texts that were cut into words before.</summary>
    public static TokenizerPipeline Words { get; } = new()
    {
        Normalizer = ReplaceNormalizer.OfString("\n", $" {WordTrainer.EndToken} "),
        PreTokenizer = new WhitespaceSplitPreTokenizer(),
    };

    /// <summary>BERT: lower case without accents, words, every punctuation sign and Chinese character for itself.</summary>
    public static TokenizerPipeline Bert { get; } = new()
    {
        Normalizer = new BertNormalizer(),
        PreTokenizer = new BertPreTokenizer(),
        Decoder = new WordPieceDecoder(),
    };

    /// <summary>Words as a regular expression cuts them, then bytes; nothing is lost.</summary>
    /// <param name="regex">A split pattern as in tokenizer.json: its matches are pieces, and so is what lies between them.</param>
    /// <exception cref="FormatException">The expression is wrong, or has what is not supported.</exception>
    public static TokenizerPipeline ByteLevel(string regex) => new()
    {
        PreTokenizer = new SequencePreTokenizer([SplitPreTokenizer.AtRegex(regex, SplitBehavior.Isolated), new ByteLevelPreTokenizer { SplitWords = false }]),
        PostProcessor = new ByteLevelPostProcessor(),
        Decoder = new ByteLevelDecoder(),
    };
}
