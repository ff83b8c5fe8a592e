using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The pre-tokenizer of GPT-2 and its kin: words as GPT-2's pattern cuts them, handed to the model as raw bytes.
/// ("ByteLevel" in tokenizer.json, where the bytes of the vocabulary are spelled with <see cref="ByteAlphabet"/>.)
/// </summary>
public sealed class ByteLevelPreTokenizer : IPreTokenizer
{
    /// <summary>Puts a space before a text that does not begin with one, so that its first word is encoded like any other.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Cuts with GPT-2's pattern; false leaves the text in one piece.</summary>
    public bool SplitWords { get; init; } = true;

    /// <summary>Affects only the offsets which other libraries report; kept for the file.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <inheritdoc/>
    public bool IsByteLevel => true;

    SplitScanner? IPreTokenizer.Scanner => SplitWords && !AddPrefixSpace ? SplitScanner.Find(SplitScanner.Gpt2, PatternSyntax.Oniguruma) : null;

    /// <inheritdoc/>
    public void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        if (utf8.IsEmpty) return;
        if (AddPrefixSpace && utf8[0] != ' ')
        {
            var spaced = new byte[utf8.Length + 1];
            spaced[0] = (byte)' ';
            utf8.CopyTo(spaced.AsSpan(1));
            utf8 = spaced;
        }
        if (!SplitWords)
        {
            pieces.Add(utf8);
            return;
        }
        for (int start = 0; start < utf8.Length;)
        {
            int end = default(Gpt2Scanner).NextEnd(utf8, start);
            pieces.Add(utf8[start..end]);
            start = end;
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", AddPrefixSpace);
        writer.WriteBoolean("trim_offsets", TrimOffsets);
        writer.WriteBoolean("use_regex", SplitWords);
        writer.WriteEndObject();
    }
}
