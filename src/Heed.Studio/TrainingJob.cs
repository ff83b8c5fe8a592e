using Heed.Training;

namespace Heed.Studio;

/// <summary>Where a training of this server is.</summary>
public enum TrainingState
{
    Waiting,
    Running,
    Stopping,
    Stopped,
    Finished,
    Failed,
}

/// <summary>A training of this server. Its thread writes, pages read.</summary>
internal sealed class TrainingJob(StudioRun run) : IDisposable
{
    private readonly CancellationTokenSource cancellation = new();
    private volatile TrainingStep? latest;
    private volatile string? message;
    private volatile TrainingState state = TrainingState.Waiting;

    public StudioRun Run => run;

    public CancellationToken Token => cancellation.Token;

    public TrainingState State
    {
        get => state;
        set => state = value;
    }

    /// <summary>The last step.</summary>
    public TrainingStep? Latest
    {
        get => latest;
        set => latest = value;
    }

    /// <summary>What happens between the steps; of a failed one, why.</summary>
    public string? Message
    {
        get => message;
        set => message = value;
    }

    public bool IsActive => State is TrainingState.Waiting or TrainingState.Running or TrainingState.Stopping;

    public void Cancel() => cancellation.Cancel();

    public void Dispose() => cancellation.Dispose();
}
