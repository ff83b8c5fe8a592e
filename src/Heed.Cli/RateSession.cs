using System.Globalization;
using Heed.Formats;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Looks for a learning rate in front of the user: curve in the terminal and as SVG, and a suggestion.</summary>
internal static class RateSession
{
    private const int Rows = 16;

    /// <summary>The picture's name in the run folder.</summary>
    public const string FileName = "learning-rate.svg";

    /// <summary>Runs the test; returns the exit code.</summary>
    public static int Run(Terminal terminal, Recipe recipe, bool json, bool quiet)
    {
        if (recipe.Compute.Threads is { } threads) CommonOptions.UseThreads(threads);
        using Interrupt interrupt = new();
        LearningRateCurve curve;
        using (ProgressLine line = new(terminal))
            curve = LearningRateFinder.Run(recipe, progress: (step, rate, loss) => line.Say($"step {step}: rate {Rate(rate)}, loss {Show.Number(loss, "F4")}"), status: line.Say, cancellation: interrupt.Token);
        Directory.CreateDirectory(recipe.OutputFolder);
        string path = Path.Combine(recipe.OutputFolder, FileName);
        AtomicFile.WriteText(path, LearningRateSvg.Draw(curve, $"{recipe.Name}: loss by learning rate"));
        if (json) WriteJson(terminal, curve, path);
        else Write(terminal, curve, path, quiet);
        return ExitCode.Ok;
    }

    private static void Write(Terminal terminal, LearningRateCurve curve, string path, bool quiet)
    {
        if (!quiet)
        {
            int rows = Math.Min(Rows, curve.Rates.Count);
            int[] shown = [.. Enumerable.Range(0, rows).Select(i => rows == 1 ? 0 : i * (curve.Rates.Count - 1) / (rows - 1))];
            terminal.Console.Write(BarTable.Draw([.. shown.Select(i => new BarRow(Rate(curve.Rates[i]), curve.Losses[i], Show.Number(curve.Losses[i], "F4")))]));
            terminal.Line();
        }
        Row("loss falls fastest", curve.Steepest is { } rate ? $"at [bold]{Rate(rate)}[/]: try algorithm.optimizer.learning_rate={Rate(rate)}" : "nowhere: it does not fall");
        Row("loss is lowest", $"at {Rate(curve.Lowest)}; beyond, training is unsteady");
        Row("curve", Markup.Escape(path));

        void Row(string name, string value) => terminal.Line($"  [grey]{name,-18}[/] {value}");
    }

    private static void WriteJson(Terminal terminal, LearningRateCurve curve, string path) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("event", "learning_rates");
        w.WriteNumbers("rates", [.. curve.Rates.Select(r => (float)r)]);
        w.WriteNumbers("losses", [.. curve.Losses.Select(l => (float)l)]);
        if (curve.Steepest is { } rate) w.WriteNumber("suggestion", double.Parse(Rate(rate), CultureInfo.InvariantCulture));
        else w.WriteNull("suggestion");
        w.WriteNumber("lowest", curve.Lowest);
        w.WriteString("curve", path);
    });

    private static string Rate(double rate) => rate.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
