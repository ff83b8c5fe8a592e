using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Where <see cref="MetaspacePreTokenizer"/> puts its sign in front.</summary>
public enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Only before the piece that begins the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}

/// <summary>
/// The spaces of sentencepiece: each becomes a visible sign, U+2581, which also goes before the first word; words begin at the sign
/// ("Metaspace" in tokenizer.json).
/// </summary>
public sealed class MetaspacePreTokenizer : IPreTokenizer
{
    private readonly byte[] sign = [.. "▁"u8];

    /// <summary>The sign.</summary>
    public Rune Replacement
    {
        get => Rune.GetRuneAt(Encoding.UTF8.GetString(sign), 0);
        init => sign = Encoding.UTF8.GetBytes(value.ToString());
    }

    /// <summary>Where the sign goes in front.</summary>
    public PrependScheme Prepend { get; init; }

    /// <summary>Cuts before each sign; false only rewrites.</summary>
    public bool SplitWords { get; init; } = true;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        AlignedText text = pieces.Text;
        ReadOnlySpan<byte> source = text.Bytes;
        text.Begin();
        pieces.BeginCut();
        for (int i = 0, read = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            text.Drop(at - read);
            int start = text.Written;
            bool wanted = Prepend == PrependScheme.Always || (Prepend == PrependScheme.First && at == 0 && text.IsAtOrigin);
            if (wanted && source[at] != ' ' && !source[at..end].StartsWith(sign)) text.InsertBefore(sign);
            while (at < end)
            {
                int length = NextSign(source[at..end]);
                if (length < 0) length = end - at;
                // A sign begins a new piece, unless it is the first thing of the old one.
                text.Copy(length);
                at += length;
                if (at == end) break;
                if (SplitWords && text.Written > start)
                {
                    pieces.Cut(start, text.Written);
                    start = text.Written;
                }
                if (source[at] == ' ')
                {
                    text.Drop(1);
                    text.Insert(sign);
                    at++;
                }
                else
                {
                    text.Copy(sign.Length);
                    at += sign.Length;
                }
            }
            read = end;
            pieces.Cut(start, text.Written);
        }
        text.Commit();
        pieces.EndCut();
    }

    /// <summary>Where the next space or sign stands, or -1.</summary>
    private int NextSign(ReadOnlySpan<byte> text)
    {
        for (int from = 0; from < text.Length;)
        {
            int at = text[from..].IndexOfAny((byte)' ', sign[0]);
            if (at < 0) return -1;
            at += from;
            if (text[at] == ' ' || text[at..].StartsWith(sign)) return at;
            from = at + 1;
        }
        return -1;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Metaspace", w => WriteFields(w, Replacement, Prepend, SplitWords));

    internal static void WriteFields(Utf8JsonWriter writer, Rune replacement, PrependScheme prepend, bool split)
    {
        writer.WriteString("replacement", replacement.ToString());
        writer.WriteString("prepend_scheme", prepend switch { PrependScheme.First => "first", PrependScheme.Never => "never", _ => "always" });
        writer.WriteBoolean("split", split);
    }
}
