using Heed.Training;

namespace Heed.Studio;

/// <summary>A run folder that the pages may show.</summary>
/// <param name="Name">Its path inside <c>runs/</c>, such as "stories-1" or "rnn-lstm-transformer/lstm".</param>
/// <param name="Folder">The folder.</param>
public sealed record StudioRun(string Name, string Folder);

/// <summary>A run as its files tell it at one moment; it does not change.</summary>
public sealed record RunSnapshot(StudioRun Run, IReadOnlyList<RunPoint> Points, IReadOnlyDictionary<string, string> Machine, IReadOnlyDictionary<string, double> End, IReadOnlyDictionary<string, string> Recipe, DateTime Written)
{
    /// <summary>Steps of the whole run; 0 if its recipe cannot be read.</summary>
    public int Steps => Recipe.TryGetValue("algorithm.steps", out string? text) && int.TryParse(text, out int steps) ? steps : 0;

    /// <summary>Whether it has ended.</summary>
    public bool IsFinished => End.Count > 0;

    /// <summary>Steps made.</summary>
    public int Step => Points.Count > 0 ? Points[^1].Step : 0;

    /// <summary>The last validation loss.</summary>
    public double? ValidationLoss => End.TryGetValue("final_validation_loss", out double loss) ? loss : Points.LastOrDefault(p => p.ValidationLoss is not null)?.ValidationLoss;

    /// <summary>Values that the training changes.</summary>
    public long? Parameters => Machine.TryGetValue("parameters", out string? text) && long.TryParse(text, out long count) ? count : null;

    /// <summary>Whether another program has logged a step so lately that it is probably still at work.</summary>
    public bool IsFresh
    {
        get
        {
            if (IsFinished || Points.Count == 0) return false;
            double interval = Points.Count > 1 ? (Points[^1].Seconds - Points[^2].Seconds) ?? 0 : 0;
            return DateTime.UtcNow - Written < TimeSpan.FromSeconds(Math.Clamp(4 * interval, 15, 600));
        }
    }
}

/// <summary>
/// The runs of the working folder: those in <c>runs/</c>, also in folders of several such as a comparison's, and those of <c>heed quickstart</c>. What a page asks
/// for is looked up among them and never becomes part of a path.
/// </summary>
internal sealed class StudioRuns(StudioOptions options)
{
    private const string Recipe = "recipe.json";
    private const int Most = 500;

    private readonly Lock gate = new();
    private readonly Dictionary<string, (RunHistory History, RunSnapshot Snapshot)> known = [];

    /// <summary>The folder of the runs.</summary>
    public string Folder { get; } = Path.Combine(options.Folder, "runs");

    /// <summary>All runs, the newest first.</summary>
    public IReadOnlyList<StudioRun> All
    {
        get
        {
            List<StudioRun> runs = [];
            foreach (string folder in Folders(Folder))
            {
                string name = Path.GetFileName(folder);
                if (IsRun(folder)) runs.Add(new StudioRun(name, folder));
                else runs.AddRange(Folders(folder).Where(IsRun).Select(inner => new StudioRun($"{name}/{Path.GetFileName(inner)}", inner)));
            }
            foreach (string folder in Folders(options.Folder.Length > 0 ? options.Folder : ".", "heed-quickstart*"))
                if (IsRun(folder) && !runs.Exists(r => r.Name == Path.GetFileName(folder))) runs.Add(new StudioRun(Path.GetFileName(folder), folder));
            return [.. runs.OrderByDescending(r => Written(r.Folder)).ThenBy(r => r.Name, StringComparer.Ordinal).Take(Most)];
        }
    }

    /// <summary>The run of a name; null if there is none.</summary>
    public StudioRun? Find(string? name) => All.FirstOrDefault(r => r.Name == name);

    /// <summary>The steps of a run's checkpoints, the first first; none if there is no such run.</summary>
    public IReadOnlyList<int> Steps(string name) => Find(name) is { } run ? Steps(run) : [];

    /// <summary>The steps of a run's checkpoints, the first first.</summary>
    public IReadOnlyList<int> Steps(StudioRun run) => [.. Checkpoint.List(run.Folder).Select(c => c.Step)];

    /// <summary>The model folder of a run's checkpoint; null if there is none.</summary>
    public string? CheckpointFolder(string name, int step) => Find(name) is { } run && Checkpoint.List(run.Folder).FirstOrDefault(c => c.Step == step) is { Path: { } path } ? path : null;

    /// <summary>What a run's files tell now. Of the log only what is new is read.</summary>
    public RunSnapshot Read(StudioRun run)
    {
        lock (gate)
        {
            bool isNew = !known.TryGetValue(run.Folder, out (RunHistory History, RunSnapshot Snapshot) entry);
            RunHistory history = isNew ? new RunHistory(run.Folder) : entry.History;
            bool changed = isNew;
            try
            {
                changed |= history.Update();
            }
            catch (IOException)
            {
                // Just being written anew: what is known stays until the next time.
            }
            if (!changed) return entry.Snapshot;
            RunSnapshot snapshot = new(run, [.. history.Points], history.Machine, history.End, RunHistory.Recipe(run.Folder), Written(run.Folder));
            known[run.Folder] = (history, snapshot);
            return snapshot;
        }
    }

    /// <summary>Whether a program, perhaps this one, is writing the run's log.</summary>
    public bool IsHeld(StudioRun run)
    {
        lock (gate) // this program's own reading is no writing
            try
            {
                using FileStream alone = new(Path.Combine(run.Folder, "metrics.jsonl"), FileMode.Open, FileAccess.Read, FileShare.None);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
    }

    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, Recipe));

    private static IEnumerable<string> Folders(string folder, string pattern = "*") => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern) : [];

    private static DateTime Written(string folder)
    {
        string metrics = Path.Combine(folder, "metrics.jsonl");
        return File.GetLastWriteTimeUtc(File.Exists(metrics) ? metrics : Path.Combine(folder, Recipe));
    }
}
