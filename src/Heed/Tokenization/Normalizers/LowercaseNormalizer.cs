using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Lower case by Unicode, character by character, so without rules that look at neighbours (final sigma).</summary>
public sealed class LowercaseNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int from = ToLowerAscii(text.Writable);
        if (from == text.Length) return;
        text.Begin();
        text.Copy(from);
        ReadOnlySpan<byte> source = text.Bytes;
        for (int at = from; at < source.Length;)
        {
            int code = Utf8Text.CodePoint(source, at, out int length);
            PutLower(text, code, length);
            at += length;
        }
        text.Commit();
    }

    /// <summary>Writes the lower-case form of the next character of a pass.</summary>
    internal static void PutLower(AlignedText text, int code, int length)
    {
        int lower = Lower(code);
        if (lower == code) text.Copy(length);
        else text.Put(lower, 0);
        if (code == 0x130) text.Put(0x307, 1);   // the one character whose lower case is two: i and a dot above
    }

    internal static int Lower(int code) => code switch
    {
        < 0x80 => code is >= 'A' and <= 'Z' ? code | 0x20 : code,
        0x130 => 'i',
        _ => System.Text.Rune.ToLowerInvariant(new System.Text.Rune(code)).Value,
    };

    /// <summary>Lowers the ASCII at the front in place; returns where the first other character begins.</summary>
    internal static int ToLowerAscii(Span<byte> text)
    {
        int ascii = text.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
        if (ascii < 0) ascii = text.Length;
        System.Text.Ascii.ToLowerInPlace(text[..ascii], out _);
        return ascii;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Lowercase");
}
