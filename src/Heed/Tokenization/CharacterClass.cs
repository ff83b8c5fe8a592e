using System.Globalization;
using System.Text;

namespace Heed.Tokenization;

/// <summary>The classes of characters which pre-tokenizers tell apart.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Anything else: punctuation, symbols, marks, controls, and bytes that are no UTF-8.</summary>
    Other,

    /// <summary>White space: \s.</summary>
    Space,

    /// <summary>A letter: \p{L}.</summary>
    Letter,

    /// <summary>A number: \p{N}.</summary>
    Number,
}

/// <summary>Unicode classes of the characters of UTF-8 text, astral ones included.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] Ascii = [.. Enumerable.Range(0, 128).Select(c => Of(new Rune(c)))];

    /// <summary>The class of the character at <paramref name="start"/> and its length in bytes.</summary>
    public static CharacterClass At(ReadOnlySpan<byte> utf8, int start, out int length)
    {
        byte first = utf8[start];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }
        // A byte sequence that is no UTF-8 decodes to U+FFFD, a symbol.
        Rune.DecodeFromUtf8(utf8[start..], out Rune rune, out length);
        return Of(rune);
    }

    public static CharacterClass Of(Rune rune) => CharUnicodeInfo.GetUnicodeCategory(rune.Value) switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => Rune.IsWhiteSpace(rune) ? CharacterClass.Space : CharacterClass.Other,
    };
}
