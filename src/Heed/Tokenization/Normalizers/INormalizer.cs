using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>First stage: rewrites text before it is split (case, Unicode forms, replacements). Implementations are immutable and thread-safe.</summary>
public interface INormalizer
{
    /// <summary>Rewrites the text.</summary>
    void Normalize(AlignedText text);

    /// <summary>The normalised form of <paramref name="text"/>; lone surrogates count as U+FFFD.</summary>
    string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var buffer = new AlignedText();
        buffer.Set(Encoding.UTF8.GetBytes(text));
        Normalize(buffer);
        return Encoding.UTF8.GetString(buffer.Bytes);
    }

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
