using System.Text;
using Heed.Formats;

namespace Heed.Training;

/// <summary>
/// The page of a run, <c>report.html</c>: figures, curves, samples, recipe and machine in one file that needs no network. It is made from what lies in the run
/// folder, so it can be made again at any time.
/// </summary>
public static class RunReport
{
    /// <summary>The name of the page in a run folder.</summary>
    public const string FileName = "report.html";

    private const int MostSamples = 40;

    /// <summary>Writes the page of a run; returns its path.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="output">Where to write; null = <see cref="FileName"/> in the folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no metrics.jsonl.</exception>
    /// <exception cref="IOException">The page cannot be written.</exception>
    public static string Save(string folder, string? output = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = output ?? Path.Combine(folder, FileName);
        AtomicFile.WriteText(path, Draw(RunHistory.Read(folder)));
        return path;
    }

    /// <summary>Writes one page that compares several runs.</summary>
    /// <param name="folders">The run folders, at least one.</param>
    /// <param name="output">Where to write.</param>
    /// <exception cref="FileNotFoundException">A folder has no metrics.jsonl.</exception>
    /// <exception cref="IOException">The page cannot be written.</exception>
    public static void SaveComparison(IReadOnlyList<string> folders, string output)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (folders.Count == 0) throw new ArgumentException("no runs to compare", nameof(folders));
        AtomicFile.WriteText(output, RunComparison.Draw([.. folders.Select(RunHistory.Read)]));
    }

    private static string Draw(RunHistory run)
    {
        RunHistory[] one = [run];
        StringBuilder body = new(Html.Tiles(Figures(run)));
        body.Append(EvaluationView.Show(run.Folder));
        body.Append(Html.Card("Loss", run.Points.Count > 0 ? RunCurves.Losses(one) : "<p>No step has been logged yet.</p>"));
        string small = RunCurves.Small(one, "learning rate", p => p.LearningRate) + RunCurves.Small(one, "gradient norm", p => p.GradientNorm, spikes: true)
            + RunCurves.Small(one, "tokens per second", p => p.TokensPerSecond) + RunCurves.Small(one, "share of the machine's peak (MFU), %", p => 100 * p.Utilization)
            + RunCurves.Small(one, "waiting for data, %", p => 100 * p.DataWait);
        if (small.Length > 0) body.Append(Html.Card("Along the way", $"<div class=\"grid-of-charts\">{small}</div>"));
        if (Samples(run) is { Length: > 0 } samples) body.Append(Html.Card("Samples", samples));
        if (SnapshotView.Show(run.Folder) is { Length: > 0 } attention) body.Append(Html.Card("Attention over the steps", attention));
        if (run.Confusion is { } confusion) body.Append(Html.Card("Confusion matrix, validation part", ConfusionView.Show(confusion)));
        body.Append(Html.Card("Recipe", RecipeValues.Show(run.Folder)));
        if (run.Machine.Count > 0) body.Append(Html.Card("Machine", Html.List(run.Machine.Select(m => (m.Key.Replace('_', ' '), m.Value, false)))));
        return Html.Page(run.Name, Subtitle(run), body.ToString());
    }

    /// <summary>The figures that say how a run went, as far as they are known.</summary>
    internal static IEnumerable<(string Name, string Value)> Figures(RunHistory run)
    {
        RunPoint? last = run.Points.Count > 0 ? run.Points[^1] : null, measured = run.Points.LastOrDefault(p => p.ValidationLoss is not null);
        if (End("final_validation_loss") is { } loss) yield return ("validation loss", Html.Number(loss));
        else if (measured is not null) yield return ($"validation loss, step {measured.Step}", Html.Number(measured.ValidationLoss!.Value));
        if (End("final_bits_per_byte") is { } bits) yield return ("bits per byte", Html.Number(bits));
        if (End("best_step") is { } best) yield return ("best step", Html.Number(best));
        if (End("final_accuracy") is { } accuracy) yield return ("accuracy", Html.Percent(accuracy));
        if (End("unigram_loss") is { } frequencies) yield return ("loss of frequencies alone", Html.Number(frequencies));
        if (last is null) yield break;
        yield return ("steps", Html.Number(last.Step));
        if (last.Tokens is { } tokens) yield return ("tokens", Html.Count(tokens));
        if ((last.Seconds ?? End("seconds")) is { } seconds)
        {
            yield return ("training time", Html.Time(seconds));
            if (last.Tokens is { } seen && seconds > 0) yield return ("tokens per second", Html.Count(seen / seconds));
        }
        double[] utilization = [.. run.Points.Select(p => p.Utilization).OfType<double>()];
        if (utilization.Length > 0) yield return ("MFU, mean", Html.Percent(utilization.Average()));
        if (End("peak_rss_mb") is { } memory) yield return ("peak memory", Html.Number(memory) + " MB");

        double? End(string name) => run.End.TryGetValue(name, out double value) ? value : null;
    }

    private static string Subtitle(RunHistory run)
    {
        Dictionary<string, string> recipe = RecipeValues.Read(run.Folder);
        List<string> words = [];
        if (recipe.TryGetValue("algorithm.family", out string? family)) words.Add(family);
        if (recipe.TryGetValue("algorithm.objective", out string? objective)) words.Add(objective);
        if (run.Machine.TryGetValue("parameters", out string? text) && double.TryParse(text, out double parameters)) words.Add($"{Html.Count(parameters)} parameters");
        if (run.End.Count == 0 && recipe.TryGetValue("algorithm.steps", out string? steps)) words.Add($"at step {(run.Points.Count > 0 ? run.Points[^1].Step : 0)} of {steps}");
        if (run.Machine.TryGetValue("started", out string? started)) words.Add($"started {started}");
        return string.Join(" · ", words);
    }

    // The last one is open. Of very many some are left out, evenly.
    private static string Samples(RunHistory run)
    {
        RunPoint[] all = [.. run.Points.Where(p => p.Sample is not null)];
        int shown = Math.Min(all.Length, MostSamples);
        StringBuilder html = new();
        for (int i = shown - 1; i >= 0; i--)
        {
            RunPoint point = all[shown == 1 ? 0 : (int)((long)i * (all.Length - 1) / (shown - 1))];
            html.Append($"<details{(i == shown - 1 ? " open" : "")}><summary>step {Html.Number(point.Step)}{(point.ValidationLoss is { } loss ? $", validation loss {Html.Number(loss)}" : "")}</summary><pre>{Html.Text(point.Sample!.Trim('\n'))}</pre></details>\n");
        }
        return html.ToString();
    }
}
