using System.Text.Json;

namespace Heed.Training;

/// <summary>What a run's <c>metrics.jsonl</c> tells: steps, the machine, the end. Lines that are not whole are left out. Not safe for several threads.</summary>
public sealed class RunHistory
{
    private const int LongestLine = 1 << 24; // bytes
    private const int Marked = 128;

    private readonly List<RunPoint> points = [];
    private readonly string file;
    private long read;
    private byte[] mark = []; // the last bytes read: if they are others now, the file was written anew
    private bool skipping;

    /// <summary>The history of a run folder, of which nothing has been read yet.</summary>
    /// <param name="folder">The folder.</param>
    public RunHistory(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = folder;
        file = Path.Combine(folder, "metrics.jsonl");
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>The logged steps in their order.</summary>
    public IReadOnlyList<RunPoint> Points => points;

    /// <summary>What the newest <c>run</c> line says of machine and model, by key.</summary>
    public IReadOnlyDictionary<string, string> Machine { get; private set; } = new Dictionary<string, string>();

    /// <summary>The figures of the last line, by key, where the run has ended.</summary>
    public IReadOnlyDictionary<string, double> End { get; private set; } = new Dictionary<string, double>();

    /// <summary>Answers by label and by what the model said, of a classifier that has ended.</summary>
    internal ConfusionTable? Confusion { get; private set; }

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="FileNotFoundException">It has no metrics.jsonl.</exception>
    public static RunHistory Read(string folder)
    {
        RunHistory history = new(folder);
        if (!File.Exists(history.file)) throw new FileNotFoundException($"{folder} is no run folder: it has no metrics.jsonl", history.file);
        history.Advance(last: true);
        return history;
    }

    /// <summary>Reads the lines that were written since the last time; all of them, where the run was begun again or resumed from an earlier step.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool Update() => File.Exists(file) && Advance(last: false);

    /// <summary>The keys, such as <c>algorithm.depth</c>, and values of a run's recipe; empty where it cannot be read.</summary>
    public static IReadOnlyDictionary<string, string> Recipe(string folder) => RecipeValues.Read(folder);

    private bool Advance(bool last)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        bool changed = !Continues(stream);
        if (changed) Reset();
        stream.Position = read;
        byte[] buffer = new byte[1 << 14];
        int filled = 0;
        for (int count; (count = stream.Read(buffer.AsSpan(filled))) > 0;)
        {
            filled += count;
            int start = 0;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0; start += length + 1)
            {
                if (!skipping) changed |= TryAdd(buffer.AsMemory(start, length));
                skipping = false;
            }
            Pass(buffer.AsSpan(0, start));
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled < buffer.Length) continue;
            if (filled < LongestLine) Array.Resize(ref buffer, 2 * filled);
            else
            {
                Pass(buffer);
                (skipping, filled) = (true, 0);
            }
        }
        return (last && filled > 0 && !skipping && TryAdd(buffer.AsMemory(0, filled))) || changed;
    }

    private bool Continues(FileStream stream)
    {
        if (stream.Length < read) return false;
        Span<byte> now = stackalloc byte[Marked];
        now = now[..mark.Length];
        stream.Position = read - mark.Length;
        return stream.ReadAtLeast(now, now.Length, throwOnEndOfStream: false) == now.Length && now.SequenceEqual(mark);
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return;
        read += bytes.Length;
        byte[] all = [.. mark, .. bytes[Math.Max(0, bytes.Length - Marked)..]];
        mark = all[Math.Max(0, all.Length - Marked)..];
    }

    private void Reset()
    {
        points.Clear();
        Machine = new Dictionary<string, string>();
        End = new Dictionary<string, double>();
        (Confusion, read, mark, skipping) = (null, 0, [], false);
    }

    private bool TryAdd(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Add(document.RootElement);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false; // Cut off by a kill: the rest of the run is still worth showing.
        }
    }

    private void Add(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object || Number(line, "step") is not (>= 0 and <= int.MaxValue and { } step)) return;
        if (line.TryGetProperty("run", out JsonElement run) && run.ValueKind == JsonValueKind.Object)
            Machine = Values(run).ToDictionary(p => p.Name, p => p.Value.ToString());
        else if (Number(line, "final_validation_loss") is not null)
        {
            End = Values(line).Where(p => p.Value.ValueKind == JsonValueKind.Number).ToDictionary(p => p.Name, p => p.Value.GetDouble());
            Confusion = ConfusionTable.Read(line);
        }
        else if (Number(line, "loss") is { } loss)
            points.Add(new RunPoint((int)step)
            {
                Loss = loss,
                LearningRate = Number(line, "learning_rate"),
                GradientNorm = Number(line, "gradient_norm"),
                TokensPerSecond = Number(line, "tokens_per_second"),
                Tokens = Number(line, "tokens"),
                Seconds = Number(line, "seconds"),
                Utilization = Number(line, "mfu"),
                DataWait = Number(line, "data_wait"),
                ValidationLoss = Number(line, "validation_loss"),
                Sample = line.TryGetProperty("sample", out JsonElement sample) && sample.ValueKind == JsonValueKind.String ? sample.GetString() : null,
            });
    }

    // A key that is there twice has its last value.
    private static IEnumerable<JsonProperty> Values(JsonElement element) => element.EnumerateObject().GroupBy(p => p.Name).Select(g => g.Last());

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;
}

/// <summary>How often a label was answered with each label: rows are the right ones.</summary>
internal sealed record ConfusionTable(IReadOnlyList<string> Labels, long[][] Counts)
{
    private const int MostLabels = 64;

    /// <summary>Reads the members <c>labels</c> and <c>confusion</c>; null if they are not there, do not fit together or are too many to show.</summary>
    public static ConfusionTable? Read(JsonElement line)
    {
        if (!line.TryGetProperty("labels", out JsonElement names) || !line.TryGetProperty("confusion", out JsonElement rows)) return null;
        if (names.ValueKind != JsonValueKind.Array || rows.ValueKind != JsonValueKind.Array) return null;
        int count = names.GetArrayLength();
        if (count is 0 or > MostLabels || rows.GetArrayLength() != count || rows.EnumerateArray().Any(r => r.ValueKind != JsonValueKind.Array || r.GetArrayLength() != count)) return null;
        return new ConfusionTable([.. names.EnumerateArray().Select(n => n.ToString())], [.. rows.EnumerateArray().Select(r => r.EnumerateArray().Select(c => c.GetInt64()).ToArray())]);
    }
}
