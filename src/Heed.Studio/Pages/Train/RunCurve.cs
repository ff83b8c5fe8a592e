using Heed.Studio.Charts;
using Heed.Studio.Language;
using Heed.Training;

namespace Heed.Studio.Pages.Train;

/// <summary>What curves are drawn over.</summary>
public enum RunAxis
{
    Steps,
    Tokens,
    Time,
}

/// <summary>The curves of runs.</summary>
internal static class RunCurve
{
    private const double Spans = 60; // of a moving mean, in a run

    /// <summary>What lies along x, in a unit that suits the runs.</summary>
    public static (string Name, Func<RunPoint, double?> Of) Across(RunAxis axis, IEnumerable<RunSnapshot> runs, Words W)
    {
        if (axis == RunAxis.Steps) return (W["steps"], p => p.Step);
        if (axis == RunAxis.Tokens) return (W["tokens"], p => p.Tokens);
        (double unit, string name) = runs.Select(r => r.Points.Count > 0 ? r.Points[^1].Seconds ?? 0 : 0).DefaultIfEmpty().Max() switch
        {
            < 180 => (1, W["seconds"]),
            < 3 * 3600 => (60, W["minutes"]),
            _ => (3600, W["hours"]),
        };
        return (name, p => p.Seconds / unit);
    }

    /// <summary>Training and validation loss of one run.</summary>
    public static IReadOnlyList<ChartSeries> Losses(RunSnapshot run, Func<RunPoint, double?> x, Words W)
    {
        IReadOnlyList<(double X, double Y)> training = Points(run, x, p => p.Loss);
        List<ChartSeries> all = [new ChartSeries("", training) { Faint = true, Colour = 0 }, new ChartSeries(W["training loss"], Smooth(training)) { Colour = 0 }];
        if (Validation(run, x) is { Count: > 0 } measured) all.Add(new ChartSeries(W["validation loss"], measured, Dots: true) { Colour = 1 });
        return all;
    }

    /// <summary>One loss of several runs: the validation loss, or of training.</summary>
    public static IReadOnlyList<ChartSeries> Compared(IReadOnlyList<RunSnapshot> runs, Func<RunPoint, double?> x, bool validation) =>
        [.. runs.Select((run, i) => new ChartSeries(run.Run.Name, validation ? Validation(run, x) : Smooth(Points(run, x, p => p.Loss)), validation) { Colour = i })];

    /// <summary>One value of each run.</summary>
    public static IReadOnlyList<ChartSeries> Values(IReadOnlyList<RunSnapshot> runs, Func<RunPoint, double?> x, Func<RunPoint, double?> y) =>
        [.. runs.Select((run, i) => new ChartSeries(run.Run.Name, Points(run, x, y)) { Colour = i })];

    private static IReadOnlyList<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points) => CurvePoints.Smooth(points, points.Count / Spans);

    private static List<(double X, double Y)> Validation(RunSnapshot run, Func<RunPoint, double?> x)
    {
        List<(double X, double Y)> measured = Points(run, x, p => p.ValidationLoss);
        if (run.End.TryGetValue("final_validation_loss", out double final) && run.Points.Count > 0 && x(run.Points[^1]) is { } end && double.IsFinite(final)) measured.Add((end, final));
        return measured;
    }

    private static List<(double X, double Y)> Points(RunSnapshot run, Func<RunPoint, double?> x, Func<RunPoint, double?> y)
    {
        List<(double X, double Y)> points = [];
        foreach (RunPoint point in run.Points)
            if (x(point) is { } px && y(point) is { } py && (points.Count == 0 || px >= points[^1].X)) points.Add((px, py));
        return points;
    }
}
