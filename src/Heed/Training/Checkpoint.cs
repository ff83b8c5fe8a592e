using System.Globalization;
using System.Text.Json;
using Heed.Formats;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// Checkpoints of a run: folders <c>checkpoints/step-00000200</c> with the weights (a model folder in itself), the optimizer's moments, the
/// averages of the weights where they are kept, and the step. A checkpoint is written under another name and renamed when it is whole, so a killed run never leaves half of one.
/// </summary>
public static class Checkpoint
{
    private const string Prefix = "step-";
    private const string Unfinished = ".unfinished-";
    private const string Damaged = ".damaged-";
    private const string CarriedFile = "carried.safetensors";
    private const string Moments = "optimizer.safetensors";
    private const string Averages = "average.safetensors";

    /// <summary>The folder of a run's checkpoints.</summary>
    public static string Folder(string run) => Path.Combine(run, "checkpoints");

    /// <summary>The finished checkpoints of a run, oldest first.</summary>
    public static IReadOnlyList<(int Step, string Path)> List(string run)
    {
        string folder = Folder(run);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateDirectories(folder, Prefix + "*")
            .Select(path => (Step: int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1, path))
            .Where(c => c.Step >= 0)
            .OrderBy(c => c.Step)];
    }

    /// <summary>Writes a checkpoint of a finished step and drops the oldest ones.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="learner">Model and optimizer.</param>
    /// <param name="fingerprint">Of everything that must be the same on resuming.</param>
    /// <param name="keep">Checkpoints to keep; 0 = all.</param>
    /// <param name="progress">What the run has used and found so far.</param>
    /// <returns>The checkpoint's folder.</returns>
    public static string Save(string run, Learner learner, string fingerprint, int keep, RunProgress? progress = null)
    {
        int step = learner.Optimizer.Steps;
        string folder = Folder(run), target = Path.Combine(folder, $"{Prefix}{step:D8}"), draft = Path.Combine(folder, $"{Unfinished}{step:D8}");
        if (Directory.Exists(target)) return target;
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        Directory.CreateDirectory(draft);
        try
        {
            learner.Model.Save(draft);
            SafetensorsWriter.Write(Path.Combine(draft, Moments), learner.Optimizer.State.Select(Entry));
            if (learner.Average is { } average) SafetensorsWriter.Write(Path.Combine(draft, Averages), average.State.Select(Entry));
            if (learner.Model.Carried is { Count: > 0 } carried) SafetensorsWriter.Write(Path.Combine(draft, CarriedFile), carried.Select(Entry));
            AtomicFile.WriteText(Path.Combine(draft, "state.json"), State(step, fingerprint, progress ?? new RunProgress()));
            Directory.Move(draft, target);
        }
        catch
        {
            try
            {
                if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
            }
            catch (IOException)
            {
                // The first error is the one to tell.
            }
            throw;
        }
        if (keep > 0)
            foreach ((_, string old) in List(run).SkipLast(keep)) Directory.Delete(old, recursive: true);
        return target;
    }

    /// <summary>
    /// Restores the newest checkpoint that can be read. One that cannot (a full disk, a power cut) is put aside under another name, so that
    /// the resumed run writes it anew.
    /// </summary>
    /// <param name="run">The run folder.</param>
    /// <param name="learner">Model and optimizer.</param>
    /// <param name="fingerprint">Of everything that must be the same.</param>
    /// <param name="status">Told of damaged checkpoints.</param>
    /// <returns>The checkpoint's folder, and what the run had used and found.</returns>
    /// <exception cref="InvalidDataException">There is none that can be read, or it belongs to another recipe.</exception>
    public static (string Path, RunProgress Progress) LoadNewest(string run, Learner learner, string fingerprint, Action<string>? status = null)
    {
        List<string> damaged = [];
        Exception? first = null;
        foreach ((_, string path) in List(run).Reverse())
        {
            bool own;
            RunProgress progress = new();
            try
            {
                own = ReadState(Path.Combine(path, "state.json")).Fingerprint == fingerprint;
                if (own) progress = Load(path, learner, fingerprint);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                first ??= e;
                damaged.Add(path);
                status?.Invoke($"the checkpoint {Path.GetFileName(path)} cannot be read and is put aside: {e.Message}");
                continue;
            }
            if (!own) throw OtherRun(path);
            foreach (string bad in damaged)
            {
                string aside = Path.Combine(Folder(run), Damaged + Path.GetFileName(bad));
                if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
                Directory.Move(bad, aside);
            }
            return (path, progress);
        }
        throw new InvalidDataException($"{Folder(run)}: no checkpoint can be read; start again with --restart. {first?.Message}", first);
    }

    /// <summary>Restores weights, moments and step.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or belongs to another recipe.</exception>
    /// <exception cref="IOException">A file of it is missing or damaged.</exception>
    public static RunProgress Load(string path, Learner learner, string fingerprint)
    {
        (int step, string saved, RunProgress progress) = ReadState(Path.Combine(path, "state.json"));
        if (saved != fingerprint) throw OtherRun(path);
        learner.Model.Load(path);
        Read(Path.Combine(path, Moments), learner.Optimizer.State);
        if (learner.Average is { } average) Read(Path.Combine(path, Averages), average.State);
        if (learner.Model.Carried is { Count: > 0 } carried) Read(Path.Combine(path, CarriedFile), carried);
        learner.Optimizer.Steps = step;
        return progress;
    }

    private static SafetensorsEntry Entry(KeyValuePair<string, Tensor> named) =>
        SafetensorsEntry.Floats(named.Key, [.. named.Value.Shape.ToArray().Select(d => (long)d)], (start, part) => named.Value.Span.Slice(checked((int)start), part.Length).CopyTo(part));

    private static void Read(string path, IEnumerable<KeyValuePair<string, Tensor>> targets)
    {
        using WeightSource source = WeightSource.Open(path);
        foreach ((string name, Tensor tensor) in targets)
        {
            if (!source.Weights.TryGetValue(name, out WeightInfo? info) || info.Count != tensor.Count) throw new InvalidDataException($"{source.Path}: {name} is missing or misshapen, expected {tensor.Shape}");
            source.ReadFloats(name, tensor.Span);
        }
    }

    private static InvalidDataException OtherRun(string path) =>
        new($"{path}: the checkpoint was made by another recipe or other data; resume with the recipe it was started with, or start again with --restart");

    private static string State(int step, string fingerprint, RunProgress progress) => RecipeJson.Write(indented: true, w =>
    {
        w.WriteStartObject();
        w.WriteNumber("step", step);
        w.WriteString("fingerprint", fingerprint);
        progress.Write(w);
        w.WriteEndObject();
    }) + "\n";

    private static (int Step, string Fingerprint, RunProgress Progress) ReadState(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return (document.RootElement.GetProperty("step").GetInt32(), document.RootElement.GetProperty("fingerprint").GetString() ?? "", RunProgress.Read(document.RootElement));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }
}
