using System.Buffers;
using System.Text;

namespace Heed.Tokenization;

/// <summary>Small helpers on UTF-8 text.</summary>
internal static class Utf8Text
{
    /// <summary>Number of characters (code points) of valid UTF-8.</summary>
    public static int CharacterCount(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        foreach (byte b in utf8)
            if ((b & 0xC0) != 0x80)
                count++;
        return count;
    }

    /// <summary>Length in bytes of the character that begins at the front of valid UTF-8, at least 1.</summary>
    public static int Length(byte first) => first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>
    /// The character at a place of UTF-8 text and its length in bytes. Bytes that are no UTF-8 give U+FFFD, and as many of them make
    /// one character as <see cref="Rune.DecodeFromUtf8"/> takes.
    /// </summary>
    public static int CodePoint(ReadOnlySpan<byte> utf8, int at, out int length)
    {
        ReadOnlySpan<byte> rest = utf8[at..];
        int first = rest[0];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        if (first is >= 0xC2 and < 0xE0 && rest.Length >= 2 && (rest[1] & 0xC0) == 0x80)
        {
            length = 2;
            return ((first & 0x1F) << 6) | (rest[1] & 0x3F);
        }
        if (first is >= 0xE0 and < 0xF0 && rest.Length >= 3 && (rest[1] & 0xC0) == 0x80 && (rest[2] & 0xC0) == 0x80)
        {
            int value = ((first & 0x0F) << 12) | ((rest[1] & 0x3F) << 6) | (rest[2] & 0x3F);
            if (value is >= 0x800 and not (>= 0xD800 and <= 0xDFFF))
            {
                length = 3;
                return value;
            }
        }
        Rune.DecodeFromUtf8(rest, out Rune rune, out length);   // four bytes, or no UTF-8
        return rune.Value;
    }

    /// <summary>The character that ends before a place, which is not 0.</summary>
    public static int CodePointBefore(ReadOnlySpan<byte> utf8, int end, out int length)
    {
        Rune.DecodeLastFromUtf8(utf8[..end], out Rune rune, out length);
        return rune.Value;
    }

    /// <summary>Where the character begins that ends at <paramref name="end"/>, itself the end of a character after the start of the text.</summary>
    public static int PreviousStart(ReadOnlySpan<byte> utf8, int end)
    {
        // A character of several bytes, valid or not, begins with a lead byte, and nothing longer can end at the same place.
        for (int length = Math.Min(4, end); length > 1; length--)
        {
            if (utf8[end - length] < 0xC0) continue;
            CodePoint(utf8, end - length, out int decoded);
            if (decoded == length) return end - length;
        }
        return end - 1;
    }

    /// <summary>Writes a character; returns its length in bytes.</summary>
    public static int Encode(int codePoint, Span<byte> output) => new Rune(codePoint).EncodeToUtf8(output);

    /// <summary>The text with every byte sequence that is no character made U+FFFD; the same bytes when it is valid.</summary>
    public static ReadOnlySpan<byte> Repaired(ReadOnlySpan<byte> utf8) =>
        System.Text.Unicode.Utf8.IsValid(utf8) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));

    /// <summary>Length of the beginning of a character at the end of the text, which more bytes could complete.</summary>
    public static int UnfinishedLength(ReadOnlySpan<byte> utf8)
    {
        for (int length = 1; length <= Math.Min(3, utf8.Length); length++)
            if (Rune.DecodeFromUtf8(utf8[^length..], out _, out _) == OperationStatus.NeedMoreData)
                return length;
        return 0;
    }
}
