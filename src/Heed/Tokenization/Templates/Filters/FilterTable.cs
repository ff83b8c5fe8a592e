namespace Heed.Tokenization.Templates;

/// <summary>What stands after "|": takes the value before it, and arguments.</summary>
internal delegate TemplateValue Filter(Rendering rendering, TemplateValue subject, Arguments arguments);

/// <summary>All filters by name.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Filter> Filters =
        new[] { TextFilters.All, NumberFilters.All, SequenceFilters.All, OrderFilters.All, SelectionFilters.All, JsonFilter.All }
            .SelectMany(group => group).ToDictionary(StringComparer.Ordinal);

    public static bool Has(string name) => Filters.ContainsKey(name);

    /// <exception cref="TemplateError">There is no such filter, or it fails.</exception>
    public static TemplateValue Apply(string name, Rendering rendering, TemplateValue subject, Arguments arguments) =>
        Filters.TryGetValue(name, out Filter? filter) ? filter(rendering, subject, arguments) : throw new TemplateError($"there is no filter '{name}'");
}
