namespace Heed.Tokenization;

/// <summary>An end of a text.</summary>
public enum TextSide
{
    /// <summary>The end.</summary>
    Right,

    /// <summary>The front.</summary>
    Left,
}

/// <summary>Which text of a pair is cut when both together are too long.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, then both alike.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>
/// Cuts encodings that are too long ("truncation" in tokenizer.json). As in Hugging Face tokenizers, the overflowing parts reach
/// only to the end of the word in which the length is exceeded.
/// </summary>
/// <param name="MaxLength">Tokens at most, special tokens included.</param>
public sealed record TruncationOptions(int MaxLength)
{
    /// <summary>Which text of a pair is cut.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>How many tokens of a part stand again in the next one.</summary>
    public int Stride { get; init; }

    /// <summary>The end that is cut off.</summary>
    public TextSide Side { get; init; }
}

/// <summary>Fills encodings up to one length ("padding" in tokenizer.json).</summary>
/// <param name="Id">The id of the padding token.</param>
/// <param name="Token">The padding token.</param>
public sealed record PaddingOptions(int Id, string Token = "[PAD]")
{
    /// <summary>Tokens; null = as many as the longest of a batch has.</summary>
    public int? Length { get; init; }

    /// <summary>The length is rounded up to a multiple of this; 0 = it is not.</summary>
    public int MultipleOf { get; init; }

    /// <summary>The type id of the padding.</summary>
    public int TypeId { get; init; }

    /// <summary>The end that is filled.</summary>
    public TextSide Side { get; init; }
}

/// <summary>How <see cref="Tokenizer.EncodeDetailed"/> works.</summary>
public sealed record EncodeOptions
{
    /// <summary>What is done about special tokens.</summary>
    public SpecialTokens Special { get; init; } = SpecialTokens.ParseAndAdd;

    /// <summary>Cuts what is too long; null = nothing.</summary>
    public TruncationOptions? Truncation { get; init; }

    /// <summary>Fills what is too short; null = nothing.</summary>
    public PaddingOptions? Padding { get; init; }
}
