namespace Heed.Models;

/// <summary>A model that can be named instead of found.</summary>
/// <param name="Name">The name of its folder.</param>
/// <param name="Folder">The folder, with the model card README.md.</param>
/// <param name="Path">What is opened: the folder's one .gguf file, or else the folder.</param>
/// <param name="Summary">The first sentence of the card's text; empty without a card.</param>
/// <param name="Fields">The card's head: <c>license</c>, <c>language</c>, <c>pipeline_tag</c> and so on.</param>
public sealed record CatalogModel(string Name, string Folder, string Path, string Summary, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>Bytes of the weights.</summary>
    public long Bytes => new DirectoryInfo(Folder).EnumerateFiles().Where(f => f.Extension is ".gguf" or ".safetensors").Sum(f => f.Length);
}

/// <summary>
/// Models that lie together in a folder, one folder each: those in <c>models</c> of the current directory, and those that come with the
/// program. HEED_MODELS names other folders, separated as in PATH, which are looked at first.
/// </summary>
public static class ModelCatalog
{
    private const string Card = "README.md";
    private const int LongestCard = 1 << 20; // bytes

    /// <summary>The folders that are looked at, first to last.</summary>
    public static IReadOnlyList<string> Folders { get; } =
    [
        .. (Environment.GetEnvironmentVariable("HEED_MODELS") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        "models",
        System.IO.Path.Combine(AppContext.BaseDirectory, "models"),
    ];

    /// <summary>What is opened for a name; null if no model has it.</summary>
    public static string? Find(string name) => Find(name, Folders);

    /// <summary>What is opened for a name, in the given folders; null if no model there has it.</summary>
    public static string? Find(string name, IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\')) return null;
        return folders.Select(f => System.IO.Path.Combine(f, name)).Where(Directory.Exists).Select(Opened).FirstOrDefault(p => p is not null);
    }

    /// <summary>The models, each name once, in their order as texts.</summary>
    public static IReadOnlyList<CatalogModel> List() => List(Folders);

    /// <summary>The models of the given folders.</summary>
    public static IReadOnlyList<CatalogModel> List(IEnumerable<string> folders)
    {
        Dictionary<string, CatalogModel> models = [];
        foreach (string folder in folders.Where(Directory.Exists))
            foreach (string model in Directory.EnumerateDirectories(folder))
                if (Opened(model) is { } path) models.TryAdd(System.IO.Path.GetFileName(model), Read(model, path));
        return [.. models.Values.OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    private static string? Opened(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*.gguf");
        return files is [string file] ? file : File.Exists(System.IO.Path.Combine(folder, "config.json")) ? folder : null;
    }

    // A card begins with "key: value" lines between two lines of dashes, as on the hub.
    private static CatalogModel Read(string folder, string path)
    {
        FileInfo card = new(System.IO.Path.Combine(folder, Card));
        string[] lines = card.Exists && card.Length <= LongestCard ? File.ReadAllLines(card.FullName) : [];
        int end = lines is ["---", ..] ? Array.IndexOf(lines, "---", 1) : -1;
        Dictionary<string, string> fields = [];
        for (int i = 1; i < end; i++)
            if (lines[i].IndexOf(": ", StringComparison.Ordinal) is > 0 and int colon) fields[lines[i][..colon].Trim()] = lines[i][(colon + 2)..].Trim();
        string summary = lines.Skip(end + 1).Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') ?? "";
        int stop = summary.IndexOf(". ", StringComparison.Ordinal);
        return new CatalogModel(System.IO.Path.GetFileName(folder), folder, path, stop < 0 ? summary : summary[..(stop + 1)], fields);
    }
}
