namespace Heed.Studio.Pages.Inside;

/// <summary>A line of a list of bars.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Share">The bar's length, from 0 to 1.</param>
/// <param name="Value">Its value in words.</param>
public sealed record InsideBar(string Name, double Share, string Value)
{
    /// <summary>What the magnifier behind it does; null = there is none.</summary>
    public Action? Act { get; init; }

    /// <summary>The button's name.</summary>
    public string? ActName { get; init; }

    /// <summary>A probability, or another share of one.</summary>
    public static InsideBar Of(string name, double share, double most) => new(name, most > 0 ? share / most : 0, InsideText.Percent(share));
}
