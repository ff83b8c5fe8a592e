using System.Globalization;
using System.Text.RegularExpressions;

namespace Heed.Training;

/// <summary>
/// Which weights stay as they are: a list of beginnings of names, such as <c>embedding,blocks.0-3</c>. A part of a name may be a range of
/// numbers or <c>*</c>; <c>!</c> before an entry takes its weights back. Later entries win.
/// </summary>
internal static partial class FrozenWeights
{
    /// <summary>The names that the list freezes.</summary>
    /// <exception cref="RecipeException">An entry names no weight, or nothing is left to learn.</exception>
    public static HashSet<string> Of(string? list, IReadOnlyList<string> names)
    {
        HashSet<string> frozen = [];
        foreach (string entry in list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            string[] parts = entry.TrimStart('!').Split('.');
            string[] named = [.. names.Where(n => Begins(n.Split('.'), parts))];
            if (named.Length == 0) throw Error($"\"{RecipeNode.Shorten(entry)}\" names no weight; there are {string.Join(", ", names.Select(n => Number().Replace(n, ".N.")).Distinct().Take(60))}");
            if (entry[0] == '!') frozen.ExceptWith(named);
            else frozen.UnionWith(named);
        }
        return frozen.Count < names.Count ? frozen : throw Error("all weights are frozen; nothing is left to learn");
    }

    private static bool Begins(string[] name, string[] entry) => name.Length >= entry.Length && entry.Zip(name).All(p => Is(p.First, p.Second));

    private static bool Is(string pattern, string part) =>
        pattern == "*" || pattern == part || (Range().Match(pattern) is { Success: true } range && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= int.Parse(range.Groups[1].ValueSpan, CultureInfo.InvariantCulture) && number <= int.Parse(range.Groups[2].ValueSpan, CultureInfo.InvariantCulture));

    private static RecipeException Error(string message) => new($"algorithm.optimizer.freeze: {message}", "algorithm.optimizer.freeze");

    [GeneratedRegex(@"^(\d{1,6})-(\d{1,6})$")]
    private static partial Regex Range();

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex Number();
}
