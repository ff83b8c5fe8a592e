namespace Heed.Floors.Tests;

/// <summary>The files of the checkout that the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file of the library, by its path below <c>src/Heed</c> with forward slashes.</summary>
    public static IReadOnlyDictionary<string, string> Library { get; } = ReadLibrary();

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Heed.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} has Heed.slnx: these tests need the sources");
    }

    private static Dictionary<string, string> ReadLibrary()
    {
        string library = Path.Combine(Root, "src", "Heed");
        return Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Name: Path.GetRelativePath(library, path).Replace('\\', '/'), Path: path))
            .Where(f => !f.Name.StartsWith("obj/", StringComparison.Ordinal) && !f.Name.StartsWith("bin/", StringComparison.Ordinal))
            .ToDictionary(f => f.Name, f => File.ReadAllText(f.Path));
    }
}
