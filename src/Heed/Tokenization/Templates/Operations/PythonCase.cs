using System.Globalization;
using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>Upper and lower case as Python's strings have it: full mappings, so that ß becomes SS, and the final sigma.</summary>
internal static class PythonCase
{
    public static string Upper(string text)
    {
        string upper = text.ToUpperInvariant();
        if (!upper.AsSpan().ContainsAny("ßŉǰΐΰևﬀﬁﬂﬃﬄﬅﬆ")) return upper;
        var result = new StringBuilder(upper.Length + 8);
        foreach (char c in upper) result.Append(FullUpper(c) ?? c.ToString());
        return result.ToString();
    }

    public static string Lower(string text)
    {
        string lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny('Σ', 'İ')) return lower;
        var result = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == 'Σ') result.Append(IsFinal(text, i) ? 'ς' : 'σ');
            else if (text[i] == 'İ') result.Append("i\u0307");
            else result.Append(lower[i]);
        }
        return result.ToString();
    }

    /// <summary>The first character in title case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0) return text;
        int first = PythonCharacters.LengthAt(text, 0);
        return TitleOf(text[..first]) + LowerAfter(text, first);
    }

    /// <summary><c>str.title</c>: a letter is in title case unless one that has cases stands before it.</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inWord = false;
        for (int at = 0; at < text.Length;)
        {
            int length = PythonCharacters.LengthAt(text, at);
            string one = text.Substring(at, length);
            result.Append(inWord ? LowerAt(text, at, length) : TitleOf(one));
            inWord = Rune.TryGetRuneAt(text, at, out Rune rune) && PythonCharacters.IsCased(rune);
            at += length;
        }
        return result.ToString();
    }

    public static string SwapCase(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int length = PythonCharacters.LengthAt(text, at);
            bool isUpper = Rune.TryGetRuneAt(text, at, out Rune rune) && PythonCharacters.IsUpper(rune);
            result.Append(isUpper ? LowerAt(text, at, length) : Upper(text.Substring(at, length)));
            at += length;
        }
        return result.ToString();
    }

    // The context matters: a final sigma is final in the whole text.
    private static string LowerAfter(string text, int first) => Lower(text)[Lower(text[..first]).Length..];

    private static string LowerAt(string text, int at, int length) =>
        text[at] == 'Σ' ? IsFinal(text, at) ? "ς" : "σ" : Lower(text.Substring(at, length));

    private static string TitleOf(string one) => one switch
    {
        "Ǆ" or "ǅ" or "ǆ" => "ǅ",
        "Ǉ" or "ǈ" or "ǉ" => "ǈ",
        "Ǌ" or "ǋ" or "ǌ" => "ǋ",
        "Ǳ" or "ǲ" or "ǳ" => "ǲ",
        _ when Upper(one) is { Length: > 1 } several && one.Length == 1 => several[0] + several[1..].ToLowerInvariant(),
        _ => Upper(one),
    };

    private static string? FullUpper(char c) => c switch
    {
        'ß' => "SS",
        'ŉ' => "ʼN",
        'ǰ' => "J\u030C",
        'ΐ' => "Ι\u0308\u0301",
        'ΰ' => "Υ\u0308\u0301",
        'և' => "ԵՒ",
        'ﬀ' => "FF",
        'ﬁ' => "FI",
        'ﬂ' => "FL",
        'ﬃ' => "FFI",
        'ﬄ' => "FFL",
        'ﬅ' or 'ﬆ' => "ST",
        _ => null,
    };

    // Unicode 3.13: a letter before it and none after it, marks and the like not counted. (Bounded: such runs are short, and a long one ends the search.)
    private static bool IsFinal(string text, int at)
    {
        const int Reach = 64;
        int before = at - 1;
        while (before >= 0 && at - before < Reach && IsIgnored(text[before])) before--;
        if (before < 0 || !IsCasedUnit(text, before)) return false;
        int after = at + 1;
        while (after < text.Length && after - at < Reach && IsIgnored(text[after])) after++;
        return after == text.Length || !IsCasedUnit(text, after);
    }

    private static bool IsIgnored(char c) => c is '\'' or '.' or ':' or '^' or '`' or '\u00a8' or '\u00ad' or '\u00b7' or '\u2018' or '\u2019'
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static bool IsCasedUnit(string text, int at) =>
        Rune.TryGetRuneAt(text, char.IsLowSurrogate(text[at]) && at > 0 ? at - 1 : at, out Rune rune) && PythonCharacters.IsCased(rune);
}
