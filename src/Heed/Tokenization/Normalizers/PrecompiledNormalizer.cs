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
        bool[] starts = charsmap.AsciiStarts();
        mayChange = SearchValues.Create([.. Enumerable.Range(0, 256).Where(b => b >= 128 || b == '\r' || starts[b]).Select(b => (byte)b)]);
    }

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<byte> source = text.Bytes;
        if (source.IndexOfAny(mayChange) < 0) return;

        string characters = Encoding.UTF8.GetString(source);   // for the graphemes
        bool passing = false;
        // Changes are handed on one grapheme late: the count of characters left out belongs to the last one that was written.
        var pending = new List<(int Code, int Change)>();
        int at = 0;
        for (int from = 0; from < characters.Length;)
        {
            int size = StringInfo.GetNextTextElementLength(characters.AsSpan(from));
            ReadOnlySpan<char> grapheme = characters.AsSpan(from, size);
            int bytes = Encoding.UTF8.GetByteCount(grapheme);
            from += size;
            if (bytes <= MaxGrapheme && Replace(source.Slice(at, bytes), pending)) passing = true;
            else
                for (int i = 0; i < bytes;)
                {
                    int code = Utf8Text.CodePoint(source, at + i, out int length);
                    if (Replace(source.Slice(at + i, length), pending)) passing = true;
                    else pending.Add((code, 0));
                    i += length;
                }
            at += bytes;
        }
        if (!passing) return;
        text.Begin();
        foreach ((int code, int change) in pending) text.Put(code, change);
        text.Commit();
    }

    private bool Replace(ReadOnlySpan<byte> old, List<(int Code, int Change)> output)
    {
        ReadOnlySpan<byte> replacement = charsmap.Find(old, shortest: true, out int found);
        if (found == 0) return false;
        int before = Utf8Text.CharacterCount(old), after = 0, first = output.Count;
        for (int at = 0; at < replacement.Length; after++)
        {
            output.Add((Utf8Text.CodePoint(replacement, at, out int length), 0));
            at += length;
        }
        for (int i = output.Count - 1; i >= first && i >= output.Count - (after - before); i--) output[i] = (output[i].Code, 1);
        if (after < before && output.Count > 0) output[^1] = (output[^1].Code, output[^1].Change + after - before);
        return true;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Precompiled", w => w.WriteBase64String("precompiled_charsmap", charsmap.Data));
}
