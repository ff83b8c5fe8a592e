using System.Diagnostics;

namespace Heed.Training;

/// <summary>How fast steps are made: totals of the run, and moving means of the last steps. Measurements and samples between steps do not count.</summary>
/// <param name="progress">The totals so far.</param>
internal sealed class StepClock(RunProgress progress)
{
    private const double Keep = 0.9; // of a moving mean

    private long begin, data;
    private double seconds, tokens, operations, waited; // of one step, moving means
    private double runSeconds, runOperations, runWaited;  // of this process

    /// <summary>The totals.</summary>
    public RunProgress Progress { get; private set; } = progress;

    /// <summary>The machine's peak in operations a second, as far as it is known: the highest seen.</summary>
    public double Peak { get; set; } = MachineInfo.Peak;

    public double TokensPerSecond => tokens / seconds;

    public double SecondsPerStep => seconds;

    /// <summary>Operations of the model as a share of the machine's peak (MFU, Chowdhery et al. 2022); null where the model's operations are not known.</summary>
    public double? Utilization => Share(operations, seconds);

    /// <summary>Share of the time of a step in which it waits for data.</summary>
    public double DataWait => waited / seconds;

    /// <summary>The same over all steps of this process.</summary>
    public double? TotalUtilization => Share(runOperations, runSeconds);

    /// <summary>The same over all steps of this process.</summary>
    public double? TotalDataWait => runSeconds > 0 ? runWaited / runSeconds : null;

    /// <summary>A step begins.</summary>
    public void Start() => (begin, data) = (Stopwatch.GetTimestamp(), 0);

    /// <summary>Takes the time that a batch takes.</summary>
    public TrainingBatch Wait(Func<TrainingBatch> batch)
    {
        long start = Stopwatch.GetTimestamp();
        TrainingBatch given = batch();
        data += Stopwatch.GetTimestamp() - start;
        return given;
    }

    /// <summary>A step is done.</summary>
    public void Stop(long stepTokens, double stepOperations)
    {
        double time = Stopwatch.GetElapsedTime(begin).TotalSeconds, wait = (double)data / Stopwatch.Frequency;
        bool first = seconds == 0;
        Move(ref seconds, time);
        Move(ref tokens, stepTokens);
        Move(ref operations, stepOperations);
        Move(ref waited, wait);
        runSeconds += time;
        runOperations += stepOperations;
        runWaited += wait;
        Progress = Progress with { Tokens = Progress.Tokens + stepTokens, Seconds = Progress.Seconds + time };

        void Move(ref double mean, double value) => mean = first ? value : Keep * mean + (1 - Keep) * value;
    }

    /// <summary>Notes what a measurement has found.</summary>
    public void Note(RunProgress changed) => Progress = changed;

    private double? Share(double work, double time) => work > 0 && time > 0 ? work / time / Peak : null;
}
