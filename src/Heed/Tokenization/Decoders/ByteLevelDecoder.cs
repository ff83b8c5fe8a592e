using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Turns tokens spelled with <see cref="ByteAlphabet"/> into their bytes; a token with any other character stands for itself.</summary>
public sealed class ByteLevelDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool IsPerToken => true;

    /// <inheritdoc/>
    public void Decode(List<byte[]> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        for (int i = 0; i < pieces.Count; i++)
            if (ByteAlphabet.TryRead(Encoding.UTF8.GetString(pieces[i]), out byte[] bytes))
                pieces[i] = bytes;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        // No effect on decoding; the values of the published GPT-2 file.
        writer.WriteBoolean("add_prefix_space", true);
        writer.WriteBoolean("trim_offsets", true);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }
}
