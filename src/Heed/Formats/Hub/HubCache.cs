namespace Heed.Formats;

/// <summary>
/// The cache that the hub's tools share: <c>models--OWNER--NAME/blobs/HASH</c> holds contents, <c>snapshots/COMMIT/PATH</c> links to them,
/// <c>refs/REVISION</c> holds the commit of a branch or tag.
/// </summary>
/// <remarks>
/// Layout, names of partial files and locks are those of huggingface_hub (its page "Understand caching"), so what one tool has, the others
/// find. Where links are not possible, snapshots hold the files themselves, as there.
/// </remarks>
internal sealed class HubCache(HubSettings settings, string repository, string commit) : HubTarget
{
    private readonly string root = Path.Combine(settings.CacheFolder, HubName.CacheFolder(repository));

    public override string Folder => Path.Combine(root, "snapshots", commit);

    /// <summary>The snapshot of a revision, or null when the cache has none.</summary>
    public static string? Resolve(string repository, HubSettings settings)
    {
        string root = Path.Combine(settings.CacheFolder, HubName.CacheFolder(repository)), revision = settings.Options.Revision;
        string? commit = HubName.IsCommit(revision) ? revision : ReadReference(Path.Combine([root, "refs", .. revision.Split('/')]));
        if (commit is null) return null;
        string folder = Path.Combine(root, "snapshots", commit);
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>The files of the snapshot, and their hashes where links tell them.</summary>
    public IEnumerable<HubFile> Files()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(File.Exists).Order(StringComparer.Ordinal))
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            string? blob = Path.GetFileName(new FileInfo(file).LinkTarget);
            yield return new HubFile(Path.GetRelativePath(Folder, file).Replace('\\', '/'), RandomAccess.GetLength(handle), HubName.IsHash(blob) ? blob! : "");
        }
    }

    /// <summary>Where the content of a file is, or null.</summary>
    public string? Find(HubFile file)
    {
        if (IsWhole(Pointer(file), file.Size)) return Pointer(file);
        return IsWhole(Blob(file), file.Size) ? Blob(file) : null;
    }

    public override bool Has(HubFile file) => Find(file) is not null;

    public override bool Place(HubFile file)
    {
        string? found = Find(file);
        if (found is null) return false;
        if (found != Pointer(file)) Link(file, isNew: false);
        return true;
    }

    public override string Partial(HubFile file) => Ready(Blob(file) + ".incomplete");

    public override string Lock(HubFile file) => Ready(Path.Combine(settings.CacheFolder, ".locks", HubName.CacheFolder(repository), file.Hash + ".lock"));

    public override void Keep(HubFile file, string partial)
    {
        File.Move(partial, Blob(file), overwrite: true);
        Link(file, isNew: true);
    }

    public override void Complete(string revision)
    {
        if (revision == commit) return;
        string reference = Ready(Path.Combine([root, "refs", .. revision.Split('/')]));
        if (ReadReference(reference) != commit) AtomicFile.WriteText(reference, commit);
    }

    public override byte[]? Read(HubFile file) => Find(file) is { } path ? File.ReadAllBytes(path) : null;

    private string Pointer(HubFile file) => Under(Folder, file);

    private string Blob(HubFile file) => Path.Combine(root, "blobs", file.Hash);

    private void Link(HubFile file, bool isNew)
    {
        string pointer = Ready(Pointer(file)), blob = Blob(file);
        File.Delete(pointer);
        if (settings.Symlinks)
        {
            try
            {
                File.CreateSymbolicLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob)); // relative: the cache may be moved
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                if (IsWhole(pointer, file.Size)) return; // another process was quicker
            }
        }
        // A new blob has no other link. An old one may have: it is copied.
        if (isNew) File.Move(blob, pointer, overwrite: true);
        else File.Copy(blob, pointer, overwrite: true);
    }

    private static string? ReadReference(string path)
    {
        if (!File.Exists(path)) return null;
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > 100) return null;
        using StreamReader reader = new(stream);
        string text = reader.ReadToEnd().Trim();
        return HubName.IsCommit(text) ? text : null;
    }
}
