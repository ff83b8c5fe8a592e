using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Joins the tokens with spaces: what a tokenizer.json without a decoder asks for.</summary>
public sealed class SpacedDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool IsPerToken => false;

    /// <inheritdoc/>
    public void Decode(List<byte[]> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        for (int i = 1; i < pieces.Count; i++) pieces[i] = [(byte)' ', .. pieces[i]];
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNullValue();
    }
}
