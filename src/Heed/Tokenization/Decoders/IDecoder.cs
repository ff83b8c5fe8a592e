using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Last stage, the way back: turns tokens into text. Implementations are immutable and thread-safe.</summary>
public interface IDecoder
{
    /// <summary>True when a token decodes to the same bytes wherever it stands, so that its bytes can be kept in a table.</summary>
    bool IsPerToken { get; }

    /// <summary>
    /// Rewrites the list of tokens (UTF-8, as the vocabulary spells them) into pieces which, joined, are the text;
    /// the pieces of byte-level vocabularies may be parts of a character.
    /// </summary>
    void Decode(List<byte[]> pieces);

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
