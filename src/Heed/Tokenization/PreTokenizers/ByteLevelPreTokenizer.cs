using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The pre-tokenizer of GPT-2 and its kin: words as GPT-2's pattern cuts them, handed to the model as raw bytes.
/// ("ByteLevel" in tokenizer.json, where the bytes of the vocabulary are spelled with <see cref="ByteAlphabet"/>.)
/// </summary>
public sealed class ByteLevelPreTokenizer : IPreTokenizer
{
    private static readonly SplitPattern Words = SplitPattern.Parse(SplitScanner.Gpt2);

    /// <summary>Puts a space before a text that does not begin with one, so that its first word is encoded like any other.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Cuts with GPT-2's pattern; false leaves the text in one piece.</summary>
    public bool SplitWords { get; init; } = true;

    /// <summary>Has no effect here; kept for the file.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <inheritdoc/>
    public bool IsByteLevel => true;

    SplitScanner? IPreTokenizer.Scanner => SplitWords && !AddPrefixSpace ? Words.Scanner : null;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        if (AddPrefixSpace) Prefix(pieces);
        if (!SplitWords) return;
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces.RangeOf(i);
            foreach (PatternMatch word in Words.EnumerateMatches(text[start..end])) pieces.Cut(start + word.Start, start + word.End);
        }
        pieces.EndCut();
    }

    private static void Prefix(PieceBuffer pieces)
    {
        bool all = true;
        for (int i = 0; i < pieces.Count; i++) all &= pieces[i][0] == ' ';
        if (all) return;
        AlignedText text = pieces.Text;
        text.Begin();
        pieces.BeginCut();
        for (int i = 0, read = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces.RangeOf(i);
            text.Drop(start - read);
            int from = text.Written;
            if (text.Bytes[start] != ' ') text.InsertBefore(" "u8);
            text.Copy(end - start);
            read = end;
            pieces.Cut(from, text.Written);
        }
        text.Commit();
        pieces.EndCut();
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
