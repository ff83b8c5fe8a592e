using System.Globalization;

namespace Heed.Studio.Charts;

/// <summary>A range of values that starts and ends at round numbers, and the numbers between.</summary>
public sealed class ChartScale
{
    /// <summary>Covers values.</summary>
    /// <param name="least">The least.</param>
    /// <param name="most">The greatest.</param>
    /// <param name="ticks">About how many numbers to write.</param>
    public ChartScale(double least, double most, int ticks)
    {
        if (!(double.IsFinite(least) && double.IsFinite(most)) || most < least) (least, most) = (0, 1);
        if (most - least < 1e-12 * Math.Max(1, Math.Abs(most))) (least, most) = (least - 0.5, most + 0.5);
        double rough = (most - least) / ticks, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        Step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        Least = Math.Floor(least / Step) * Step;
        Most = Math.Ceiling(most / Step) * Step;
    }

    /// <summary>The first value.</summary>
    public double Least { get; }

    /// <summary>The last value.</summary>
    public double Most { get; }

    /// <summary>What lies between two numbers that are written.</summary>
    public double Step { get; }

    /// <summary>The numbers that are written.</summary>
    public IEnumerable<double> Ticks
    {
        get
        {
            int count = (int)Math.Round((Most - Least) / Step);
            for (int i = 0; i <= count; i++) yield return Least + i * Step;
        }
    }

    /// <summary>Where a value lies, from 0 to 1.</summary>
    public double Place(double value) => (value - Least) / (Most - Least);

    /// <summary>A number of <see cref="Ticks"/> as it is written: 1500000 is 1.5M.</summary>
    public string Text(double value)
    {
        (double unit, string suffix) = Most switch { >= 1e9 => (1e9, "G"), >= 1e6 => (1e6, "M"), >= 1e4 => (1e3, "k"), _ => (1, "") };
        int digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(Step / unit) - 1e-9), 0, 6);
        return (Math.Abs(value) < Step * 1e-6 ? 0 : value / unit).ToString("F" + digits, CultureInfo.InvariantCulture) + suffix;
    }
}
