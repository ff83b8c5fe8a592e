using System.Globalization;
using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>A moment by a format of C's <c>strftime</c>, in English. The time zone is unknown: %z and %Z are empty, as for Python's plain datetime.</summary>
internal static class DateText
{
    /// <summary>An unknown letter keeps its "%". A "-" behind the "%" leaves padding out.</summary>
    public static string Format(string format, DateTime moment)
    {
        var text = new StringBuilder(format.Length * 2);
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }
            int start = at++;
            bool unpadded = format[at] == '-' && at + 1 < format.Length;
            if (unpadded) at++;
            string? field = Field(format[at], moment);
            if (field is null) text.Append(format, start, at - start + 1);
            else text.Append(unpadded ? Unpadded(field) : field);
        }
        return text.ToString();
    }

    private static string Unpadded(string field) => field.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0";

    private static string? Field(char letter, DateTime t)
    {
        string By(string pattern) => t.ToString(pattern, CultureInfo.InvariantCulture);
        string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
        return letter switch
        {
            'a' => By("ddd"),
            'A' => By("dddd"),
            'b' or 'h' => By("MMM"),
            'B' => By("MMMM"),
            'c' => Format("%a %b %e %H:%M:%S %Y", t),
            'C' => Two(t.Year / 100),
            'd' => By("dd"),
            'D' or 'x' => Format("%m/%d/%y", t),
            'e' => t.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'f' => By("ffffff"),
            'F' => Format("%Y-%m-%d", t),
            'g' => Two(ISOWeek.GetYear(t) % 100),
            'G' => ISOWeek.GetYear(t).ToString(CultureInfo.InvariantCulture),
            'H' => By("HH"),
            'I' => By("hh"),
            'j' => t.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'k' => t.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'l' => ((t.Hour + 11) % 12 + 1).ToString(CultureInfo.InvariantCulture).PadLeft(2),
            'm' => By("MM"),
            'M' => By("mm"),
            'n' => "\n",
            'p' => t.Hour < 12 ? "AM" : "PM",
            'P' => t.Hour < 12 ? "am" : "pm",
            'r' => Format("%I:%M:%S %p", t),
            'R' => Format("%H:%M", t),
            's' => ((long)(t.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds).ToString(CultureInfo.InvariantCulture),
            'S' => By("ss"),
            't' => "\t",
            'T' or 'X' => Format("%H:%M:%S", t),
            'u' => (((int)t.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
            'U' => Two((t.DayOfYear + 6 - (int)t.DayOfWeek) / 7),
            'V' => Two(ISOWeek.GetWeekOfYear(t)),
            'w' => ((int)t.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'W' => Two((t.DayOfYear + 6 - ((int)t.DayOfWeek + 6) % 7) / 7),
            'y' => Two(t.Year % 100),
            'Y' => t.Year.ToString(CultureInfo.InvariantCulture),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }
}
