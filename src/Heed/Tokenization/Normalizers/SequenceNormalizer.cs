using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Several normalizers, one after another ("Sequence" in tokenizer.json).</summary>
public sealed class SequenceNormalizer(IEnumerable<INormalizer> normalizers) : INormalizer
{
    private readonly INormalizer[] normalizers = [.. normalizers];

    /// <summary>The normalizers in order.</summary>
    public IReadOnlyList<INormalizer> Normalizers => normalizers;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        foreach (INormalizer normalizer in normalizers) normalizer.Normalize(text);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Sequence", w =>
    {
        w.WriteStartArray("normalizers");
        foreach (INormalizer normalizer in normalizers) normalizer.Write(w);
        w.WriteEndArray();
    });
}
