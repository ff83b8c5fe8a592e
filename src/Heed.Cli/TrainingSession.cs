using System.Globalization;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Trains a recipe in front of the user: display, Ctrl-C, loss curve, last words.</summary>
internal static class TrainingSession
{
    /// <summary>Runs the recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="display">How to show it.</param>
    /// <param name="existing">What to do about an earlier run in the folder.</param>
    /// <param name="interrupt">Ends the training after the current step.</param>
    public static TrainingResult Run(Recipe recipe, TrainingDisplay display, ExistingRun existing, Interrupt interrupt)
    {
        TrainingResult result = display.Run((step, status) => Trainer.Run(recipe, step, existing, status, interrupt.Token));
        LossCurveSvg.Save(result.Folder, $"{recipe.Name}: {recipe.Algorithm.Family}, {Show.Count(result.Parameters)} weights");
        return result;
    }

    /// <summary>The result for people.</summary>
    public static void Summarize(Terminal terminal, Recipe recipe, TrainingResult result)
    {
        terminal.Line();
        if (!result.Stopped)
        {
            double gain = 1 - result.ValidationLoss / result.UnigramLoss;
            string unit = recipe.Algorithm.Objective switch { "classify" => "nats", "regression" => "of the target's variance", _ => "nats a token" };
            Row("validation loss", $"[bold]{Show.Number(result.ValidationLoss, "F4")}[/] {unit}" + (result.BitsPerByte is { } bits ? $", {Show.Number(bits, "F3")} bits a byte" : ""));
            if (result.Accuracy is { } accuracy) Row("accuracy", $"[bold]{Show.Number(100 * accuracy, "F1")}%[/] {Answers(recipe.Algorithm.Objective)}");
            foreach (RunFigure figure in result.Figures) Row(figure.Name.Replace('_', ' '), Show.Number(figure.Value, "G6"));
            Row(recipe.Algorithm.Objective == "regression" ? "the mean alone" : "frequencies alone", $"{Show.Number(result.UnigramLoss, "F4")} {unit}" + (gain > 0 ? $" [grey](the model needs {Show.Number(100 * gain, "F0")}% less)[/]" : ""));
        }
        if (result.BestStep is { } best) Row("best measurement", $"at step {best.ToString("N0", CultureInfo.InvariantCulture)}{(recipe.Compute.KeepBest == "final" ? ", which is the model" : $", in {Markup.Escape(Path.Combine(result.Folder, "best"))}")}");
        if (result.EndedEarly) Row("ended early", $"no gain in {recipe.Algorithm.EarlyStopping.Patience} measurements");
        Row("time", $"{Show.Time(result.Elapsed)} for {result.Steps.ToString("N0", CultureInfo.InvariantCulture)} steps");
        Row("speed", Speed(result));
        Row("model folder", Markup.Escape(result.Folder));
        Row("loss curve", Markup.Escape(Path.Combine(result.Folder, "loss.svg")));
        Row("report", Markup.Escape(Path.Combine(result.Folder, RunReport.FileName)));

        void Row(string name, string value) => terminal.Line($"  [grey]{name,-18}[/] {value}");
    }

    private static string Speed(TrainingResult result)
    {
        string text = $"{Show.Count((long)(result.Tokens / Math.Max(1e-9, result.Elapsed.TotalSeconds)))} tokens/s";
        if (result.Utilization is { } utilization) text += $", {Show.Number(100 * utilization, "F0")}% of the machine's peak (MFU)";
        return result.DataWait is { } wait ? text + $" [grey](waiting for data: {Show.Number(100 * wait, "F2")}%)[/]" : text;
    }

    private static string Answers(string objective) => objective switch
    {
        "masked" => "of the hidden tokens of unseen texts are found",
        "classify" => "of the unseen texts get their label",
        _ => "of the next tokens of unseen pairs, each behind the right beginning",
    };

    /// <summary>The result for programs.</summary>
    public static void WriteEnd(Terminal terminal, TrainingResult result) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("event", "end");
        w.WriteBoolean("stopped", result.Stopped);
        w.WriteNumber("steps", result.Steps);
        if (result.EndedEarly) w.WriteBoolean("ended_early", true);
        if (result.BestStep is { } best) w.WriteNumber("best_step", best);
        w.WriteFinite("validation_loss", result.ValidationLoss);
        if (result.BitsPerByte is { } bits) w.WriteFinite("bits_per_byte", bits);
        if (result.Accuracy is { } accuracy) w.WriteFinite("accuracy", accuracy);
        foreach (RunFigure figure in result.Figures) w.WriteFinite(figure.Name, figure.Value);
        w.WriteFinite("unigram_loss", result.UnigramLoss);
        w.WriteNumber("tokens", result.Tokens);
        w.WriteFinite("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
        if (result.Utilization is { } utilization) w.WriteFinite("mfu", Math.Round(utilization, 6));
        if (result.DataWait is { } wait) w.WriteFinite("data_wait", Math.Round(wait, 5));
        w.WriteString("folder", result.Folder);
        w.WriteString("checkpoint", result.Checkpoint);
    });

    /// <summary>Tells how to go on after Ctrl-C, and gives the exit code.</summary>
    public static int Stopped(Terminal terminal, TrainingResult result, string resume)
    {
        terminal.Error.WriteLine($"heed: stopped after step {result.Steps.ToString(CultureInfo.InvariantCulture)}; saved {result.Checkpoint}. Go on with: {resume}");
        return ExitCode.Interrupted;
    }
}
