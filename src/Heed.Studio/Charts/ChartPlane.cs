using System.Globalization;

namespace Heed.Studio.Charts;

/// <summary>Where values lie in a chart's picture.</summary>
public sealed class ChartPlane
{
    public const int Width = 640, Height = 300, Left = 52, Right = 24, Bottom = 36, Top = 20;

    private readonly bool log;

    /// <summary>Covers all points of some lines.</summary>
    /// <param name="series">The lines.</param>
    /// <param name="logX">Whether equal ways along x are equal ratios; values of 0 and less are left out then.</param>
    public ChartPlane(IReadOnlyList<ChartSeries> series, bool logX)
    {
        log = logX;
        List<(double X, double Y)> all = [.. series.SelectMany(s => s.Points).Where(IsDrawn)];
        if (all.Count == 0) all.Add((logX ? 1 : 0, 0));
        double least = all.Min(p => p.X), most = all.Max(p => p.X);
        X = logX ? new ChartScale(Math.Floor(Math.Log10(least)), Math.Max(Math.Ceiling(Math.Log10(most)), Math.Floor(Math.Log10(least)) + 1), 6) : new ChartScale(least, most, 6);
        Y = new ChartScale(all.Min(p => p.Y), all.Max(p => p.Y), 5);
    }

    public ChartScale X { get; }

    public ChartScale Y { get; }

    public IEnumerable<(double At, string Text)> Across => X.Ticks.Where(t => !log || Math.Abs(t - Math.Round(t)) < 1e-6).Select(t => (AtX(t), log ? Power(Math.Pow(10, t)) : X.Text(t)));

    public IEnumerable<(double At, string Text)> Up => Y.Ticks.Select(t => (PlaceY(t), Y.Text(t)));

    public bool IsDrawn((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y) && (!log || point.X > 0);

    public double PlaceX(double value) => AtX(log ? Math.Log10(value) : value);

    public double PlaceY(double value) => Height - Bottom - Y.Place(value) * (Height - Bottom - Top);

    /// <summary>The value at a place between left and right.</summary>
    public double ValueX(double place)
    {
        double value = X.Least + (place - Left) / (Width - Left - Right) * (X.Most - X.Least);
        return log ? Math.Pow(10, value) : value;
    }

    /// <summary>A coordinate as SVG has it.</summary>
    public static string N(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>A value as the pointer shows it.</summary>
    public static string Value(double value) => Math.Abs(value) switch
    {
        >= 1e9 => (value / 1e9).ToString("F2", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("F2", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("F1", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("G4", CultureInfo.InvariantCulture),
    };

    private static string Power(double value) => value switch
    {
        >= 1e9 => $"{value / 1e9:0}G",
        >= 1e6 => $"{value / 1e6:0}M",
        >= 1e3 => $"{value / 1e3:0}k",
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };

    private double AtX(double value) => Left + X.Place(value) * (Width - Left - Right);
}
