using System.Globalization;
using Heed.Studio.Language;
using Heed.Training;

namespace Heed.Studio.Pages.Train;

/// <summary>How a run stands.</summary>
public enum RunStanding
{
    Waiting,
    Running,
    Stopping,
    Stopped,
    Finished,
    Failed,

    /// <summary>Another program, such as <c>heed train</c>, is at it.</summary>
    Elsewhere,
}

/// <summary>A run at one moment: what its files tell, and what its training tells where this server trains it.</summary>
/// <param name="Files">From its folder.</param>
/// <param name="State">Of its training here; null = none.</param>
/// <param name="Latest">The last step made here.</param>
/// <param name="Message">What its training tells between steps; of a failed one, why.</param>
public sealed record WatchedRun(RunSnapshot Files, TrainingState? State, TrainingStep? Latest, string? Message)
{
    internal static WatchedRun Of(StudioRun run, StudioRuns runs, StudioTraining training)
    {
        TrainingJob? job = training.Of(run.Name); // first, so that a run that has just ended is not taken for another program's
        return new WatchedRun(runs.Read(run), job?.State, job?.Latest, job?.Message);
    }

    public string Name => Files.Run.Name;

    public RunStanding Standing => State switch
    {
        TrainingState.Waiting => RunStanding.Waiting,
        TrainingState.Running => RunStanding.Running,
        TrainingState.Stopping => RunStanding.Stopping,
        _ when Files.IsFinished => RunStanding.Finished,
        TrainingState.Failed => RunStanding.Failed,
        null when Files.IsFresh => RunStanding.Elsewhere,
        _ => RunStanding.Stopped,
    };

    /// <summary>Whether it changes.</summary>
    public bool IsActive => Standing is RunStanding.Waiting or RunStanding.Running or RunStanding.Stopping or RunStanding.Elsewhere;

    private RunPoint? Last => Files.Points.Count > 0 ? Files.Points[^1] : null;

    // A resumed training has made no step yet.
    private TrainingStep? Live => State is TrainingState.Running or TrainingState.Stopping ? Latest : null;

    public int Step => Live?.Index ?? Files.Step;

    public int Steps => Live?.Steps ?? Files.Steps;

    /// <summary>Its share that is done.</summary>
    public double Share => Files.IsFinished ? 1 : Steps > 0 ? Math.Min(1, (double)Step / Steps) : 0;

    public double? Loss => Live?.Loss ?? Last?.Loss;

    public double? LearningRate => Live?.LearningRate ?? Last?.LearningRate;

    public double? TokensPerSecond => Live?.TokensPerSecond ?? (IsActive ? Last?.TokensPerSecond : Speed);

    public double? Utilization => Live?.Utilization ?? (Files.End.TryGetValue("mfu", out double mfu) ? mfu : Last?.Utilization);

    public double? Tokens => Live?.Tokens ?? Last?.Tokens;

    public double? Seconds => Live?.Elapsed.TotalSeconds ?? Last?.Seconds;

    /// <summary>Seconds until the last step at this speed; null where nobody is at it.</summary>
    public double? SecondsLeft => Live?.Remaining.TotalSeconds ?? (Standing == RunStanding.Elsewhere && Last is { Seconds: { } spent, Step: > 0 and { } step } ? spent / step * (Steps - step) : null);

    /// <summary>Mean speed of the whole run.</summary>
    public double? Speed => Last is { Tokens: { } tokens, Seconds: > 0 and { } seconds } ? tokens / seconds : null;

    /// <summary>The standing in the reader's language.</summary>
    public string Told(Words W) => Standing switch
    {
        RunStanding.Waiting => W["waiting"],
        RunStanding.Running => W["running"],
        RunStanding.Stopping => W["stopping"],
        RunStanding.Stopped => W["stopped"],
        RunStanding.Finished => W["finished"],
        RunStanding.Failed => W["failed"],
        _ => W["running elsewhere"],
    };

    /// <summary>A count as people read it: 1.2M.</summary>
    public static string Count(double value) => value switch
    {
        >= 1e9 => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>A time as people read it: 1:05, 2:03:00.</summary>
    public static string Time(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Clamp(Math.Round(seconds), 0, 1e8));
        return time.TotalHours >= 1 ? FormattableString.Invariant($"{(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}") : FormattableString.Invariant($"{time.Minutes}:{time.Seconds:D2}");
    }
}
