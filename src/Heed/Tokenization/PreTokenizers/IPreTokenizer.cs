using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Second stage: cuts text into pieces ("words") which the model encodes one by one.
/// Text is UTF-8; bytes that are no valid UTF-8 pass through as they are. Implementations are immutable and thread-safe.
/// </summary>
public interface IPreTokenizer
{
    /// <summary>
    /// True when its pieces are meant as raw bytes (byte-level vocabularies: one symbol for each of the 256 bytes),
    /// false when they are characters.
    /// </summary>
    bool IsByteLevel => false;

    /// <summary>The scanner that cuts a text into exactly these pieces by itself, and rewrites nothing; null when there is none.</summary>
    internal SplitScanner? Scanner => null;

    /// <summary>Cuts the pieces of <paramref name="pieces"/> further, in order.</summary>
    void Split(PieceBuffer pieces);

    /// <summary>Puts <paramref name="utf8"/> into <paramref name="pieces"/> and cuts it.</summary>
    void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        pieces.Set(utf8);
        Split(pieces);
    }

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
