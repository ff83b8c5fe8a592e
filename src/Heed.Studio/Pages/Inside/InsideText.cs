using System.Globalization;

namespace Heed.Studio.Pages.Inside;

/// <summary>Tokens and numbers as the page writes them.</summary>
internal static class InsideText
{
    /// <summary>A token in a row of others, without the space before it.</summary>
    public static string Short(string token) => token.Trim(' ') is { Length: > 0 } text ? TokenLabel.Visible(text) : TokenLabel.Visible(token);

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (100 * share).ToString(share < 0.001 ? "0.###" : "0.0", CultureInfo.InvariantCulture) + "%";

    /// <summary>A number for SVG and CSS.</summary>
    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>About how wide a token is in letters of 14 pixels.</summary>
    public static double Width(string token) => token.Sum(c => c < 0x2e80 ? 8.4 : 15);
}
