using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The rules of a sentencepiece model as Hugging Face tokenizers applies them ("Precompiled" in tokenizer.json): to each grapheme
/// of fewer than six bytes as a whole, otherwise to each character. The shortest rule that a grapheme begins with replaces all of it.
/// </summary>
public sealed class PrecompiledNormalizer : INormalizer
{
    private const int MaxGrapheme = 5;   // bytes

    private readonly Charsmap charsmap;
    private readonly SearchValues<byte> mayChange;   // bytes that may begin a rule or a grapheme of several characters

    /// <summary>Takes the rules.</summary>
    /// <param name="charsmap">The bytes of the model's <c>precompiled_charsmap</c>.</param>
    /// <exception cref="FormatException">The rules are damaged.</exception>
    public PrecompiledNormalizer(byte[] charsmap) : this(new Charsmap(charsmap))
    {
    }

    internal PrecompiledNormalizer(Charsmap charsmap)
    {
        this.charsmap = charsmap;
        bool[] rules = charsmap.AsciiRules();
        mayChange = SearchValues.Create([.. Enumerable.Range(0, 256).Where(b => b >= 128 || b == '\r' || rules[b]).Select(b => (byte)b)]);
    }

    /// <summary>The rules as the file has them.</summary>
    internal ReadOnlyMemory<byte> Rules => charsmap.Data;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<byte> source = text.Bytes;
        if (source.IndexOfAny(mayChange) < 0) return;

        text.Begin();
        bool lags = false;
        for (int at = 0; at < source.Length;)
        {
            // Up to the last character before one that may change: the two may be one grapheme.
            int plain = source[at..].IndexOfAny(mayChange);
            plain = plain < 0 ? source.Length - at : plain - 1;
            if (plain > 0)
            {
                Keep(text, source.Slice(at, plain), lags);
                at += plain;
                continue;
            }
            int stretch = StretchLength(source[at..]);
            ReadOnlySpan<byte> part = source.Slice(at, stretch);
            string characters = Encoding.UTF8.GetString(part);
            for (int from = 0, done = 0; from < characters.Length;)
            {
                int size = StringInfo.GetNextTextElementLength(characters.AsSpan(from));
                int bytes = Encoding.UTF8.GetByteCount(characters.AsSpan(from, size));
                Grapheme(text, part.Slice(done, bytes), ref lags);
                from += size;
                done += bytes;
            }
            at += stretch;
        }
        text.Commit();
    }

    /// <summary>The next characters up to two ASCII ones in a row that cannot be of one grapheme: no grapheme reaches over their middle.</summary>
    private static int StretchLength(ReadOnlySpan<byte> text)
    {
        for (int at = 1; at < text.Length; at++)
            if (text[at - 1] < 0x80 && text[at] is < 0x80 and not (byte)'\n')
                return at;
        return text.Length;
    }

    private void Grapheme(AlignedText text, ReadOnlySpan<byte> grapheme, ref bool lags)
    {
        if (grapheme.Length <= MaxGrapheme && Replace(text, grapheme, ref lags)) return;
        for (int at = 0; at < grapheme.Length;)
        {
            int length = Utf8Text.Length(grapheme[at]);
            ReadOnlySpan<byte> character = grapheme.Slice(at, length);
            if (!Replace(text, character, ref lags)) Keep(text, character, lags);
            at += length;
        }
    }

    /// <summary>Takes characters as they are. After text at the very front went, the original's origins lag behind, and so do ours.</summary>
    private static void Keep(AlignedText text, ReadOnlySpan<byte> characters, bool lags)
    {
        if (!lags) text.Copy(characters.Length);
        else
            for (int at = 0; at < characters.Length;)
            {
                text.Put(Utf8Text.CodePoint(characters, at, out int length), 0);
                at += length;
            }
    }

    private bool Replace(AlignedText text, ReadOnlySpan<byte> old, ref bool lags)
    {
        ReadOnlySpan<byte> replacement = charsmap.Find(old, shortest: true, out int found);
        if (found == 0) return false;
        int before = Utf8Text.CharacterCount(old), after = Utf8Text.CharacterCount(replacement);
        int count = 0;
        for (int at = 0; at < replacement.Length; count++)
        {
            int code = Utf8Text.CodePoint(replacement, at, out int length);
            text.Put(code, count < before ? 0 : 1);
            at += length;
        }
        if (text.Written == 0) lags = true;
        else
            for (int n = after; n < before; n++) text.DropCharacter();
        return true;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Precompiled", w => w.WriteBase64String("precompiled_charsmap", charsmap.Data));
}
