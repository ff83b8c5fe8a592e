using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>What <c>heed eval</c> left in a run folder: every <c>evaluation*.json</c>, whose figures may be nested.</summary>
internal static class EvaluationView
{
    private const int MostFigures = 60, Deepest = 4, LargestFile = 1 << 22;

    /// <summary>A card for each file; empty where there is none.</summary>
    public static string Show(string folder)
    {
        StringBuilder cards = new();
        foreach (string path in Directory.EnumerateFiles(folder, "evaluation*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                if (new FileInfo(path).Length > LargestFile) continue;
                using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
                List<(string, string, bool)> figures = [];
                Add(document.RootElement, "", 0, figures);
                string content = Html.List(figures);
                if (document.RootElement.ValueKind == JsonValueKind.Object && ConfusionTable.Read(document.RootElement) is { } confusion) content += ConfusionView.Show(confusion);
                cards.Append(Html.Card($"Evaluation: {Path.GetFileNameWithoutExtension(path)}", content, "figures"));
            }
            catch (Exception e) when (e is IOException or JsonException or InvalidOperationException or FormatException or UnauthorizedAccessException)
            {
                cards.Append(Html.Card($"Evaluation: {Path.GetFileName(path)}", $"<p>cannot be read: {Html.Text(e.Message)}</p>"));
            }
        }
        return cards.ToString();
    }

    private static void Add(JsonElement element, string name, int depth, List<(string, string, bool)> figures)
    {
        if (depth > Deepest || figures.Count >= MostFigures) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject()) Add(property.Value, name.Length == 0 ? property.Name : $"{name} {property.Name}", depth + 1, figures);
                break;
            case JsonValueKind.Number:
                figures.Add((name.Replace('_', ' '), Html.Number(element.GetDouble()), true));
                break;
            case JsonValueKind.String:
                figures.Add((name.Replace('_', ' '), element.GetString()!, false));
                break;
        }
    }
}
