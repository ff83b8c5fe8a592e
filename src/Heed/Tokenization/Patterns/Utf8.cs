using System.Text;

namespace Heed.Tokenization;

/// <summary>Steps through UTF-8 text by characters (code points), forwards and backwards, past any bytes.</summary>
internal static class Utf8
{
    /// <summary>
    /// The character at <paramref name="start"/> and its length in bytes. Bytes that are no UTF-8 give U+FFFD, and as many of them
    /// make one character as <see cref="Rune.DecodeFromUtf8"/> takes.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> utf8, int start, out int length)
    {
        ReadOnlySpan<byte> rest = utf8[start..];
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

    /// <summary>Where the character begins that ends at <paramref name="end"/>, itself the end of a character after the start of the text.</summary>
    public static int PreviousStart(ReadOnlySpan<byte> utf8, int end)
    {
        // A character of several bytes, valid or not, begins with a lead byte, and nothing longer can end at the same place.
        for (int length = Math.Min(4, end); length > 1; length--)
        {
            if (utf8[end - length] < 0xC0) continue;
            Decode(utf8, end - length, out int decoded);
            if (decoded == length) return end - length;
        }
        return end - 1;
    }
}
