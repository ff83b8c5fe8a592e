using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Heed.Tests.Tokenization;

/// <summary>Reference data beside the repository; tests that need it are skipped where it is absent.</summary>
internal static class Fixtures
{
    /// <summary>A path under shared/, looked for in all folders above the tests.</summary>
    public static string Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", relative);
            if (Path.Exists(path)) return path;
        }
        Assert.Skip($"shared/{relative} is not on this machine.");
        return "";
    }

    public static byte[] ReadBytes(string relative)
    {
        string path = Find(relative);
        if (!path.EndsWith(".gz", StringComparison.Ordinal)) return File.ReadAllBytes(path);
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress)) gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    public static JsonDocument ReadJson(string relative) => JsonDocument.Parse(ReadBytes(relative));

    public static IEnumerable<JsonElement> ReadJsonLines(string relative)
    {
        foreach (string line in Encoding.UTF8.GetString(ReadBytes(relative)).Split('\n'))
            if (line.Length > 0)
                yield return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>Writes a fixture unpacked into a folder.</summary>
    public static string Unpack(string relative, TemporaryFolder folder, string name)
    {
        string path = Path.Combine(folder.Path, name);
        File.WriteAllBytes(path, ReadBytes(relative));
        return path;
    }

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("heed").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
