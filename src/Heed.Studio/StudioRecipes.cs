using System.Reflection;
using System.Text;
using Heed.Training;

namespace Heed.Studio;

/// <summary>A recipe that a page offers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Json">Its text.</param>
/// <param name="Path">Its file, to which its paths are relative.</param>
internal sealed record StudioRecipe(string Name, string Json, string Path)
{
    /// <summary>The recipe.</summary>
    /// <exception cref="RecipeException">It is none.</exception>
    public Recipe Parse() => Recipe.Parse(Json) with { Path = Path };

    /// <summary>What the comment at its top says of it.</summary>
    public string About => string.Join(' ', Json.Split('\n').Select(l => l.Trim()).TakeWhile(l => l.StartsWith("//", StringComparison.Ordinal)).TakeWhile(l => l.Length > 2).Select(l => l[2..].Trim()));

    /// <summary>What it names that is not there.</summary>
    public IReadOnlyList<string> Missing
    {
        get
        {
            try
            {
                return [.. RecipeGuard.Missing(Parse()).Select(m => m.Path)];
            }
            catch (RecipeException)
            {
                return []; // the editor says what is wrong with it
            }
        }
    }
}

/// <summary>The recipes in the working folder's <c>recipes/</c>, and those that the program carries: they make their own data and so run anywhere.</summary>
internal sealed class StudioRecipes(StudioOptions options)
{
    private const string Prefix = "recipes/";
    private const int Most = 300, Longest = 1 << 20;

    private readonly string folder = Path.Combine(options.Folder, "recipes");

    /// <summary>All of them, those of the program first.</summary>
    public IReadOnlyList<StudioRecipe> All
    {
        get
        {
            Dictionary<string, StudioRecipe> all = [];
            foreach (StudioRecipe carried in Carried()) all[carried.Name] = carried;
            if (!Directory.Exists(folder)) return [.. all.Values];
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*.json").Where(f => f.Length <= Longest && !f.Name.EndsWith(".schema.json", StringComparison.Ordinal)).OrderBy(f => f.Name, StringComparer.Ordinal).Take(Most))
                all[Path.GetFileNameWithoutExtension(file.Name)] = new StudioRecipe(Path.GetFileNameWithoutExtension(file.Name), File.ReadAllText(file.FullName), Path.Combine(folder, file.Name));
            return [.. all.Values];
        }
    }

    /// <summary>The recipe of a name; null if there is none.</summary>
    public StudioRecipe? Find(string? name) => name is null ? null : All.FirstOrDefault(r => r.Name == name);

    private IEnumerable<StudioRecipe> Carried()
    {
        Assembly assembly = typeof(StudioRecipes).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            string file = resource[Prefix.Length..];
            yield return new StudioRecipe(Path.GetFileNameWithoutExtension(file), reader.ReadToEnd(), Path.Combine(folder, file));
        }
    }
}
