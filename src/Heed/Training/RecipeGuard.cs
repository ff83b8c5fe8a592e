namespace Heed.Training;

/// <summary>
/// Lets somebody change a recipe who must not choose files: a visitor of a page, say. Every key that may name a file or a folder keeps the value that the
/// recipe has, or takes a word of the recipe's own such as "bpe" or "stories"; all other keys are free.
/// </summary>
public static class RecipeGuard
{
    private const int Longest = 1 << 20; // characters, as of a recipe file

    /// <summary>The keys that may name files or folders, such as <c>data.source</c>.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. Files(new Recipe()).Select(f => f.Path)];

    /// <summary>Reads the changed text of a recipe.</summary>
    /// <param name="json">The text.</param>
    /// <param name="original">The recipe that was changed; paths stay relative to its file.</param>
    /// <returns>The changed recipe, with the path of the original.</returns>
    /// <exception cref="RecipeException">The text is no valid recipe, or names other files; the message says where.</exception>
    public static Recipe Read(string json, Recipe original)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(original);
        if (json.Length > Longest) throw new RecipeException($"the recipe has {json.Length} characters; expected at most {Longest}.");
        Recipe changed = Recipe.Parse(json) with { Path = original.Path };
        RecipeNode root = RecipeNode.Parse(json, null);
        foreach (((string key, string value, bool names), (_, string before, _)) in Files(changed).Zip(Files(original)))
        {
            if (!names || value == before) continue;
            (string words, int? line) = Recipe.Place(root, key, null);
            throw new RecipeException($"{words}'{key}' names files and cannot be changed here: it must stay {RecipeNode.Shorten(before)}, but is {RecipeNode.Shorten(value)}.", key, line);
        }
        return changed;
    }

    /// <summary>What a recipe names that is not there: keys and paths. Globs, and where the run goes, are not looked for.</summary>
    public static IReadOnlyList<(string Key, string Path)> Missing(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        (string, string? Path)[] single = [("data.template", recipe.Data.Template), ("data.tokenizer", recipe.Data.Tokenizer), ("algorithm.start_from", recipe.Algorithm.StartFrom), ("algorithm.masking.phrases", recipe.Algorithm.Masking.Phrases), ("algorithm.teacher.folder", recipe.Algorithm.Teacher.Folder)];
        (string, TextList?)[] several = [("data.source", recipe.Data.Source), ("data.validation", recipe.Data.Validation), ("data.test", recipe.Data.Test)];
        HashSet<string> named = [.. Files(recipe).Where(f => f.Names).Select(f => f.Path)];
        return [.. several.SelectMany(s => (s.Item2 ?? []).Select(path => (s.Item1, path))).Concat(single.Where(s => s.Path is not null).Select(s => (s.Item1, path: s.Path!)))
            .Where(f => named.Contains(f.Item1) && !f.path.AsSpan().ContainsAny('*', '?') && recipe.Resolve(f.path) is var there && !File.Exists(there) && !Directory.Exists(there))];
    }

    private static IEnumerable<(string Path, string Value, bool Names)> Files(Recipe recipe) => RecipeKeys.Recipe.Keys.SelectMany(section => section.Files(recipe, section.Name));
}
