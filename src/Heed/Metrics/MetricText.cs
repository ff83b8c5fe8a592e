using System.Text;

namespace Heed.Metrics;

/// <summary>Texts as the programs cut them whose figures are to be met: white space and characters are those of Unicode, not of UTF-16.</summary>
internal static class MetricText
{
    /// <summary>White space, with the four separators U+001C to U+001F, which the original programs count too.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>The words between white space.</summary>
    public static string[] Words(string text)
    {
        List<string> words = [];
        for (int at = 0; at < text.Length;)
        {
            int begin = at;
            while (at < text.Length && !IsSpace(text[at])) at++;
            if (at > begin) words.Add(text[begin..at]);
            else at++;
        }
        return [.. words];
    }

    /// <summary>The text without white space at its end.</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    /// <summary>The text without white space at its beginning.</summary>
    public static string TrimStart(string text)
    {
        int begin = 0;
        while (begin < text.Length && IsSpace(text[begin])) begin++;
        return text[begin..];
    }

    /// <summary>Its characters, each as a text; what is beyond U+FFFF is one.</summary>
    public static List<string> Characters(string text)
    {
        List<string> characters = new(text.Length);
        for (int at = 0, length; at < text.Length; at += length) characters.Add(text.Substring(at, length = LengthAt(text, at)));
        return characters;
    }

    /// <summary>UTF-16 units of the character at a place.</summary>
    public static int LengthAt(string text, int at) => char.IsSurrogatePair(text, at) ? 2 : 1;

    /// <summary>The text without any white space.</summary>
    public static string WithoutSpaces(string text)
    {
        StringBuilder kept = new(text.Length);
        foreach (char c in text)
            if (!IsSpace(c)) kept.Append(c);
        return kept.ToString();
    }
}
