using System.Text.Json;

namespace Heed.Training;

/// <summary>One logged step of a run.</summary>
/// <param name="Step">Steps made so far.</param>
internal sealed record RunPoint(int Step)
{
    public double? Loss { get; init; }

    public double? LearningRate { get; init; }

    public double? GradientNorm { get; init; }

    public double? TokensPerSecond { get; init; }

    /// <summary>Tokens seen so far.</summary>
    public double? Tokens { get; init; }

    /// <summary>Training time so far.</summary>
    public double? Seconds { get; init; }

    public double? Utilization { get; init; }

    public double? DataWait { get; init; }

    public double? ValidationLoss { get; init; }

    public string? Sample { get; init; }
}

/// <summary>What a run's <c>metrics.jsonl</c> tells: steps, the machine, the end. Lines that are not whole are left out.</summary>
internal sealed class RunHistory
{
    private const int LongestLine = 1 << 24; // characters

    private readonly List<RunPoint> points = [];

    private RunHistory(string folder) => Folder = folder;

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
    public ConfusionTable? Confusion { get; private set; }

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="FileNotFoundException">It has no metrics.jsonl.</exception>
    public static RunHistory Read(string folder)
    {
        string path = Path.Combine(folder, "metrics.jsonl");
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder} is no run folder: it has no metrics.jsonl", path);
        RunHistory history = new(folder);
        foreach (string line in File.ReadLines(path))
        {
            if (line.Length > LongestLine) continue;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                history.Add(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                // Cut off by a kill: the rest of the run is still worth showing.
            }
        }
        return history;
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
