using System.Text;

namespace Heed.Bench.Results;

/// <summary>Whether Chinese verses keep the form that their first line names: "五言绝句" is two lines of two half-lines of five characters.</summary>
internal static class VerseForm
{
    /// <summary>Whether the lines behind form and title are verses of that form.</summary>
    /// <param name="poem">Form, title and verses, each in a line of its own.</param>
    /// <param name="why">What is wrong.</param>
    public static bool Keeps(string poem, out string why)
    {
        string[] lines = poem.Split('\n');
        string form = lines[0].Trim();
        int length = form.StartsWith('五') ? 5 : form.StartsWith('七') ? 7 : 0;
        if (length == 0 || lines.Length < 3) return Fails(out why, length == 0 ? "no form" : "no verses");
        string[] verses = [.. lines[2..].Select(l => l.Trim())];
        if (verses[^1].Length == 0) verses = verses[..^1];
        int? wanted = form.EndsWith("绝句", StringComparison.Ordinal) ? 2 : form.EndsWith("律诗", StringComparison.Ordinal) ? 4 : null;
        if (wanted is { } count && verses.Length != count) return Fails(out why, $"{verses.Length} lines instead of {count}");
        foreach (string verse in verses)
        {
            string[] halves = verse.Split(['，', '。', '？', '！', '；', '、', '：'], StringSplitOptions.RemoveEmptyEntries);
            if (halves.Length != 2 || halves.Any(h => Characters(h) != length)) return Fails(out why, $"a line of {string.Join(" + ", halves.Select(Characters))} instead of {length} + {length}");
        }
        why = "";
        return true;
    }

    // Characters of Chinese script; anything else counts as none.
    private static int Characters(string half)
    {
        int count = 0;
        foreach (Rune rune in half.EnumerateRunes())
        {
            if (rune.Value is (>= 0x3400 and <= 0x9FFF) or (>= 0x20000 and <= 0x3FFFF) or 0x3007) count++;
            else return -1;
        }
        return count;
    }

    private static bool Fails(out string why, string reason)
    {
        why = reason;
        return false;
    }
}
