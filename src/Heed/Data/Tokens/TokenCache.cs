namespace Heed.Data.Tokens;

/// <summary>A folder of token files, each named by its key. The oldest used are deleted when they are too large together.</summary>
/// <param name="folder">The folder; made when it is needed. It holds nothing else and may be deleted at any time.</param>
/// <param name="limit">Bytes that the files may have together.</param>
public sealed class TokenCache(string folder, long limit = TokenCache.DefaultLimit)
{
    /// <summary>16 GiB.</summary>
    public const long DefaultLimit = 16L << 30;

    private const string Extension = ".tokens";

    /// <summary><c>heed/tokens</c> in the user's cache folder: XDG_CACHE_HOME, ~/.cache, or the local application data of Windows.</summary>
    public static string DefaultFolder
    {
        get
        {
            string root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg) ? xdg
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(root, "heed", "tokens");
        }
    }

    /// <summary>The folder.</summary>
    public string Folder => folder;

    /// <summary>The tokens of a key, if they are here and whole.</summary>
    public TokenFile? TryOpen(string key)
    {
        string path = PathOf(key);
        TokenFile? file = TokenFile.TryOpen(path, key);
        if (file is null) return null;
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // used: the last to be deleted
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that may only be read serves as well.
        }
        return file;
    }

    /// <summary>Writes the tokens of a key and opens them; arguments as for <see cref="TokenFile.Create"/>.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public TokenFile Add(string key, int vocabulary, IEnumerable<(int[] Ids, long TextBytes)> documents)
    {
        Directory.CreateDirectory(folder);
        string path = PathOf(key);
        TokenFile.Create(path, key, vocabulary, documents);
        Shrink(path);
        return TokenFile.TryOpen(path, key) ?? throw new IOException($"{path} cannot be read, although it was written just now");
    }

    private string PathOf(string key) => Path.Combine(folder, key[..32] + Extension);

    private void Shrink(string keep)
    {
        FileInfo[] files = [.. new DirectoryInfo(folder).EnumerateFiles("*" + Extension).OrderByDescending(f => f.LastWriteTimeUtc)];
        long total = files.Sum(f => f.Length);
        foreach (FileInfo file in files.Reverse())
        {
            if (total <= limit) return;
            if (file.FullName == Path.GetFullPath(keep)) continue;
            try
            {
                long length = file.Length;
                file.Delete(); // who has it mapped keeps it
                total -= length;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use on a system that does not let go of open files.
            }
        }
    }
}
