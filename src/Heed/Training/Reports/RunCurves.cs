namespace Heed.Training;

/// <summary>The curves of one or several runs as charts.</summary>
internal static class RunCurves
{
    private const double MovingMeans = 80; // how many spans of a moving mean a run has

    private sealed record Axis(string Tab, string Across, Func<RunPoint, double?> Of);

    /// <summary>Losses by steps, by tokens and by time, in tabs.</summary>
    public static string Losses(IReadOnlyList<RunHistory> runs)
    {
        string name = runs.Count == 1 ? "training" : "";
        return Tabs("loss", Axes(runs).Select(axis => (axis.Tab, LineChart.Draw("loss", axis.Across, runs.SelectMany((run, i) => Lines(run, i, axis, name))))));
    }

    /// <summary>One value of each run by steps; empty where no run has it.</summary>
    public static string Small(IReadOnlyList<RunHistory> runs, string title, Func<RunPoint, double?> of, bool spikes = false, bool fromZero = true) =>
        LineChart.Draw(title, "steps", runs.Select((run, i) => new ChartLine(runs.Count == 1 ? title : run.Name, CurvePoints.Thin(Points(run, p => p.Step, of), spikes), i)), fromZero, small: true);

    private static IEnumerable<ChartLine> Lines(RunHistory run, int index, Axis axis, string name)
    {
        bool alone = name.Length > 0;
        IReadOnlyList<(double X, double Y)> training = Points(run, axis.Of, p => p.Loss);
        yield return new ChartLine(alone ? name : run.Name, CurvePoints.Thin(training), index, LineStyle.Faint) { Told = false };
        yield return new ChartLine(alone ? name : run.Name, CurvePoints.Thin(CurvePoints.Smooth(training, training.Count / MovingMeans)), index);
        List<(double X, double Y)> measured = [.. Points(run, axis.Of, p => p.ValidationLoss)];
        if (run.End.TryGetValue("final_validation_loss", out double final) && run.Points.Count > 0 && axis.Of(run.Points[^1]) is { } end) measured.Add((end, final));
        yield return new ChartLine(alone ? "validation" : run.Name, measured, alone ? 1 : index, LineStyle.Dots) { Detail = alone ? "" : ", validation" };
        if (alone && run.End.TryGetValue("unigram_loss", out double frequencies) && run.Points.Count > 0 && axis.Of(run.Points[^1]) is { } last)
            yield return new ChartLine("frequencies alone", [(0, frequencies), (last, frequencies)], 7, LineStyle.Dashed) { Told = false };
    }

    private static List<(double X, double Y)> Points(RunHistory run, Func<RunPoint, double?> x, Func<RunPoint, double?> y)
    {
        List<(double X, double Y)> points = [];
        foreach (RunPoint point in run.Points)
            if (x(point) is { } px && y(point) is { } py && (points.Count == 0 || px >= points[^1].X)) points.Add((px, py));
        return points;
    }

    private static IEnumerable<Axis> Axes(IReadOnlyList<RunHistory> runs)
    {
        yield return new Axis("by steps", "steps", p => p.Step);
        if (runs.Any(r => r.Points.Any(p => p.Tokens is not null))) yield return new Axis("by tokens", "tokens", p => p.Tokens);
        double[] times = [.. runs.SelectMany(r => r.Points).Select(p => p.Seconds).OfType<double>()];
        if (times.Length == 0) yield break;
        (double unit, string name) = times.Max() switch { < 180 => (1, "seconds"), < 3 * 3600 => (60, "minutes"), _ => (3600, "hours") };
        yield return new Axis("by time", name, p => p.Seconds / unit);
    }

    // Radio buttons and a rule of the style sheet: no script is needed.
    private static string Tabs(string group, IEnumerable<(string Name, string Content)> tabs)
    {
        (string Name, string Content)[] all = [.. tabs.Where(t => t.Content.Length > 0)];
        string buttons = string.Concat(all.Select((t, i) => $"<input type=\"radio\" name=\"{group}\" id=\"{group}{i}\"{(i == 0 ? " checked" : "")}><label for=\"{group}{i}\">{t.Name}</label>\n"));
        return $"<div class=\"tabs\">{buttons}{string.Concat(all.Select(t => $"<div class=\"pane\">{t.Content}</div>\n"))}</div>\n";
    }
}
