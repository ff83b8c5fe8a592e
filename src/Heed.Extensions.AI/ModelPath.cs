using Heed.Models;

namespace Heed.Extensions.AI;

/// <summary>Models as people name them.</summary>
internal static class ModelPath
{
    /// <summary>The folder or file of a model that is named by its path, or by its name in the catalog.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Find(string model)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        if (Directory.Exists(model) || File.Exists(model)) return model;
        return ModelCatalog.Find(model) ?? throw new FileNotFoundException($"there is no model '{model}': neither a folder or .gguf file of that path, nor a model of that name; those that can be named are {Known()}", model);
    }

    /// <summary>What a model is called: the name of its folder, or of its file without the end.</summary>
    public static string NameOf(string path) => File.Exists(path) ? Path.GetFileNameWithoutExtension(path) : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static string Known() => ModelCatalog.List() is { Count: > 0 } models ? string.Join(", ", models.Select(m => m.Name)) : "none";
}
