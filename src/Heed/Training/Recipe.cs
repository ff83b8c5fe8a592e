using System.Text.Json;

namespace Heed.Training;

/// <summary>One training run as an immutable record: data + algorithm + compute. A recipe is one JSON file with exactly these three sections.</summary>
/// <remarks>
/// The file may hold comments and trailing commas; a key that is absent has its default; a key that is unknown, of the wrong type or out of
/// range is an error that says where. Change a recipe with <c>recipe with { ... }</c> and then call <see cref="Validate"/>.
/// </remarks>
public sealed record Recipe
{
    private const int LargestFile = 1 << 20; // bytes

    /// <summary>Which text to learn from.</summary>
    public DataSection Data { get; init; } = new();

    /// <summary>The model and how it is optimised.</summary>
    public AlgorithmSection Algorithm { get; init; } = new();

    /// <summary>How the run uses the machine and what it leaves behind.</summary>
    public ComputeSection Compute { get; init; } = new();

    /// <summary>The file the recipe was loaded from, as it was given; null for a recipe made in code.</summary>
    public string? Path { get; init; }

    /// <summary>The seed of the run: a short name for <c>Compute.Seed</c>.</summary>
    public int Seed
    {
        get => Compute.Seed;
        init => Compute = Compute with { Seed = value };
    }

    /// <summary>The name of the recipe: its file name without the extension, or "recipe" when it has no file.</summary>
    public string Name => Path is null ? "recipe" : System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The run folder: <c>Compute.Output</c>, or else runs/&lt;<see cref="Name"/>&gt;; relative to the current directory.</summary>
    public string OutputFolder => Compute.Output ?? System.IO.Path.Combine("runs", Name);

    /// <summary>Paths of the recipe, such as <c>Data.Source</c>, seen from the current directory.</summary>
    public IReadOnlyList<string> Resolve(TextList paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return [.. paths.Select(Resolve)];
    }

    /// <summary>A path of the recipe, such as that of a tokenizer, seen from the current directory: the recipe file's folder joined with <paramref name="path"/>.</summary>
    public string Resolve(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? "", path);
    }

    /// <summary>The same recipe for a file in another folder: paths of data that are there lead to the same files from it.</summary>
    /// <param name="folder">The folder.</param>
    public Recipe MovedTo(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return this with
        {
            Path = System.IO.Path.Combine(folder, "recipe.json"),
            Data = Data with { Source = All(Data.Source)!, Tokenizer = Moved(Data.Tokenizer), Validation = All(Data.Validation), Test = All(Data.Test), Template = Data.Template is { } template ? Moved(template) : null },
            Algorithm = Algorithm with { StartFrom = Algorithm.StartFrom is { } start ? Moved(start) : null },
        };

        TextList? All(TextList? paths) => paths is null ? null : [.. paths.Select(Moved)];

        string Moved(string path)
        {
            string there = Resolve(path);
            if (System.IO.Path.IsPathRooted(path) || !(File.Exists(there) || Directory.Exists(there))) return path;
            return System.IO.Path.GetRelativePath(folder, there).Replace('\\', '/');
        }
    }

    /// <summary>Reads, checks and returns the recipe of a file.</summary>
    /// <param name="path">The recipe file, UTF-8 JSON of at most 1 MiB.</param>
    /// <param name="overrides">Changes such as <c>algorithm.depth=8</c>, applied in order; a value is read as JSON if it is JSON, else as a text.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="RecipeException">The file or an override is not a valid recipe.</exception>
    public static Recipe Load(string path, IEnumerable<string>? overrides = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        if (!file.Exists) throw new FileNotFoundException($"There is no recipe file '{path}' (looked for {file.FullName}).", path);
        if (file.Length > LargestFile) throw new RecipeException($"{path}: the file has {file.Length} bytes; expected a recipe of at most {LargestFile}.");
        return Read(File.ReadAllText(path), path, overrides);
    }

    /// <summary>Reads, checks and returns the recipe of a JSON text. Its paths are relative to the current directory.</summary>
    /// <param name="json">The recipe; comments and trailing commas are allowed.</param>
    /// <param name="overrides">Changes such as <c>algorithm.depth=8</c>, as in <see cref="Load"/>.</param>
    /// <exception cref="RecipeException">The text or an override is not a valid recipe.</exception>
    public static Recipe Parse(string json, IEnumerable<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Read(json, null, overrides);
    }

    /// <summary>Returns this recipe if it can be run.</summary>
    /// <exception cref="RecipeException">A value is out of its range or does not fit another; the message has the key path, what was given and what was expected.</exception>
    public Recipe Validate()
    {
        Check(_ => (Path is null ? "recipe: " : $"{Path}: ", null));
        return this;
    }

    /// <summary>The recipe as indented JSON with all its keys; <see cref="Parse"/> gives the same recipe back. Ends with a line feed.</summary>
    public string ToJson() => RecipeJson.Write(indented: true, writer =>
    {
        writer.WriteStartObject();
        RecipeKeys.Recipe.Write(writer, this);
        writer.WriteEndObject();
    }) + "\n";

    private static Recipe Read(string json, string? path, IEnumerable<string>? overrides)
    {
        RecipeNode root = RecipeNode.Parse(json, path);
        if (root.Kind == JsonValueKind.Object)
        {
            foreach (RecipeKey<Recipe> section in RecipeKeys.Recipe.Keys)
            {
                if (root.Find(section.Name) is null)
                    throw new RecipeException(
                        $"{root.Place(path)}the section '{section.Name}' is missing; expected all of {string.Join(", ", RecipeKeys.Recipe.Keys.Select(k => k.Name))} (an empty {{}} takes the defaults).",
                        section.Name, root.Line);
            }
            foreach (string setting in overrides ?? []) root.Apply(setting);
        }
        Recipe recipe = RecipeKeys.Recipe.Read(root, "", path) with { Path = path };
        recipe.Check(key => Place(root, key, path));
        return recipe;
    }

    /// <summary>Where a key was set; a key that has its default is placed at the section that could have set it.</summary>
    internal static (string Words, int? Line) Place(RecipeNode root, string key, string? path)
    {
        RecipeNode node = root;
        int line = root.Line;
        foreach (string name in key.Split('.'))
        {
            var member = node.Members.Find(m => m.Name == name);
            if (member.Value is null) break;
            (node, line) = (member.Value, member.Line);
        }
        return node.Override is null ? (RecipeNode.Place(path, line), line) : (node.Place(path), null);
    }

    private void Check(RecipePlace place)
    {
        RecipeKeys.Recipe.Check(this, "", place);
        RecipeKeys.CheckTogether(this, place);
    }
}
