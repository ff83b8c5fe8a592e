namespace Heed.Tests.Formats;

/// <summary>A new folder that is deleted with its content.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("heed-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(folder, name);

    public string Path => folder;

    public string[] Names => [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => System.IO.Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
