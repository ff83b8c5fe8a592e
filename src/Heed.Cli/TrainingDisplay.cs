using System.Diagnostics;
using System.Globalization;
using Heed.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>Shows a training while it runs.</summary>
internal abstract class TrainingDisplay
{
    /// <summary>Runs a training under this display.</summary>
    /// <param name="train">Trains, and tells of steps and of what happens between them.</param>
    public virtual TrainingResult Run(Func<Action<TrainingStep>, Action<string>, TrainingResult> train) => train(Step, Status);

    protected abstract void Step(TrainingStep step);

    protected abstract void Status(string message);

    /// <summary>Bits for each byte in parentheses, where they are known.</summary>
    protected static string Bits(double? bits) => bits is { } b ? $" ({Show.Number(b, "F3")} bits/byte)" : "";

    /// <summary>The display for this terminal and these options.</summary>
    public static TrainingDisplay Choose(Terminal terminal, Recipe recipe, bool json, bool quiet, bool resumes, Action<string>? stage = null)
    {
        if (json) return new JsonDisplay(terminal);
        if (quiet) return new QuietDisplay();
        LossHistory past = resumes ? LossHistory.Read(Path.Combine(recipe.OutputFolder, "metrics.jsonl")) : new LossHistory();
        return terminal.Live ? new LiveDisplay(terminal, recipe, past, stage) : new PlainDisplay(terminal, recipe, stage);
    }
}

/// <summary>Nothing until the end.</summary>
internal sealed class QuietDisplay : TrainingDisplay
{
    protected override void Step(TrainingStep step)
    {
    }

    protected override void Status(string message)
    {
    }
}

/// <summary>One JSON object in a line for every event.</summary>
internal sealed class JsonDisplay(Terminal terminal) : TrainingDisplay
{
    protected override void Step(TrainingStep step) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("event", "step");
        w.WriteNumber("step", step.Index);
        w.WriteNumber("steps", step.Steps);
        w.WriteFinite("loss", step.Loss);
        w.WriteFinite("learning_rate", step.LearningRate);
        w.WriteFinite("gradient_norm", step.GradientNorm);
        w.WriteNumber("tokens", step.Tokens);
        w.WriteFinite("tokens_per_second", Math.Round(step.TokensPerSecond, 1));
        w.WriteFinite("seconds", Math.Round(step.Elapsed.TotalSeconds, 3));
        if (step.Utilization is { } utilization) w.WriteFinite("mfu", Math.Round(utilization, 6));
        w.WriteFinite("data_wait", Math.Round(step.DataWait, 5));
        w.WriteFinite("seconds_left", Math.Round(step.Remaining.TotalSeconds, 1));
        if (step.ValidationLoss is { } loss) w.WriteFinite("validation_loss", loss);
        if (step.ValidationAccuracy is { } accuracy) w.WriteFinite("validation_accuracy", accuracy);
        if (step.BitsPerByte is { } bits) w.WriteFinite("bits_per_byte", bits);
        if (step.Sample is { } sample) w.WriteString("sample", sample);
    });

    protected override void Status(string message) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("event", "status");
        w.WriteString("message", message);
    });
}

/// <summary>A line for every logged step, measurement and sample.</summary>
internal sealed class PlainDisplay(Terminal terminal, Recipe recipe, Action<string>? stage) : TrainingDisplay
{
    protected override void Step(TrainingStep step)
    {
        int every = recipe.Compute.LogEvery;
        bool logs = step.Index == 1 || step.Index == step.Steps || (every > 0 && step.Index % every == 0) || step.ValidationLoss is not null;
        if (logs)
        {
            string validation = step.ValidationLoss is { } loss ? $"  validation {Show.Number(loss, "F4")}{Bits(step.BitsPerByte)}" : "";
            string total = step.Steps.ToString(CultureInfo.InvariantCulture);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step.Index.ToString(CultureInfo.InvariantCulture).PadLeft(total.Length)}/{total}  loss {step.Loss:F4}  rate {step.LearningRate:0.00e+0}  {step.TokensPerSecond:N0} tokens/s  {Show.Time(step.Remaining)} left{validation}"));
        }
        if (step.Sample is { } sample) terminal.Out.WriteLine($"sample at step {step.Index.ToString(CultureInfo.InvariantCulture)}: {Show.OneLine(sample.Trim())}");
    }

    protected override void Status(string message)
    {
        if (stage is not null) stage(message);
        else terminal.Out.WriteLine(message);
    }
}

/// <summary>A panel that is redrawn a few times a second: progress, losses, speed, and the loss curve.</summary>
internal sealed class LiveDisplay : TrainingDisplay
{
    // Drawing takes a few milliseconds (HEED_DEBUG=1 tells how much in all): the training loses about one part in a hundred.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private readonly Terminal terminal;
    private readonly Action<string>? stage;
    private readonly LossChart chart;
    private readonly int width;
    private readonly Smoother smoother;
    private LiveDisplayContext? context;
    private long drawn;
    private double smoothed;
    private (double Loss, double? Bits)? measured;
    private string sample = ""; // the last one; all are in metrics.jsonl
    private TimeSpan spent; // on drawing

    public LiveDisplay(Terminal terminal, Recipe recipe, LossHistory past, Action<string>? stage)
    {
        (this.terminal, this.stage) = (terminal, stage);
        int steps = recipe.Algorithm.Steps;
        width = Math.Clamp(terminal.Console.Profile.Width - 12, 20, 78);
        chart = new LossChart(steps, width, Math.Clamp(terminal.Console.Profile.Height - 20, 5, 12));
        smoother = new Smoother(LossHistory.Span(steps));
        foreach ((int step, double loss) in past.Training) chart.AddTraining(step, loss);
        foreach ((int step, double loss) in past.Validation) chart.AddValidation(step, loss);
    }

    public override TrainingResult Run(Func<Action<TrainingStep>, Action<string>, TrainingResult> train)
    {
        TrainingResult? result = null;
        Markup start = new(stage is null ? "[grey]  preparing[/]" : "");
        terminal.Console.Live(start).Overflow(VerticalOverflow.Crop).Start(live =>
        {
            context = live;
            result = train(Step, Status);
        });
        if (Failure.Debugging) terminal.Error.WriteLine($"drawing took {Show.Number(spent.TotalSeconds, "F3")} s of {Show.Number(result!.Elapsed.TotalSeconds, "F1")} s");
        return result!;
    }

    protected override void Status(string message)
    {
        if (stage is not null) stage(message);
        else context?.UpdateTarget(new Markup($"[grey]  {Markup.Escape(message)}[/]"));
    }

    protected override void Step(TrainingStep step)
    {
        smoothed = smoother.Add(step.Index, step.Loss);
        chart.AddTraining(step.Index, step.Loss);
        if (step.ValidationLoss is { } loss)
        {
            measured = (loss, step.BitsPerByte);
            chart.AddValidation(step.Index, loss);
        }
        bool due = drawn == 0 || Stopwatch.GetElapsedTime(drawn) >= Pause || step.Index == step.Steps || step.Sample is not null;
        if (!due) return;
        long start = Stopwatch.GetTimestamp();
        if (step.Sample is { } text) sample = $"\n[grey]  step {step.Index.ToString(CultureInfo.InvariantCulture)} writes:[/]\n  {Markup.Escape(Show.Crop(Show.OneLine(text.Trim()), width + 8))}";
        context?.UpdateTarget(View(step));
        drawn = Stopwatch.GetTimestamp();
        spent += Stopwatch.GetElapsedTime(start);
    }

    private Rows View(TrainingStep step)
    {
        double share = (double)step.Index / step.Steps;
        int filled = (int)(share * width);
        string validation = measured is { } m ? $"[orange1]●[/] validation [bold]{Show.Number(m.Loss, "F4")}[/][grey]{Bits(m.Bits)}[/]" : "[grey]● validation not yet measured[/]";
        return new Rows(
            Text.Empty,
            new Markup(string.Create(CultureInfo.InvariantCulture, $"  step [bold]{step.Index}[/]/{step.Steps}   [grey]{step.TokensPerSecond:N0} tokens/s   {Show.Time(step.Remaining)} left   learning rate {step.LearningRate:0.00e+0}[/]")),
            new Markup($"  [dodgerblue1]{new string('━', filled)}[/][grey]{new string('─', width - filled)}[/]"),
            new Markup($"  [dodgerblue1]━[/] training [bold]{Show.Number(smoothed, "F4")}[/]   {validation}"),
            Text.Empty,
            chart,
            new Markup(sample));
    }
}
