using System.Text.Json;

namespace Heed.Training;

/// <summary>What a run has used and found so far. A checkpoint keeps it, so that a resumed run counts on.</summary>
public sealed record RunProgress
{
    /// <summary>Tokens that the model has read while it learned.</summary>
    public long Tokens { get; init; }

    /// <summary>Time spent on steps, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The best measurement so far: an accuracy, or else the negative of a loss; null before the first.</summary>
    public double? Best { get; init; }

    /// <summary>The loss of that measurement.</summary>
    public double? BestLoss { get; init; }

    /// <summary>The step of that measurement.</summary>
    public int BestStep { get; init; }

    /// <summary>What a measurement must exceed by the least gain to end the waiting; null before the first.</summary>
    public double? Mark { get; init; }

    /// <summary>Measurements since then.</summary>
    public int Waited { get; init; }

    /// <summary>What is known after a measurement.</summary>
    /// <param name="step">Its step.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="accuracy">Its accuracy; null where the loss judges.</param>
    /// <param name="leastGain">Gain that ends the waiting.</param>
    internal RunProgress After(int step, double loss, double? accuracy, double leastGain)
    {
        double score = accuracy ?? -loss;
        RunProgress known = this;
        if (Best is null || score > Best || (score == Best && loss < BestLoss)) known = known with { Best = score, BestLoss = loss, BestStep = step };
        return Mark is null || score > Mark + leastGain ? known with { Mark = score, Waited = 0 } : known with { Waited = Waited + 1 };
    }

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("tokens", Tokens);
        writer.WriteNumber("seconds", Seconds);
        if (Best is { } best) writer.WriteNumber("best", best);
        if (BestLoss is { } loss) writer.WriteNumber("best_loss", loss);
        writer.WriteNumber("best_step", BestStep);
        if (Mark is { } mark) writer.WriteNumber("mark", mark);
        writer.WriteNumber("waited", Waited);
    }

    // What an older checkpoint does not tell is 0 or null.
    internal static RunProgress Read(JsonElement state)
    {
        return new RunProgress
        {
            Tokens = (long)(Number("tokens") ?? 0),
            Seconds = Number("seconds") ?? 0,
            Best = Number("best"),
            BestLoss = Number("best_loss"),
            BestStep = (int)(Number("best_step") ?? 0),
            Mark = Number("mark"),
            Waited = (int)(Number("waited") ?? 0),
        };

        double? Number(string name) => state.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
    }
}
