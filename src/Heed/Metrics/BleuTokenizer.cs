using System.Text;
using System.Text.RegularExpressions;

namespace Heed.Metrics;

/// <summary>How a text is cut into tokens before BLEU counts them.</summary>
public enum BleuTokenization
{
    /// <summary>That of NIST's mteval-v13a, with which most figures are published ("13a").</summary>
    Mteval13a,

    /// <summary>Every Chinese character alone, the rest as <see cref="Mteval13a"/> ("zh").</summary>
    Chinese,

    /// <summary>Every character alone ("char").</summary>
    Characters,

    /// <summary>At white space only, for texts that are tokens already ("none").</summary>
    None,
}

/// <summary>The tokenizers of sacrebleu (Post 2018, "A Call for Clarity in Reporting BLEU Scores"), which figures must share to compare.</summary>
public static class BleuTokenizer
{
    // The signs of ASCII but for ' , - .
    private static readonly Regex Symbol = new(@"[ -&(-+:-@/\[-`{-~]", RegexOptions.CultureInvariant);
    private static readonly Regex MarkAfterOther = new("([^0-9])([.,])", RegexOptions.CultureInvariant);
    private static readonly Regex MarkBeforeOther = new("([.,])([^0-9])", RegexOptions.CultureInvariant);
    private static readonly Regex DashAfterDigit = new("([0-9])(-)", RegexOptions.CultureInvariant);

    // Blocks of Chinese writing, its punctuation, and its neighbours. The two marked ones are as wide as sacrebleu has them, where a code of
    // five digits is read as one of four and a digit: so curly quotes and dashes count, and what is beyond U+FFFF does not.
    private static readonly (char First, char Last)[] ChineseBlocks =
    [
        ('\u2001', '\u2A6D'), // marked
        ('\u2E80', '\u2EFF'), ('\u2F00', '\u2FDF'),
        ('\u2F81', '\u2FA1'), // marked
        ('\u2FF0', '\u303F'), ('\u3100', '\u312F'), ('\u31A0', '\u31BF'), ('\u31C0', '\u31EF'), ('\u3200', '\u33FF'), ('\u3400', '\u4DB5'),
        ('\u4E00', '\u9FBB'), ('\uF900', '\uFA2D'), ('\uFA30', '\uFA6A'), ('\uFA70', '\uFAD9'), ('\uFE10', '\uFE1F'), ('\uFE30', '\uFE4F'), ('\uFF00', '\uFFEF'),
    ];

    /// <summary>The tokens of a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such tokenization.</exception>
    public static string[] Tokenize(string text, BleuTokenization tokenization)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = MetricText.TrimEnd(text);
        return tokenization switch
        {
            BleuTokenization.Mteval13a => MetricText.Words(SplitPunctuation($" {Unescape(text)} ")),
            BleuTokenization.Chinese => MetricText.Words(SplitPunctuation(SplitChinese(MetricText.TrimStart(text)))),
            BleuTokenization.Characters => [.. MetricText.Characters(text).Where(c => !MetricText.IsSpace(c[0]))],
            BleuTokenization.None => MetricText.Words(text),
            _ => throw new ArgumentOutOfRangeException(nameof(tokenization), tokenization, "there is no such tokenization"),
        };
    }

    /// <summary>The name that signatures have: 13a, zh, char or none.</summary>
    public static string NameOf(BleuTokenization tokenization) => tokenization switch
    {
        BleuTokenization.Mteval13a => "13a",
        BleuTokenization.Chinese => "zh",
        BleuTokenization.Characters => "char",
        BleuTokenization.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(tokenization), tokenization, "there is no such tokenization"),
    };

    // Words cut by a hyphen at a line's end are joined; the four entities of SGML become characters.
    private static string Unescape(string text)
    {
        text = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        return !text.Contains('&') ? text : text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
    }

    private static string SplitChinese(string text)
    {
        StringBuilder split = new(3 * text.Length);
        foreach (char c in text)
            if (IsChinese(c)) split.Append(' ').Append(c).Append(' ');
            else split.Append(c);
        return split.ToString();
    }

    private static bool IsChinese(char c)
    {
        foreach ((char first, char last) in ChineseBlocks)
            if (c >= first && c <= last) return true;
        return false;
    }

    private static string SplitPunctuation(string text)
    {
        text = Symbol.Replace(text, " $0 ");
        text = MarkAfterOther.Replace(text, "$1 $2 ");
        text = MarkBeforeOther.Replace(text, " $1 $2");
        return DashAfterDigit.Replace(text, "$1 $2 ");
    }
}
