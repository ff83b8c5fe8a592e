namespace Heed.Tokenization;

/// <summary>
/// Which texts may be pieces of a vocabulary, with the options of sentencepiece's trainer: of one script each, white space ("▁") only in
/// front, and not too long.
/// </summary>
public sealed record PieceRule
{
    /// <summary>Most characters of a piece.</summary>
    public int MaxLength { get; init; } = 16;

    /// <summary>A piece has characters of one Unicode script; Han, Hiragana and Katakana count as one. Digits and punctuation are a script of their own.</summary>
    public bool SplitByScript { get; init; } = true;

    /// <summary>Every digit is a piece of its own.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>Several "▁" in a row may be a piece.</summary>
    public bool WhitespaceOnly { get; init; }

    /// <summary>Whether two pieces, joined, may be a piece.</summary>
    internal bool Allows(string left, string right) => left.Length + right.Length <= 2 * MaxLength;
}
