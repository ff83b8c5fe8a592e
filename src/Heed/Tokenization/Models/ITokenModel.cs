using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Third stage: the vocabulary, and the algorithm which turns one piece into token ids.
/// Implementations are immutable and thread-safe; the ids of a piece depend on the piece alone.
/// </summary>
public interface ITokenModel
{
    /// <summary>Number of tokens; their ids are 0 .. Count - 1.</summary>
    int Count { get; }

    /// <summary>True when a piece is raw bytes (byte-level BPE), false when it is UTF-8 text.</summary>
    bool IsByteLevel => false;

    /// <summary>The token with this id as the vocabulary spells it (byte-level vocabularies spell a space as "Ġ").</summary>
    string TokenOf(int id);

    /// <summary>The id of a token as the vocabulary spells it, or null.</summary>
    int? IdOf(string token);

    /// <summary>Appends the ids of one piece (UTF-8, or any bytes in a byte-level pipeline) to <paramref name="output"/>.</summary>
    void Encode(ReadOnlySpan<byte> piece, List<int> output);

    /// <summary>
    /// The same, and appends to <paramref name="spans"/> which bytes of the piece each of these tokens stands for.
    /// </summary>
    void Encode(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)> spans);

    /// <summary>Writes the model as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
