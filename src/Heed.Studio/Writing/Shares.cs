using System.Globalization;

namespace Heed.Studio;

/// <summary>Probabilities as people read them.</summary>
internal static class Shares
{
    /// <summary>In percent, with more places where it is small.</summary>
    public static string Percent(double p) => p switch
    {
        >= 0.9995 => "100%",
        >= 0.001 or 0 => (100 * p).ToString("0.0", CultureInfo.InvariantCulture) + "%",
        >= 0.00001 => (100 * p).ToString("0.000", CultureInfo.InvariantCulture) + "%",
        _ => "< 0.001%",
    };

    /// <summary>The width of a bar, for a style.</summary>
    public static string Width(double share) => (100 * Math.Clamp(share, 0, 1)).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
