namespace Heed.Formats;

/// <summary>A file of a repository at one commit.</summary>
public sealed record HubFile
{
    internal HubFile(string path, long size, string hash) => (Path, Size, Hash) = (path, size, hash);

    /// <summary>Its path in the repository, parts separated by /.</summary>
    public string Path { get; }

    /// <summary>Its length in bytes.</summary>
    public long Size { get; }

    /// <summary>What its content must hash to, lower-case hexadecimal: SHA-256 (64 digits) of files in large file storage, git's SHA-1 of a blob (40 digits) of all others. Empty offline where the cache has no links.</summary>
    public string Hash { get; }

    /// <summary>Whether it is here already.</summary>
    public bool Present { get; internal init; }

    /// <summary>The content, where planning had to read it.</summary>
    internal byte[]? Content { get; init; }
}
