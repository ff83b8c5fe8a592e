using System.Globalization;
using System.Text;

namespace Heed.Training;

/// <summary>Small pieces of pages.</summary>
internal static class Html
{
    /// <summary>A text as content or as the value of an attribute in double quotes.</summary>
    public static string Text(string text)
    {
        StringBuilder safe = new(text.Length);
        foreach (char c in text)
            safe.Append(c switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\n' or '\t' => c.ToString(),
                _ when char.IsControl(c) => "\uFFFD",
                _ => c.ToString(),
            });
        return safe.ToString();
    }

    /// <summary>A number with about four digits: 12,345 or 3.142 or 2.5e-05.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        if (!double.IsFinite(value)) return "-";
        if (size >= 1000) return value.ToString("N0", CultureInfo.InvariantCulture);
        if (size is > 0 and < 0.001) return value.ToString("0.###e-0", CultureInfo.InvariantCulture);
        return value.ToString(size >= 100 ? "0.#" : size >= 10 ? "0.##" : "0.####", CultureInfo.InvariantCulture);
    }

    /// <summary>A count in three digits: 912, 12.3 k, 4.5 M, 1.2 G.</summary>
    public static string Count(double value) => value switch
    {
        < 1e4 => value.ToString("N0", CultureInfo.InvariantCulture),
        < 1e6 => Number(Math.Round(value / 1e3, 1)) + " k",
        < 1e9 => Number(Math.Round(value / 1e6, 1)) + " M",
        _ => Number(Math.Round(value / 1e9, 1)) + " G",
    };

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (100 * share).ToString(share < 0.1 ? "0.##" : "0.#", CultureInfo.InvariantCulture) + "%";

    /// <summary>A time: 5.2 s, 12 min 34 s, 1 h 02 min.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 60 => seconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 60)} min {(int)(seconds % 60):D2} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)(seconds / 3600)} h {(int)(seconds % 3600 / 60):D2} min"),
    };

    /// <summary>A card with a heading.</summary>
    public static string Card(string heading, string content, string kind = "") => $"<section class=\"card {kind}\"><h2>{Text(heading)}</h2>\n{content}</section>\n";

    /// <summary>Names and values in two columns.</summary>
    public static string List(IEnumerable<(string Name, string Value, bool Strong)> rows)
    {
        StringBuilder list = new("<dl>\n");
        foreach ((string name, string value, bool strong) in rows) list.Append($"<div{(strong ? " class=\"strong\"" : "")}><dt>{Text(name)}</dt><dd>{Text(value)}</dd></div>\n");
        return list.Append("</dl>\n").ToString();
    }

    /// <summary>The large figures at the head of a page.</summary>
    public static string Tiles(IEnumerable<(string Name, string Value)> figures)
    {
        StringBuilder tiles = new("<div class=\"tiles\">\n");
        foreach ((string name, string value) in figures) tiles.Append($"<div><b>{Text(value)}</b><span>{Text(name)}</span></div>\n");
        return tiles.Append("</div>\n").ToString();
    }

    /// <summary>A whole page that needs nothing else: no network, no other file.</summary>
    public static string Page(string title, string subtitle, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Text(title)}</title>
        <style>
        {Resource("report.css")}</style>
        </head>
        <body>
        <main>
        <header><h1>{Text(title)}</h1><p>{Text(subtitle)}</p></header>
        {body}</main>
        <script>
        {Resource("report.js")}</script>
        </body>
        </html>

        """.ReplaceLineEndings("\n");

    private static string Resource(string name)
    {
        using Stream stream = typeof(Html).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the resource {name} is missing");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
