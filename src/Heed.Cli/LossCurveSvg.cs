using System.Globalization;
using System.Text;
using Heed.Formats;

namespace Heed.Cli;

/// <summary>Draws the losses of a run as an SVG picture that reads on white and on dark ground.</summary>
internal static class LossCurveSvg
{
    private const double Width = 760, Height = 440, Left = 64, Right = 24, Top = 56, Bottom = 56;
    private const string Ink = "#7c8594", Grid = "#8a93a2", Train = "#4b8fd8", Measured = "#e0813a";

    /// <summary>Draws the metrics of a run folder into its loss.svg; returns the path, or null if there is nothing to draw.</summary>
    public static string? Save(string folder, string title)
    {
        LossHistory history = LossHistory.Read(Path.Combine(folder, "metrics.jsonl"));
        if (history.Training.Count + history.Validation.Count == 0) return null;
        string path = Path.Combine(folder, "loss.svg");
        AtomicFile.WriteText(path, Draw(history, title));
        return path;
    }

    /// <summary>The picture.</summary>
    public static string Draw(LossHistory history, string title)
    {
        int steps = Math.Max(1, history.Training.Concat(history.Validation).Max(p => p.Step));
        (int Step, double Loss)[] smooth = LossHistory.Smooth(history.Training, LossHistory.Span(steps));
        double[] shown = [.. history.Training.Select(p => p.Loss), .. history.Validation.Select(p => p.Loss), .. history.Unigram is { } u ? (double[])[u] : []];
        double[] losses = Axis.Ticks(shown.Min(), shown.Max(), 6), times = Axis.Ticks(0, steps, 8);
        double low = Math.Min(losses[0], shown.Min()), high = Math.Max(losses[^1], shown.Max());
        if (high <= low) high = low + 1;

        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"{Ink}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"28\" font-size=\"16\" font-weight=\"600\">{Escape(title)}</text>\n");
        foreach (double loss in losses.Where(l => l >= low && l <= high))
        {
            Line(Left, Y(loss), Width - Right, Y(loss), $"stroke=\"{Grid}\" stroke-opacity=\"0.22\"");
            Text(Left - 10, Y(loss) + 4.5, "end", Axis.Label(loss, losses));
        }
        foreach (double time in times.Where(t => t <= steps))
        {
            Line(X(time), Height - Bottom, X(time), Height - Bottom + 5, $"stroke=\"{Grid}\" stroke-opacity=\"0.6\"");
            Text(X(time), Height - Bottom + 21, "middle", Axis.Label(time, times));
        }
        Line(Left, Height - Bottom, Width - Right, Height - Bottom, $"stroke=\"{Grid}\" stroke-opacity=\"0.6\"");
        Text((Left + Width - Right) / 2, Height - 12, "middle", "step");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(18 {(Top + Height - Bottom) / 2:0.#}) rotate(-90)\" text-anchor=\"middle\">loss, nats per token</text>\n");
        if (history.Unigram is { } unigram)
        {
            Line(Left, Y(unigram), Width - Right, Y(unigram), $"stroke=\"{Ink}\" stroke-dasharray=\"5 4\"");
            Text(Width - Right, Y(unigram) - 6, "end", "token frequencies alone");
        }
        Path(history.Training, $"stroke=\"{Train}\" stroke-width=\"1\" stroke-opacity=\"0.4\"");
        Path(smooth, $"stroke=\"{Train}\" stroke-width=\"2.2\"");
        Path(history.Validation, $"stroke=\"{Measured}\" stroke-width=\"1.6\" stroke-opacity=\"0.8\"");
        foreach ((int step, double loss) in history.Validation)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(step):0.#}\" cy=\"{Y(loss):0.#}\" r=\"3.4\" fill=\"{Measured}\"/>\n");
        Legend();
        return svg.Append("</svg>\n").ToString();

        double X(double step) => Left + (Width - Left - Right) * step / steps;
        double Y(double loss) => Height - Bottom - (Height - Bottom - Top) * (loss - low) / (high - low);
        void Line(double x1, double y1, double x2, double y2, string style) => svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" {style}/>\n");
        void Text(double x, double y, string anchor, string text) => svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{Escape(text)}</text>\n");

        void Path(IReadOnlyList<(int Step, double Loss)> points, string style)
        {
            if (points.Count < 2) return;
            svg.Append("<path fill=\"none\" stroke-linejoin=\"round\" ").Append(style).Append(" d=\"");
            for (int i = 0; i < points.Count; i++) svg.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "M" : "L")}{X(points[i].Step):0.#} {Y(points[i].Loss):0.#}");
            svg.Append("\"/>\n");
        }

        void Legend()
        {
            double x = Width - Right - 196;
            Line(x, 23.5, x + 22, 23.5, $"stroke=\"{Train}\" stroke-width=\"2.2\"");
            Text(x + 28, 28, "start", "training");
            if (history.Validation.Count == 0) return;
            Line(x + 102, 23.5, x + 124, 23.5, $"stroke=\"{Measured}\" stroke-width=\"1.6\"");
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x + 113:0.#}\" cy=\"23.5\" r=\"3.4\" fill=\"{Measured}\"/>\n");
            Text(x + 130, 28, "start", "validation");
        }
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}

/// <summary>Round numbers for an axis.</summary>
internal static class Axis
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten that reach from below the least to above the greatest value.</summary>
    public static double[] Ticks(double least, double greatest, int about)
    {
        double range = Math.Max(greatest - least, 1e-6), rough = range / Math.Max(1, about);
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        long first = (long)Math.Floor(least / step), last = (long)Math.Ceiling(greatest / step);
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    /// <summary>A tick's number with as many places as the ticks need.</summary>
    public static string Label(double tick, double[] ticks)
    {
        double step = ticks.Length > 1 ? ticks[1] - ticks[0] : 1;
        int places = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
        return tick.ToString($"N{places}", CultureInfo.InvariantCulture);
    }
}
