using Heed.Models;

namespace Heed.Server;

/// <summary>A model that a server may load.</summary>
/// <param name="Name">The name by which requests know it.</param>
/// <param name="Path">Its folder, or its .gguf file.</param>
/// <param name="Kind">What it is good for.</param>
/// <param name="Bytes">Bytes of its weights' files.</param>
/// <param name="Created">When they were written.</param>
public sealed record ModelSource(string Name, string Path, ModelKind Kind, long Bytes, DateTimeOffset Created)
{
    private const long LeastCache = 64L << 20;

    /// <summary>Reads what there is to know without opening the weights.</summary>
    /// <param name="path">The folder, or the .gguf file.</param>
    /// <param name="name">The name by which requests know it; null = that of the folder, or of the file without its end.</param>
    /// <exception cref="InvalidDataException">The configuration is damaged, or of a model that no route serves.</exception>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    public static ModelSource Read(string path, string? name = null)
    {
        bool file = GgufModel.IsFile(path);
        // The configuration of a folder of sentence-transformers may stand deeper.
        ModelKind kind = !file && File.Exists(System.IO.Path.Combine(path, "modules.json")) ? ModelKind.Reader : ModelKinds.Of(path);
        if (kind is ModelKind.Image or ModelKind.Tagger or ModelKind.Finder) throw new InvalidDataException($"{path} is a model that no route of the server answers for: it {(kind == ModelKind.Image ? "reads images" : kind == ModelKind.Tagger ? "tags words" : "finds answers in a text")}");
        FileInfo[] weights = file ? [new FileInfo(path)] : [.. new DirectoryInfo(path).EnumerateFiles("*.safetensors", SearchOption.AllDirectories)];
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        string own = file ? System.IO.Path.GetFileNameWithoutExtension(full) : System.IO.Path.GetFileName(full);
        DateTime written = weights.Length == 0 ? DateTime.UnixEpoch : weights.Max(w => w.LastWriteTimeUtc);
        return new ModelSource(name ?? own, full, kind, weights.Sum(w => w.Length), written);
    }

    /// <summary>Most bytes that the keys and values of its texts take.</summary>
    internal long CacheBytes(ServerOptions options) => Kind == ModelKind.Writer ? Math.Min(options.CacheLimit, Math.Max(16 * Bytes, LeastCache)) : 0;
}
