using System.Globalization;

namespace Heed.Training;

/// <summary>An axis of a chart: its ends, and round numbers between them.</summary>
internal sealed class ChartScale
{
    private readonly double step;

    /// <param name="low">Lowest value.</param>
    /// <param name="high">Highest value.</param>
    /// <param name="about">How many round numbers are wanted.</param>
    public ChartScale(double low, double high, int about)
    {
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high))) high = low + (low == 0 ? 1 : Math.Abs(low) * 0.1);
        (Low, High) = (low, high);
        double rough = (high - low) / about, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power; // 1, 2 or 5 times a power of ten
        long first = (long)Math.Ceiling(low / step - 1e-9), last = (long)Math.Floor(high / step + 1e-9);
        Ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    public double Low { get; }

    public double High { get; }

    public double[] Ticks { get; }

    /// <summary>Where a value lies: 0 at the low end, 1 at the high end.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    /// <summary>A tick's number, with as many places as the ticks need.</summary>
    public string Label(double tick)
    {
        double most = Math.Max(Math.Abs(Low), Math.Abs(High));
        if (most >= 1e4) return most >= 1e9 ? Short(1e9, "G") : most >= 1e6 ? Short(1e6, "M") : Short(1e3, "k");
        if (most < 0.01) return tick == 0 ? "0" : tick.ToString("0.##e-0", CultureInfo.InvariantCulture);
        return tick.ToString($"N{Places(step)}", CultureInfo.InvariantCulture);

        string Short(double unit, string name) => tick == 0 ? "0" : (tick / unit).ToString($"N{Places(step / unit)}", CultureInfo.InvariantCulture) + name;
    }

    private static int Places(double step) => Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
}
