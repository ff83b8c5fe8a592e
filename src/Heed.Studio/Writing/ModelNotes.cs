using System.Collections.Concurrent;
using System.Text.Json;
using Heed.Models;
using Heed.Server;

namespace Heed.Studio;

/// <summary>What a model's card says of it: the README.md beside the weights.</summary>
/// <param name="Summary">One sentence; empty without a card.</param>
/// <param name="Languages">The languages that it knows, such as "zh"; the first is the one that it reads.</param>
/// <param name="Translates">Whether it was made to translate.</param>
/// <param name="Examples">Texts to try it with.</param>
internal sealed record ModelNotes(string Summary, IReadOnlyList<string> Languages, bool Translates, IReadOnlyList<string> Examples)
{
    private const int MostExamples = 6, LongestExample = 500;
    private static readonly ConcurrentDictionary<string, ModelNotes> Known = new();

    /// <summary>The card of a model, read once.</summary>
    public static ModelNotes Of(ModelSource source) => Known.GetOrAdd(source.Path, _ => Read(source));

    private static ModelNotes Read(ModelSource source)
    {
        string folder = Directory.Exists(source.Path) ? source.Path : Path.GetDirectoryName(source.Path)!;
        CatalogModel? model = null;
        try
        {
            if (Path.GetDirectoryName(folder) is { } parent) model = ModelCatalog.List([parent]).FirstOrDefault(m => Path.GetFullPath(m.Folder) == folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A model without a card that can be read is one without a card.
        }
        string[] languages = (model?.Fields.GetValueOrDefault("language") ?? "").Split([',', '[', ']', ' '], StringSplitOptions.RemoveEmptyEntries);
        string task = model?.Fields.GetValueOrDefault("pipeline_tag") ?? "";
        return new ModelNotes(model?.Summary ?? "", languages, task == "translation", Widgets(model?.Fields.GetValueOrDefault("widget")));
    }

    // The hub's key for examples, in one line: widget: [{"text": "Once upon a time"}].
    private static string[] Widgets(string? field)
    {
        if (field is null) return [];
        try
        {
            using JsonDocument json = JsonDocument.Parse(field);
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetProperty("text").GetString()!).Where(t => t is { Length: > 0 and <= LongestExample }).Take(MostExamples)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return []; // written otherwise, or wrongly
        }
    }
}
