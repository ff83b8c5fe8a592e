using System.Globalization;

namespace Heed.Formats;

/// <summary>A plain folder with the files of a snapshot, and notes under <c>.cache/huggingface</c> of what each is, as huggingface_hub keeps them.</summary>
internal sealed class HubLocalFolder(string folder, HubCache cache, string commit) : HubTarget
{
    private readonly string notes = Path.Combine(Path.GetFullPath(folder), ".cache", "huggingface");

    public override string Folder { get; } = Path.GetFullPath(folder);

    public override bool Has(HubFile file) => IsRight(file) || cache.Has(file);

    public override bool Place(HubFile file)
    {
        if (IsRight(file))
        {
            Note(file);
            return true;
        }
        if (cache.Find(file) is not { } cached) return false;
        string copy = Partial(file);
        File.Copy(cached, copy, overwrite: true);
        Keep(file, copy);
        return true;
    }

    public override string Partial(HubFile file) => Ready(Path.Combine(notes, "download", file.Hash + ".incomplete"));

    public override string Lock(HubFile file) => Ready(Path.Combine(notes, "download", file.Hash + ".lock"));

    public override void Keep(HubFile file, string partial)
    {
        File.Move(partial, Ready(Under(Folder, file)), overwrite: true);
        Note(file);
    }

    public override void Complete(string revision)
    {
    }

    public override byte[]? Read(HubFile file) => IsRight(file) ? File.ReadAllBytes(Under(Folder, file)) : cache.Read(file);

    // A note that is not older than the file vouches for it; otherwise the content itself does.
    private bool IsRight(HubFile file)
    {
        string path = Under(Folder, file), note = NoteOf(file);
        if (!IsWhole(path, file.Size)) return false;
        if (File.Exists(note) && new FileInfo(note).Length < 1000 && File.ReadAllLines(note) is [_, var hash, var time, ..] && hash == file.Hash
            && double.TryParse(time, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && (File.GetLastWriteTimeUtc(path) - DateTime.UnixEpoch).TotalSeconds - 1 <= seconds) return true;
        using FileStream stream = File.OpenRead(path);
        return HubHash.IsRight(file, stream);
    }

    private void Note(HubFile file)
    {
        string ignore = Ready(Path.Combine(notes, ".gitignore"));
        if (!File.Exists(ignore)) AtomicFile.WriteText(ignore, "*");
        double now = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        AtomicFile.WriteText(Ready(NoteOf(file)), string.Create(CultureInfo.InvariantCulture, $"{commit}\n{file.Hash}\n{now:F6}\n"));
    }

    private string NoteOf(HubFile file) => Under(Path.Combine(notes, "download"), file) + ".metadata";
}
