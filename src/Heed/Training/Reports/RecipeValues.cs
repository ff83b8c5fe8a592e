using System.Text.Json;

namespace Heed.Training;

/// <summary>The values of a recipe file, one for each key; a file of an older or newer program is shown as it is.</summary>
internal static class RecipeValues
{
    private const int MostKeys = 1000;

    /// <summary>The keys, such as <c>algorithm.optimizer.beta1</c>, and values of a run's recipe; empty where it cannot be read.</summary>
    public static Dictionary<string, string> Read(string folder)
    {
        try
        {
            return Flatten(File.ReadAllText(Path.Combine(folder, "recipe.json")));
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The keys and values of a recipe.</summary>
    public static Dictionary<string, string> Of(Recipe recipe) => Flatten(recipe.ToJson());

    /// <summary>Those values of a recipe that are not the defaults, a line each: what a key that this recipe does not use, or that is new, does not change.</summary>
    public static string Changed(Recipe recipe)
    {
        Dictionary<string, string> defaults = Of(new Recipe());
        return string.Concat(Of(recipe).Where(v => defaults.GetValueOrDefault(v.Key) != v.Value).Select(v => $"{v.Key}={v.Value}\n"));
    }

    /// <summary>A recipe's three sections; values that differ from the defaults are marked.</summary>
    public static string Show(string folder)
    {
        Dictionary<string, string> values = Read(folder), defaults = Of(new Recipe());
        string[] sections = [.. values.Keys.Where(k => k.Contains('.')).Select(k => k.Split('.')[0]).Distinct()];
        return "<div class=\"columns\">" + string.Concat(sections.Select(section => $"<div><h3>{Html.Text(section)}</h3>" + Html.List(values
            .Where(v => v.Key.StartsWith(section + ".", StringComparison.Ordinal))
            .Select(v => (v.Key[(section.Length + 1)..], v.Value, defaults.GetValueOrDefault(v.Key) != v.Value))) + "</div>")) + "</div>\n";
    }

    private static Dictionary<string, string> Flatten(string json)
    {
        Dictionary<string, string> values = [];
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        Add(document.RootElement, "");
        return values;

        void Add(JsonElement element, string path)
        {
            if (element.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty property in element.EnumerateObject()) Add(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}");
            else if (path.Length > 0 && values.Count < MostKeys)
                values[path] = element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
        }
    }
}
