using System.Globalization;
using Heed.Formats;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Trains the runs of a series one after the other, and shows what they reached beside each other.</summary>
internal static class SeriesSession
{
    private const string FileName = "series.json";

    /// <summary>Runs them; finished ones are taken as they are. Returns the exit code.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="folder">The folder of them all.</param>
    /// <param name="existing">What to do about earlier runs.</param>
    /// <param name="json">Whether programs read the output.</param>
    /// <param name="quiet">Whether only the result is shown.</param>
    /// <param name="again">The command line that goes on after Ctrl-C.</param>
    public static int Run(Terminal terminal, IReadOnlyList<SeriesRun> runs, string folder, ExistingRun existing, bool json, bool quiet, string again)
    {
        if (existing == ExistingRun.Fail && runs.FirstOrDefault(r => Checkpoint.List(r.Recipe.OutputFolder).Count > 0) is { } there)
            throw new InvalidDataException($"{there.Recipe.OutputFolder} holds a run: go on with the series with --resume, start it again with --restart, or choose another folder with --output FOLDER");
        using Interrupt interrupt = new();
        List<(SeriesRun Run, SeriesFigures Figures)> done = [];
        foreach (SeriesRun run in runs)
        {
            SeriesFigures? finished = existing == ExistingRun.Resume ? run.Finished() : null;
            if (!json && !quiet) terminal.Line($"[bold]run {done.Count + 1} of {runs.Count}[/] {Markup.Escape(Title(run))}{(finished is null ? "" : " [grey](finished before)[/]")}");
            if (finished is null)
            {
                TrainingDisplay display = TrainingDisplay.Choose(terminal, run.Recipe, json, quiet, existing == ExistingRun.Resume);
                TrainingResult result = TrainingSession.Run(run.Recipe, display, existing, interrupt);
                if (json) TrainingSession.WriteEnd(terminal, result);
                if (result.Stopped) return TrainingSession.Stopped(terminal, result, again);
                finished = new SeriesFigures(result.ValidationLoss, result.Accuracy, result.Elapsed.TotalSeconds);
            }
            done.Add((run, finished.Value));
        }
        IReadOnlyList<SeriesGroup> groups = SeriesGroup.Rank(done.GroupBy(d => d.Run.Name).Select(g => new SeriesGroup(g.Key, [.. g.Select(d => d.Figures)])));
        RunReport.SaveComparison([.. runs.Select(r => r.Recipe.OutputFolder)], Path.Combine(folder, RunReport.FileName));
        string line = Json(done, groups);
        AtomicFile.WriteText(Path.Combine(folder, FileName), line);
        if (json) terminal.Out.Write(line);
        else Show(terminal, groups, folder);
        return ExitCode.Ok;
    }

    private static string Title(SeriesRun run) => (run.Name.Length > 0 ? run.Name + ", " : "") + $"seed {run.Recipe.Seed.ToString(CultureInfo.InvariantCulture)}";

    private static void Show(Terminal terminal, IReadOnlyList<SeriesGroup> groups, string folder)
    {
        Table table = new() { Border = terminal.Live ? TableBorder.Simple : TableBorder.None };
        bool swept = groups[0].Name.Length > 0, accuracy = groups.All(g => g.Accuracy is not null);
        if (swept) table.AddColumn("setting");
        if (accuracy) table.AddColumn(new TableColumn("accuracy").RightAligned());
        table.AddColumn(new TableColumn("validation loss").RightAligned()).AddColumn(new TableColumn("runs").RightAligned());
        foreach (SeriesGroup group in groups)
        {
            List<string> cells = [];
            if (swept) cells.Add(Markup.Escape(group.Name));
            if (accuracy) cells.Add(Spread(group.Accuracy!.Value, 100, "F1") + "%");
            cells.Add(Spread(group.Loss, 1, "F4"));
            cells.Add(group.Figures.Count.ToString(CultureInfo.InvariantCulture));
            table.AddRow([.. cells]);
        }
        terminal.Line();
        terminal.Console.Write(table);
        terminal.Line($"  [grey]{"report",-18}[/] {Markup.Escape(Path.Combine(folder, RunReport.FileName))}");
    }

    // Mean and sample standard deviation; the latter where there are several runs.
    private static string Spread((double Mean, double Deviation) figure, double scale, string format) =>
        Cli.Show.Number(scale * figure.Mean, format) + (double.IsNaN(figure.Deviation) ? "" : " ± " + Cli.Show.Number(scale * figure.Deviation, format));

    private static string Json(List<(SeriesRun Run, SeriesFigures Figures)> done, IReadOnlyList<SeriesGroup> groups)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        JsonLine.Write(text, w =>
        {
            w.WriteString("event", "series");
            w.WriteObjects("runs", done, d =>
            {
                w.WriteString("setting", d.Run.Name);
                w.WriteNumber("seed", d.Run.Recipe.Seed);
                w.WriteFinite("validation_loss", d.Figures.Loss);
                if (d.Figures.Accuracy is { } accuracy) w.WriteFinite("accuracy", accuracy);
                w.WriteFinite("seconds", Math.Round(d.Figures.Seconds, 3));
                w.WriteString("folder", d.Run.Recipe.OutputFolder);
            });
            w.WriteObjects("ranking", groups, g =>
            {
                w.WriteString("setting", g.Name);
                w.WriteNumber("runs", g.Figures.Count);
                w.WriteFinite("validation_loss_mean", g.Loss.Mean);
                w.WriteFinite("validation_loss_deviation", g.Loss.Deviation);
                if (g.Accuracy is not { } accuracy) return;
                w.WriteFinite("accuracy_mean", accuracy.Mean);
                w.WriteFinite("accuracy_deviation", accuracy.Deviation);
            });
        });
        return text.ToString();
    }
}
