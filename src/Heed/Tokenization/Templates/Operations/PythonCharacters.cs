using System.Globalization;
using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>Strings by code points, and the classes of characters as Python has them. A lone surrogate counts as one code point.</summary>
internal static class PythonCharacters
{
    /// <summary>Whitespace of <c>str.isspace</c> and of <c>\s</c>: that of .NET and the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    /// <summary>Ends of lines for <c>splitlines</c>.</summary>
    public static bool IsLineBreak(char c) => c is '\n' or '\r' or '\v' or '\f' or (>= '\u001c' and <= '\u001e') or '\u0085' or '\u2028' or '\u2029';

    /// <summary>Number of code points.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        for (int i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                count--;
                i++;
            }
        return count;
    }

    /// <summary>UTF-16 units of the code point at an offset.</summary>
    public static int LengthAt(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    /// <summary>The UTF-16 offset of a code point.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">0 to <paramref name="count"/>.</param>
    /// <param name="count">Code points of the whole text.</param>
    /// <param name="budget">Charged for the walk that astral characters make necessary.</param>
    public static int Offset(string text, int index, int count, Budget budget)
    {
        if (count == text.Length) return index;
        budget.Step(1 + (index >> 6));
        int at = 0;
        for (; index > 0; index--) at += LengthAt(text, at);
        return at;
    }

    /// <summary>Whether <c>repr</c> leaves a character as it is.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>A letter that has two cases.</summary>
    public static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9);

    public static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter || rune.Value is (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF);

    public static bool IsLower(Rune rune) => IsCased(rune) && !IsUpper(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.TitlecaseLetter;

    /// <summary>A decimal digit, or one such as a superscript.</summary>
    public static bool IsDigit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;

    public static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsNumeric(Rune rune) => CharUnicodeInfo.GetNumericValue(rune.ToString(), 0) >= 0;
}
