namespace Heed.Tokenization;

/// <summary>The stages around a model: text -> normalizer -> pre-tokenizer -> (model) -> post-processor, and the decoder for the way back.</summary>
public sealed partial record TokenizerPipeline
{
    /// <summary>Rewrites the text; null = as it is.</summary>
    public INormalizer? Normalizer { get; init; }

    /// <summary>Cuts the text into pieces; null = one piece.</summary>
    public IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>Adds special tokens; null = none.</summary>
    public IPostProcessor? PostProcessor { get; init; }

    /// <summary>Turns tokens into text.</summary>
    public IDecoder Decoder { get; init; } = new SpacedDecoder();

    /// <summary>GPT-2: byte-level words, any text or bytes can be encoded, nothing is lost.</summary>
    public static TokenizerPipeline Gpt2 { get; } = new()
    {
        PreTokenizer = new ByteLevelPreTokenizer(),
        PostProcessor = new ByteLevelPostProcessor(),
        Decoder = new ByteLevelDecoder(),
    };

    /// <summary>Byte-level without words: a token may cross any boundary.</summary>
    public static TokenizerPipeline Bytes { get; } = new()
    {
        PreTokenizer = new ByteLevelPreTokenizer { SplitWords = false },
        PostProcessor = new ByteLevelPostProcessor(),
        Decoder = new ByteLevelDecoder(),
    };

    /// <summary>Every character for itself.</summary>
    public static TokenizerPipeline Characters { get; } = new()
    {
        PreTokenizer = new CharacterPreTokenizer(),
        Decoder = new FuseDecoder(),
    };

    /// <summary>True when the model sees raw bytes.</summary>
    internal bool IsByteLevel => PreTokenizer is { IsByteLevel: true };
}
