namespace Heed.Formats;

/// <summary>Where the files of a snapshot go.</summary>
internal abstract class HubTarget
{
    /// <summary>The folder that holds the model.</summary>
    public abstract string Folder { get; }

    /// <summary>The target that the options ask for.</summary>
    public static HubTarget For(HubSettings settings, string repository, string commit)
    {
        HubCache cache = new(settings, repository, commit);
        return settings.Options.LocalFolder is { } folder ? new HubLocalFolder(folder, cache, commit) : cache;
    }

    /// <summary>Whether the content of a file is here, so that nothing need be downloaded.</summary>
    public abstract bool Has(HubFile file);

    /// <summary>Puts a file in its place out of what is here already.</summary>
    /// <returns>False: it must be downloaded.</returns>
    public abstract bool Place(HubFile file);

    /// <summary>The file that holds what has arrived so far. Its folder is there.</summary>
    public abstract string Partial(HubFile file);

    /// <summary>The file that says that a process downloads this one. Its folder is there.</summary>
    public abstract string Lock(HubFile file);

    /// <summary>Puts a downloaded and checked file in its place.</summary>
    public abstract void Keep(HubFile file, string partial);

    /// <summary>All files are in their places.</summary>
    public abstract void Complete(string revision);

    /// <summary>The content of a small file, or null when it is not here.</summary>
    public abstract byte[]? Read(HubFile file);

    /// <summary>The path of a file of the repository under a folder.</summary>
    protected static string Under(string folder, HubFile file) => Path.Combine([folder, .. file.Path.Split('/')]);

    /// <summary>The same path; its folder is there now.</summary>
    protected static string Ready(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Whether a file is there, links followed, and has a length.</summary>
    protected static bool IsWhole(string path, long size)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(handle) == size;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false; // a link that leads nowhere too
        }
    }
}
