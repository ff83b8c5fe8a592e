using System.Globalization;
using System.Text;
using Heed.Training;

namespace Heed.Cli;

/// <summary>Draws a comparison as an SVG picture of four panels that reads on white and on dark ground.</summary>
internal sealed class ComparisonSvg
{
    private const double Width = 960, Height = 700, PanelWidth = 380, PanelHeight = 220;
    private const string Ink = "#7c8594", Grid = "#8a93a2";
    private static readonly string[] Colors = ["#e0813a", "#4b8fd8", "#4aa36b", "#b067c9", "#c9506a", "#8c8c3a"];

    private readonly StringBuilder svg = new();
    private readonly IReadOnlyList<Contender> contenders;

    private ComparisonSvg(IReadOnlyList<Contender> contenders) => this.contenders = contenders;

    /// <summary>The picture.</summary>
    public static string Draw(IReadOnlyList<Contender> contenders, ComparisonTime time) => new ComparisonSvg(contenders).Draw(time);

    private string Draw(ComparisonTime time)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", contenders.Select(c => c.Family))}: {contenders.Average(c => c.Parameters) / 1e6:0.##} million weights each, {time.TextSeconds / 60:0.##} minutes of text and {time.RecallSeconds / 60:0.##} of recall each");
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"{Ink}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"64\" y=\"30\" font-size=\"16\" font-weight=\"600\">{Escape(title)}</text>\n");
        for (int i = 0; i < contenders.Count; i++)
        {
            Line(66 + 150 * i, 49, 92 + 150 * i, 49, $"stroke=\"{Color(i)}\" stroke-width=\"3\"");
            Text(98 + 150 * i, 53, "start", contenders[i].Family);
        }
        Losses(64, 92, "validation loss by training time", "minutes", p => p.Seconds / 60);
        Losses(548, 92, "validation loss by tokens read", "million tokens", p => p.Tokens / 1e6);
        Speeds(64, 400);
        Recall(548, 400);
        return svg.Append("</svg>\n").ToString();
    }

    private void Losses(double left, double top, string title, string unit, Func<ComparisonPoint, double> place)
    {
        double[] losses = [.. contenders.SelectMany(c => c.Curve.Select(p => p.Loss)).Where(double.IsFinite)];
        double end = contenders.Max(c => c.Curve.Max(place));
        Frame(left, top, title, unit, Axis.Ticks(losses.Min(), losses.Max(), 5), Axis.Ticks(0, end, 6), end, out Func<double, double> x, out Func<double, double> y);
        for (int i = 0; i < contenders.Count; i++) Path([.. contenders[i].Curve.Select(p => (x(place(p)), y(p.Loss)))], Color(i), dots: false);
    }

    private void Recall(double left, double top)
    {
        double[] places = [.. contenders[0].Recall.Select(r => Math.Log2(r.Distance))];
        Frame(left, top, $"recall of a value over noise (chance: 1 of {Data.RecallSequences.Kinds})", "tokens between", [0, 0.2, 0.4, 0.6, 0.8, 1], places, places[^1], out Func<double, double> x, out Func<double, double> y, places[0], Comparison.Distances);
        for (int i = 0; i < contenders.Count; i++) Path([.. contenders[i].Recall.Select(r => (x(Math.Log2(r.Distance)), y(r.Accuracy)))], Color(i), dots: true);
    }

    private void Speeds(double left, double top)
    {
        Text(left, top - 12, "start", "tokens read in a second of training", "font-weight=\"600\"");
        double most = contenders.Max(c => c.TokensPerSecond), height = Math.Min(44, PanelHeight / contenders.Count);
        for (int i = 0; i < contenders.Count; i++)
        {
            double at = top + 8 + i * height, length = (PanelWidth - 150) * contenders[i].TokensPerSecond / most;
            Text(left + 66, at + 0.42 * height + 4, "end", contenders[i].Family);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left + 74:0.#}\" y=\"{at:0.#}\" width=\"{length:0.#}\" height=\"{0.84 * height:0.#}\" fill=\"{Color(i)}\" rx=\"2\"/>\n");
            Text(left + 82 + length, at + 0.42 * height + 4, "start", contenders[i].TokensPerSecond.ToString("N0", CultureInfo.InvariantCulture));
        }
    }

    // Axes and grid; the first of the ticks is the origin unless another one is given.
    private void Frame(double left, double top, string title, string unit, double[] high, double[] wide, double end, out Func<double, double> x, out Func<double, double> y, double begin = 0, IReadOnlyList<int>? names = null)
    {
        double low = high[0], span = Math.Max(high[^1] - low, 1e-9), range = Math.Max(end - begin, 1e-9);
        x = value => left + PanelWidth * (value - begin) / range;
        y = value => top + PanelHeight * (1 - (value - low) / span);
        Text(left, top - 12, "start", title, "font-weight=\"600\"");
        foreach (double tick in high)
        {
            Line(left, y(tick), left + PanelWidth, y(tick), $"stroke=\"{Grid}\" stroke-opacity=\"0.22\"");
            Text(left - 8, y(tick) + 4.5, "end", Axis.Label(tick, high));
        }
        for (int i = 0; i < wide.Length; i++)
        {
            if (wide[i] > end + 1e-9) continue;
            Line(x(wide[i]), top + PanelHeight, x(wide[i]), top + PanelHeight + 5, $"stroke=\"{Grid}\" stroke-opacity=\"0.6\"");
            Text(x(wide[i]), top + PanelHeight + 20, "middle", names is null ? Axis.Label(wide[i], wide) : names[i].ToString(CultureInfo.InvariantCulture));
        }
        Line(left, top + PanelHeight, left + PanelWidth, top + PanelHeight, $"stroke=\"{Grid}\" stroke-opacity=\"0.6\"");
        Text(left + PanelWidth / 2, top + PanelHeight + 38, "middle", unit);
    }

    private void Path(IReadOnlyList<(double X, double Y)> points, string color, bool dots)
    {
        if (points.Count > 1)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path fill=\"none\" stroke-linejoin=\"round\" stroke=\"{color}\" stroke-width=\"2.2\" d=\"");
            for (int i = 0; i < points.Count; i++) svg.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "M" : "L")}{points[i].X:0.#} {points[i].Y:0.#}");
            svg.Append("\"/>\n");
        }
        foreach ((double x, double y) in dots ? points : [points[^1]]) svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.4\" fill=\"{color}\"/>\n");
    }

    private void Line(double x1, double y1, double x2, double y2, string style) => svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" {style}/>\n");

    private void Text(double x, double y, string anchor, string text, string style = "") => svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" {style}>{Escape(text)}</text>\n");

    private static string Color(int i) => Colors[i % Colors.Length];

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
