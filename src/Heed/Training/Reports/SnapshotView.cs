using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>The attention snapshots of a run, with a slider over the steps. The script of the page draws them from the data beside it.</summary>
internal static class SnapshotView
{
    private const long MostBytes = 3 << 20; // in a page; of more snapshots some are left out, evenly

    /// <summary>The content of a card; empty where there are no snapshots.</summary>
    public static string Show(string folder)
    {
        (int Step, string Path)[] files = [.. AttentionSnapshots.List(folder).Where(f => new FileInfo(f.Path).Length <= MostBytes)];
        if (files.Length == 0) return "";
        long largest = files.Max(f => new FileInfo(f.Path).Length);
        int shown = (int)Math.Clamp(MostBytes / largest, 1, files.Length);
        StringBuilder data = new("[");
        for (int i = 0; i < shown; i++)
        {
            string path = files[shown == 1 ? ^1 : (int)((long)i * (files.Length - 1) / (shown - 1))].Path;
            if (Safe(path) is { } json) data.Append(data.Length > 1 ? "," : "").Append(json);
        }
        if (data.Length == 1) return "";
        return $"""
            <div class="attention">
            <div class="controls"><label class="slider">step <output></output><input type="range" min="0" step="1"></label>
            <label>text <select class="text"></select></label><label>layer <select class="layer"></select></label><label>head <select class="head"></select></label></div>
            <div class="wide"><div class="map" role="img" aria-label="attention"></div></div>
            <div class="predictions"></div>
            <p class="note">A row shows what its token looks at; choose a row to see what the model expects there.</p>
            <script type="application/json">{data.Append(']')}</script>
            </div>

            """;
    }

    // Written anew, so that nothing in it can end the script element; what is no snapshot is left out.
    private static string? Safe(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("texts", out _)) return null;
            using MemoryStream stream = new();
            using (Utf8JsonWriter w = new(stream)) document.RootElement.WriteTo(w);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
