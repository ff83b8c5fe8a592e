using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Every character (code point) is a piece. In tokenizer.json: "Split" by the pattern <c>[\s\S]</c>, isolated.</summary>
public sealed class CharacterPreTokenizer : IPreTokenizer
{
    /// <summary>The pattern: any character, the newline too.</summary>
    internal const string Pattern = @"[\s\S]";

    /// <inheritdoc/>
    public bool IsByteLevel => false;

    /// <inheritdoc/>
    public void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        while (!utf8.IsEmpty)
        {
            Rune.DecodeFromUtf8(utf8, out _, out int length);
            pieces.Add(utf8[..length]);
            utf8 = utf8[length..];
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString("Regex", Pattern);
        writer.WriteEndObject();
        writer.WriteString("behavior", "Isolated");
        writer.WriteBoolean("invert", false);
        writer.WriteEndObject();
    }
}
