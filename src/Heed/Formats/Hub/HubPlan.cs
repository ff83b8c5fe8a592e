namespace Heed.Formats;

/// <summary>What pulling a repository means: the commit, the folder and every file.</summary>
public sealed class HubPlan
{
    internal HubPlan(string repository, HubSettings settings, string commit, HubTarget target, IReadOnlyList<HubFile> files, IReadOnlyList<string> refused)
    {
        (Repository, Settings, Commit, Target) = (repository, settings, commit, target);
        Files = [.. files.Select(f => f with { Present = target.Has(f) })];
        Refused = refused;
    }

    /// <summary>The repository, <c>OWNER/NAME</c>.</summary>
    public string Repository { get; }

    /// <summary>The branch, tag or commit that was asked for.</summary>
    public string Revision => Settings.Options.Revision;

    /// <summary>The commit that the revision is.</summary>
    public string Commit { get; }

    /// <summary>The folder that holds the model once it is pulled.</summary>
    public string Folder => Target.Folder;

    /// <summary>The files, in the order of their paths.</summary>
    public IReadOnlyList<HubFile> Files { get; }

    /// <summary>Paths of pickle files that the repository has and Heed does not take.</summary>
    public IReadOnlyList<string> Refused { get; }

    /// <summary>Bytes that are not here yet, parts of files not counted.</summary>
    public long BytesToDownload => Files.Where(f => !f.Present).Sum(f => f.Size);

    internal HubSettings Settings { get; }

    internal HubTarget Target { get; }
}
