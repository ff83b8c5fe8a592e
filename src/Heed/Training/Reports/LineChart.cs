using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>How a line of a chart is drawn.</summary>
internal enum LineStyle : byte
{
    Strong,
    Faint,
    Dots,
    Dashed,
}

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is; lines of one name and colour share an entry of the legend.</param>
/// <param name="Points">Its points, x rising.</param>
/// <param name="Colour">Number of its colour, from 0.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, int Colour, LineStyle Style = LineStyle.Strong)
{
    /// <summary>Whether its values are told where the pointer is.</summary>
    public bool Told { get; init; } = true;

    /// <summary>What stands behind its name there.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>
/// Draws lines as SVG that stretches to any width while its texts, which are HTML around it, keep their size. The values lie beside it as JSON
/// for the script that tells them where the pointer is; without the script it is a picture.
/// </summary>
internal static class LineChart
{
    private const double Side = 1000; // of the picture, in its own units
    private const int Colours = 8;

    /// <summary>The chart as HTML.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="across">What its x axis counts.</param>
    /// <param name="lines">Its lines; those without points are left out.</param>
    /// <param name="fromZero">Whether the y axis begins at 0.</param>
    /// <param name="small">Whether it is one of several in a row.</param>
    public static string Draw(string title, string across, IEnumerable<ChartLine> lines, bool fromZero = false, bool small = false)
    {
        ChartLine[] drawn = [.. lines.Where(l => l.Points.Count > 0)];
        if (drawn.Length == 0) return "";
        ChartScale x = new(Math.Min(0, drawn.Min(l => l.Points[0].X)), drawn.Max(l => l.Points[^1].X), small ? 3 : 6), y = Heights(drawn, fromZero, small);
        StringBuilder html = new();
        html.Append(CultureInfo.InvariantCulture, $"<figure class=\"chart{(small ? " small" : "")}\"><figcaption>{Html.Text(title)}{Legend(drawn)}</figcaption>\n<div class=\"plot\"><div class=\"y\">");
        foreach (double tick in y.Ticks) html.Append(CultureInfo.InvariantCulture, $"<span style=\"bottom:{100 * y.Share(tick):0.##}%\">{y.Label(tick)}</span>");
        html.Append(CultureInfo.InvariantCulture, $"</div><div class=\"area\"><svg viewBox=\"0 0 {Side} {Side}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{Html.Text(title)}\">\n<path class=\"grid\" d=\"");
        foreach (double tick in y.Ticks) html.Append(CultureInfo.InvariantCulture, $"M0 {Side * (1 - y.Share(tick)):0.#}H{Side}");
        html.Append("\"/>\n");
        foreach (ChartLine line in drawn) html.Append(CultureInfo.InvariantCulture, $"<path class=\"c{line.Colour % Colours} {line.Style.ToString().ToLowerInvariant()}\" d=\"{Way(line, x, y)}\"/>\n");
        html.Append("</svg><div class=\"cross\" hidden></div><div class=\"tip\" hidden></div></div><div></div><div class=\"x\">");
        foreach (double tick in x.Ticks) html.Append(CultureInfo.InvariantCulture, $"<span style=\"left:{100 * x.Share(tick):0.##}%\">{x.Label(tick)}</span>");
        html.Append(CultureInfo.InvariantCulture, $"</div><div></div><div class=\"across\">{Html.Text(across)}</div></div>\n<script type=\"application/json\">{Values(across, x, drawn)}</script></figure>\n");
        return html.ToString();
    }

    // A few outliers of the faint lines may leave the picture, and so may the first steps, which are worse than a dashed line that all must beat.
    private static ChartScale Heights(ChartLine[] lines, bool fromZero, bool small)
    {
        double low = double.MaxValue, high = double.MinValue;
        foreach (ChartLine line in lines)
        {
            double[] values = [.. line.Points.Select(p => p.Y).Order()];
            low = Math.Min(low, values[0]);
            high = Math.Max(high, line.Style == LineStyle.Faint ? values[(int)(0.995 * (values.Length - 1))] : values[^1]);
        }
        if (lines.FirstOrDefault(l => l.Style == LineStyle.Dashed) is { } level)
            high = Math.Min(high, Math.Max(1.15 * level.Points[0].Y, lines.Where(l => l.Style == LineStyle.Dots).SelectMany(l => l.Points).Select(p => p.Y).DefaultIfEmpty(0).Max()));
        double room = 0.05 * (high - low);
        return fromZero ? new ChartScale(Math.Min(0, low), high + room, small ? 3 : 5) : new ChartScale(low - room, high + room, small ? 3 : 5);
    }

    private static string Way(ChartLine line, ChartScale x, ChartScale y)
    {
        StringBuilder way = new();
        foreach ((double px, double py) in line.Points)
        {
            double left = Side * x.Share(px), top = Math.Clamp(Side * (1 - y.Share(py)), -Side, 2 * Side);
            way.Append(CultureInfo.InvariantCulture, $"{(way.Length == 0 || line.Style == LineStyle.Dots ? 'M' : 'L')}{left:0.#} {top:0.#}");
            if (line.Style == LineStyle.Dots) way.Append("h0"); // a round cap of a line without length is a dot that does not stretch
        }
        return way.ToString();
    }

    private static string Legend(ChartLine[] lines)
    {
        var entries = lines.DistinctBy(l => (l.Name, l.Colour)).ToArray();
        if (entries.Length < 2) return "";
        return "<span class=\"legend\">" + string.Concat(entries.Select(l => $"<span class=\"c{l.Colour % Colours} {(l.Style == LineStyle.Dots ? "dot" : "")}\">{Html.Text(l.Name)}</span>")) + "</span>";
    }

    private static string Values(string across, ChartScale x, ChartLine[] lines)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream)) // its encoder leaves no "<"
        {
            w.WriteStartObject();
            w.WriteString("across", across);
            w.WriteNumber("low", Short(x.Low));
            w.WriteNumber("high", Short(x.High));
            w.WriteStartArray("lines");
            foreach (ChartLine line in lines.Where(l => l.Told))
            {
                w.WriteStartObject();
                w.WriteString("name", line.Name + line.Detail);
                w.WriteNumber("colour", line.Colour % Colours);
                w.WriteStartArray("x");
                foreach ((double px, _) in line.Points) w.WriteNumberValue(Short(px));
                w.WriteEndArray();
                w.WriteStartArray("y");
                foreach ((_, double py) in line.Points) w.WriteNumberValue(Short(py));
                w.WriteEndArray();
                w.WriteEndObject();
            }
            w.WriteEndArray();
            w.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // Six digits are more than anybody reads off.
    private static double Short(double value) => double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
