using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Joins the tokens with nothing between them ("Fuse" in tokenizer.json).</summary>
public sealed class FuseDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool IsPerToken => true;

    /// <inheritdoc/>
    public void Decode(List<byte[]> pieces) => ArgumentNullException.ThrowIfNull(pieces);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "Fuse");
        writer.WriteEndObject();
    }
}
