using System.Text;

namespace Heed.Metrics;

/// <summary>Cuts texts for ROUGE.</summary>
public static class RougeTokenizer
{
    /// <summary>The tokens of a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tokenization.</exception>
    public static string[] Tokenize(string text, RougeTokenization tokenization)
    {
        ArgumentNullException.ThrowIfNull(text);
        return tokenization switch
        {
            RougeTokenization.Words => Words(text),
            RougeTokenization.Stems => [.. Words(text).Select(w => w.Length > 3 ? PorterStemmer.Stem(w) : w)],
            RougeTokenization.Characters => Characters(text),
            _ => throw new ArgumentOutOfRangeException(nameof(tokenization), tokenization, "there is no such tokenization"),
        };
    }

    private static string[] Words(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        foreach (char c in text.ToLowerInvariant())
            if (c is >= 'a' and <= 'z' or >= '0' and <= '9') word.Append(c);
            else End(words, word);
        End(words, word);
        return [.. words];
    }

    private static string[] Characters(string text)
    {
        List<string> tokens = [];
        StringBuilder word = new();
        foreach (Rune rune in text.ToLowerInvariant().EnumerateRunes())
        {
            bool alone = StandsAlone(rune.Value);
            if (alone || !Rune.IsLetterOrDigit(rune)) End(tokens, word);
            if (alone) tokens.Add(rune.ToString());
            else if (Rune.IsLetterOrDigit(rune)) word.Append(rune);
        }
        End(tokens, word);
        return [.. tokens];
    }

    private static void End(List<string> words, StringBuilder word)
    {
        if (word.Length > 0) words.Add(word.ToString());
        word.Clear();
    }

    // Ideographs with their extensions and compatibility forms, kana, hangul.
    private static bool StandsAlone(int c) => c is >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF
        or >= 0x3041 and <= 0x3096 or >= 0x30A1 and <= 0x30FA or >= 0xAC00 and <= 0xD7A3 or 0x3005 or 0x3007;
}
