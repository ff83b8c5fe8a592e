using System.Text.Json;

namespace Heed.Cli;

/// <summary>The losses of a run, as its metrics.jsonl tells them.</summary>
internal sealed class LossHistory
{
    private readonly List<(int Step, double Loss)> training = [];
    private readonly List<(int Step, double Loss)> validation = [];

    /// <summary>Training loss at logged steps, in nats.</summary>
    public IReadOnlyList<(int Step, double Loss)> Training => training;

    /// <summary>Validation loss where it was measured, the final one included.</summary>
    public IReadOnlyList<(int Step, double Loss)> Validation => validation;

    /// <summary>Loss of a model that knows only token frequencies, when the run has ended.</summary>
    public double? Unigram { get; private set; }

    /// <summary>Reads a metrics file; lines that are not whole are left out.</summary>
    public static LossHistory Read(string path)
    {
        LossHistory history = new();
        if (!File.Exists(path)) return history;
        foreach (string line in File.ReadLines(path))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                history.Add(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                // Cut off by a kill: the rest of the run is still worth drawing.
            }
        }
        return history;
    }

    /// <summary>Mean of a loss over about <paramref name="span"/> steps on both sides, so that the curve does not lag; steps may be missing.</summary>
    public static (int Step, double Loss)[] Smooth(IReadOnlyList<(int Step, double Loss)> losses, double span)
    {
        (int Step, double Loss)[] smooth = [.. losses];
        Smoother forward = new(span), backward = new(span);
        for (int i = 0; i < smooth.Length; i++) smooth[i].Loss = forward.Add(losses[i].Step, losses[i].Loss) / 2;
        for (int i = smooth.Length - 1; i >= 0; i--) smooth[i].Loss += backward.Add(losses[^1].Step - losses[i].Step + 1, losses[i].Loss) / 2;
        return smooth;
    }

    /// <summary>Steps that a smoothed loss looks back in a run of <paramref name="steps"/> steps.</summary>
    public static double Span(int steps) => Math.Clamp(steps / 40.0, 1, 100);

    private void Add(JsonElement line)
    {
        if (Number(line, "step") is not { } at) return;
        int step = (int)at;
        if (Number(line, "loss") is { } loss) training.Add((step, loss));
        if ((Number(line, "validation_loss") ?? Number(line, "final_validation_loss")) is { } measured) validation.Add((step, measured));
        if (Number(line, "unigram_loss") is { } unigram) Unigram = unigram;
    }

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}

/// <summary>An exponential moving mean over steps that need not follow each other.</summary>
internal sealed class Smoother(double span)
{
    private double sum, weight;
    private int last;

    public double Add(int step, double value)
    {
        double keep = Math.Pow(1 - 1 / Math.Max(1, span), Math.Max(1, step - last));
        last = step;
        sum = keep * sum + (1 - keep) * value;
        weight = keep * weight + (1 - keep);
        return sum / weight;
    }
}
