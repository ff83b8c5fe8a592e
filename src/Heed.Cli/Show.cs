using System.Globalization;
using System.Text;
using Heed.Tokenization;

namespace Heed.Cli;

/// <summary>Small texts that every screen uses.</summary>
internal static class Show
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>A number in the invariant culture.</summary>
    public static string Number(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";

    /// <summary>A probability in percent, with more places where it is small.</summary>
    public static string Percent(double probability) => Number(100 * probability, probability < 0.001 ? "F3" : "F1") + "%";

    /// <summary>A time as 0:05, 12:34 or 1:02:03.</summary>
    public static string Time(TimeSpan time)
    {
        if (time < TimeSpan.Zero || time.TotalDays > 999) return "-";
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:D2}");
    }

    /// <summary>A count in words of three digits: 912, 12.3 thousand, 4.5 million, 1.2 billion.</summary>
    public static string Count(long value) => value switch
    {
        < 10_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        < 1_000_000 => Number(value / 1e3, "F0") + " thousand",
        < 1_000_000_000 => Number(value / 1e6, "0.##") + " million",
        _ => Number(value / 1e9, "0.##") + " billion",
    };

    /// <summary>A share of <paramref name="width"/> cells, drawn to an eighth of a cell.</summary>
    public static string Bar(double share, int width)
    {
        int eighths = (int)Math.Round(Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1) * width * 8);
        string bar = new string('█', eighths / 8) + (eighths % 8 > 0 ? Eighths[eighths % 8] : "");
        return bar.Length == 0 && share > 0 ? "▏" : bar;
    }

    /// <summary>A token with its spaces and line ends visible; bytes that are no whole characters as &lt;E4 BD&gt;.</summary>
    public static string Token(Tokenizer tokenizer, int id)
    {
        if (id >= tokenizer.VocabularySize) return $"<{id.ToString(CultureInfo.InvariantCulture)}>";
        byte[] bytes = tokenizer.DecodeBytes([id]);
        StringBuilder shown = new();
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty;)
        {
            bool whole = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (whole) shown.Append(Visible(rune));
            else
            {
                length = rest.Length == bytes.Length ? WrongBytes(rest) : length;
                shown.Append('<').AppendJoin(' ', rest[..length].ToArray().Select(b => b.ToString("X2", CultureInfo.InvariantCulture))).Append('>');
            }
            rest = rest[length..];
        }
        return shown.ToString();
    }

    /// <summary>Text in one line with its spaces as they are and its line ends visible.</summary>
    public static string OneLine(string text)
    {
        StringBuilder shown = new();
        foreach (Rune rune in text.EnumerateRunes()) shown.Append(rune.Value == ' ' ? " " : Visible(rune));
        return shown.ToString();
    }

    /// <summary>The beginning of a text that fits into a number of terminal cells; Chinese characters take two.</summary>
    public static string Crop(string text, int cells)
    {
        int taken = 0;
        for (int i = 0; i < text.Length; i++)
        {
            taken += Cells(text[i]);
            if (taken > cells) return string.Concat(text.AsSpan(0, char.IsLowSurrogate(text[i]) ? i - 1 : i), "…");
        }
        return text;
    }

    /// <summary>Cells that a character takes in a terminal.</summary>
    public static int Cells(char c) => c is >= '\u1100' and <= '\u115F' or >= '\u2E80' and <= '\uA4CF' or >= '\uAC00' and <= '\uD7A3' or >= '\uF900' and <= '\uFAFF' or >= '\uFE30' and <= '\uFE6F' or >= '\uFF00' and <= '\uFF60' ? 2 : 1;

    /// <summary>Text whose lone surrogates are U+FFFD, as every tokenizer sees them.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(char.IsSurrogate)) return text;
        StringBuilder clean = new();
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(rune);
        return clean.ToString();
    }

    private static int WrongBytes(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        while (length < bytes.Length && Rune.DecodeFromUtf8(bytes[length..], out _, out int part) != System.Buffers.OperationStatus.Done) length += part;
        return length;
    }

    private static string Visible(Rune rune) => rune.Value switch
    {
        ' ' => "·",
        '\n' => "⏎",
        '\r' => "␍",
        '\t' => "⇥",
        < 0x20 => ((char)(0x2400 + rune.Value)).ToString(),
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned => $"<U+{rune.Value:X4}>",
        _ => rune.ToString(),
    };
}
