using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Several pre-tokenizers, one after another ("Sequence" in tokenizer.json).</summary>
public sealed class SequencePreTokenizer : IPreTokenizer
{
    private readonly IPreTokenizer[] parts;

    /// <summary>Takes the pre-tokenizers in order.</summary>
    /// <exception cref="FormatException">More than one of them is byte-level.</exception>
    public SequencePreTokenizer(IEnumerable<IPreTokenizer> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        this.parts = [.. parts];
        if (this.parts.Count(p => p.IsByteLevel) > 1) throw new FormatException("A sequence of pre-tokenizers has ByteLevel twice; once is supported.");
        IsByteLevel = this.parts.Any(p => p.IsByteLevel);
    }

    /// <summary>The pre-tokenizers in order.</summary>
    public IReadOnlyList<IPreTokenizer> Parts => parts;

    /// <inheritdoc/>
    public bool IsByteLevel { get; }

    /// <summary>That of a first part, when a second one only says that pieces are bytes: so are the files of GPT-4, LLaMA-3 and Qwen2.</summary>
    SplitScanner? IPreTokenizer.Scanner => parts is [IPreTokenizer first, ByteLevelPreTokenizer { SplitWords: false, AddPrefixSpace: false }] ? first.Scanner : null;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        bool spelled = false;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i].Split(pieces);
            // What follows a byte-level part sees the bytes as that part spells them; the model wants them back.
            if (!parts[i].IsByteLevel || i == parts.Length - 1) continue;
            ByteSpelling.Spell(pieces);
            spelled = true;
        }
        if (spelled) ByteSpelling.Read(pieces);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Sequence", w =>
    {
        w.WriteStartArray("pretokenizers");
        foreach (IPreTokenizer part in parts) part.Write(w);
        w.WriteEndArray();
    });
}

/// <summary>Turns the pieces of a text into their spellings by <see cref="ByteAlphabet"/> and back.</summary>
internal static class ByteSpelling
{
    public static void Spell(PieceBuffer pieces) => Rewrite(pieces, static (text, start, end) =>
    {
        for (int at = start; at < end; at++) text.PutByte(ByteAlphabet.ToCharacter(text.Bytes[at]));
    });

    /// <exception cref="ArgumentException">A piece has a character that stands for no byte.</exception>
    public static void Read(PieceBuffer pieces) => Rewrite(pieces, static (text, start, end) =>
    {
        for (int at = start; at < end;)
        {
            int code = Utf8Text.CodePoint(text.Bytes, at, out int length);
            if (ByteAlphabet.ByteOf(code) is not { } value)
                throw new ArgumentException($"A pre-tokenizer after ByteLevel made U+{code:X4}, which stands for no byte.");
            text.PutRaw(value, length);
            at += length;
        }
    });

    private static void Rewrite(PieceBuffer pieces, Action<AlignedText, int, int> write)
    {
        AlignedText text = pieces.Text;
        text.Begin();
        pieces.BeginCut();
        for (int i = 0, read = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces.RangeOf(i);
            text.Drop(start - read);
            int from = text.Written;
            write(text, start, end);
            read = end;
            pieces.Cut(from, text.Written);
        }
        text.Commit();
        pieces.EndCut();
    }
}
