using System.Globalization;
using System.Text;

namespace Heed.Cli;

/// <summary>
/// Draws attention as two columns of tokens with lines between them, whose width and strength are the weight's share of the greatest one: the well-known picture of what "it" looks at.
/// It reads on white and on dark ground.
/// </summary>
internal static class AttentionSvg
{
    private const double Line = 26, Top = 74, Gap = 300, Widest = 11, Margin = 24;
    private const string Ink = "#7c8594", Strong = "#e0813a", Mark = "#4b8fd8";

    public static string Draw(AttentionPicture picture)
    {
        double left = Margin + TextWidth(picture.Queries), right = left + Gap, width = right + TextWidth(picture.Keys) + Margin;
        double height = Top + Line * Math.Max(picture.Queries.Count, picture.Keys.Count) + Margin;
        width = Math.Max(width, 2 * Margin + 8 * picture.Title.Length);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"15\" fill=\"{Ink}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(picture.Title)}</title>\n<text x=\"{Margin}\" y=\"28\" font-size=\"15\" font-weight=\"600\">{Escape(picture.Title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"54\" text-anchor=\"end\" font-size=\"12\">{(picture.Cross ? "written" : "looks")}</text><text x=\"{right}\" y=\"54\" font-size=\"12\">{(picture.Cross ? "source" : "is looked at")}</text>\n");
        (int Query, int Key, double Weight)[] lines = [.. Weights(picture)];
        double most = lines.Length > 0 ? lines[^1].Weight : 1;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left + Gap / 2:0.#}\" y=\"54\" text-anchor=\"middle\" font-size=\"12\">widest line: {Show.Percent(most)}</text>\n");
        foreach ((int query, int key, double weight) in lines)
        {
            double share = weight / most;
            double y1 = Y(query), y2 = Y(key), x1 = left + 8, x2 = right - 8;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1:0.#} {y1:0.#}C{x1 + Gap / 3:0.#} {y1:0.#} {x2 - Gap / 3:0.#} {y2:0.#} {x2:0.#} {y2:0.#}\" fill=\"none\" stroke=\"{Strong}\" stroke-width=\"{Math.Max(0.4, Widest * share):0.##}\" stroke-opacity=\"{0.1 + 0.75 * share * share:0.###}\"><title>{Escape(picture.Queries[query])} - {Escape(picture.Keys[key])}: {Show.Percent(weight)}</title></path>\n");
        }
        for (int i = 0; i < picture.Queries.Count; i++) Token(left, i, "end", picture.Queries[i], picture.Selected == i);
        for (int i = 0; i < picture.Keys.Count; i++) Token(right, i, "start", picture.Keys[i], picture.Selected is { } row && picture.Weights[row][i] == picture.Weights[row].Max());
        return svg.Append("</svg>\n").ToString();

        void Token(double x, int row, string anchor, string text, bool marked) =>
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{Y(row) + 5:0.#}\" text-anchor=\"{anchor}\"{(marked ? $" fill=\"{Mark}\" font-weight=\"700\"" : "")}>{Escape(text)}</text>\n");
    }

    // Weak lines first, so that strong ones lie above them; those that nobody would see are left out.
    private static IEnumerable<(int Query, int Key, double Weight)> Weights(AttentionPicture picture) =>
        Enumerable.Range(0, picture.Queries.Count).Where(q => picture.Selected is null || picture.Selected == q)
            .SelectMany(q => picture.Weights[q].Select((weight, key) => (Query: q, Key: key, Weight: (double)weight)))
            .Where(w => w.Weight >= 0.005).OrderBy(w => w.Weight);

    private static double Y(int row) => Top + Line * (row + 0.5);

    private static double TextWidth(IReadOnlyList<string> tokens) => tokens.Max(t => Show.OneLine(t).Sum(c => 9.0 * Show.Cells(c)));

    private static string Escape(string text) => Show.OneLine(text).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
