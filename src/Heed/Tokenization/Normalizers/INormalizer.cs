using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>First stage: rewrites text before it is split (case, Unicode forms, replacements). Implementations are immutable and thread-safe.</summary>
public interface INormalizer
{
    /// <summary>The normalised form of <paramref name="text"/>; the same instance when nothing changes.</summary>
    string Normalize(string text);

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
