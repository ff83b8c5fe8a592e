using System.Globalization;
using System.Text;
using Heed.Training;

namespace Heed.Cli;

/// <summary>Draws the loss by the learning rate, whose axis is logarithmic, as an SVG picture that reads on white and on dark ground.</summary>
internal static class LearningRateSvg
{
    private const double Width = 760, Height = 420, Left = 64, Right = 24, Top = 56, Bottom = 56;
    private const string Ink = "#7c8594", Grid = "#8a93a2", Curve = "#4b8fd8", Mark = "#e0813a";

    /// <summary>The picture.</summary>
    public static string Draw(LearningRateCurve curve, string title)
    {
        double least = curve.Losses.Min(), most = Math.Min(curve.Losses.Max(), least + 1.3 * Math.Max(1e-6, curve.Losses[0] - least)); // where it runs away need not be seen
        double[] losses = Axis.Ticks(least, most, 6);
        (double low, double high) = (losses[0], losses[^1]);
        double from = Math.Log10(curve.Rates[0]), to = Math.Max(from + 0.1, Math.Log10(curve.Rates[^1]));
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"{Ink}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title>\n<text x=\"{Left}\" y=\"28\" font-size=\"16\" font-weight=\"600\">{Escape(title)}</text>\n");
        foreach (double loss in losses)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{Y(loss):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(loss):0.#}\" stroke=\"{Grid}\" stroke-opacity=\"0.22\"/><text x=\"{Left - 10}\" y=\"{Y(loss) + 4.5:0.#}\" text-anchor=\"end\">{Axis.Label(loss, losses)}</text>\n");
        for (int power = (int)Math.Ceiling(from - 1e-9); power <= to + 1e-9; power++)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(power):0.#}\" y1=\"{Height - Bottom}\" x2=\"{X(power):0.#}\" y2=\"{Height - Bottom + 5}\" stroke=\"{Grid}\" stroke-opacity=\"0.6\"/><text x=\"{X(power):0.#}\" y=\"{Height - Bottom + 21}\" text-anchor=\"middle\">1e{power}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{Height - Bottom}\" x2=\"{Width - Right}\" y2=\"{Height - Bottom}\" stroke=\"{Grid}\" stroke-opacity=\"0.6\"/><text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">learning rate</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(18 {(Top + Height - Bottom) / 2:0.#}) rotate(-90)\" text-anchor=\"middle\">loss, nats</text>\n<path fill=\"none\" stroke=\"{Curve}\" stroke-width=\"2.2\" stroke-linejoin=\"round\" d=\"");
        for (int i = 0; i < curve.Rates.Count; i++) svg.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "M" : "L")}{X(Math.Log10(curve.Rates[i])):0.#} {Y(Math.Min(curve.Losses[i], high)):0.#}");
        svg.Append("\"/>\n");
        if (curve.Steepest is { } rate)
        {
            double x = X(Math.Log10(rate));
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{Top}\" x2=\"{x:0.#}\" y2=\"{Height - Bottom}\" stroke=\"{Mark}\" stroke-dasharray=\"5 4\"/><text x=\"{x - 8:0.#}\" y=\"{Height - Bottom - 10:0.#}\" text-anchor=\"end\" fill=\"{Mark}\">falls fastest: {rate.ToString("0.0e-0", CultureInfo.InvariantCulture)}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();

        double X(double power) => Left + (Width - Left - Right) * (power - from) / (to - from);
        double Y(double loss) => Height - Bottom - (Height - Bottom - Top) * (loss - low) / (high - low);
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
