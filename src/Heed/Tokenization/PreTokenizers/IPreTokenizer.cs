using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Second stage: cuts text into pieces ("words") which the model encodes one by one.
/// Text is UTF-8; bytes that are no valid UTF-8 pass through as they are. Implementations are immutable and thread-safe.
/// </summary>
public interface IPreTokenizer
{
    /// <summary>
    /// True when the model sees each piece as raw bytes (byte-level vocabularies: one symbol for each of the 256 bytes),
    /// false when it sees characters.
    /// </summary>
    bool IsByteLevel { get; }

    /// <summary>The scanner that cuts exactly these pieces by itself, if there is one.</summary>
    internal SplitScanner? Scanner => null;

    /// <summary>Appends the pieces of <paramref name="utf8"/> to <paramref name="pieces"/>, in order.</summary>
    void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces);

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
