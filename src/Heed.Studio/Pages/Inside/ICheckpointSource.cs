namespace Heed.Studio.Pages.Inside;

/// <summary>The checkpoints of trainings, as the page Inside opens them. Names are looked up in a list and never become part of a path.</summary>
public interface ICheckpointSource
{
    /// <summary>Names of the runs that have checkpoints.</summary>
    IReadOnlyList<string> Runs { get; }

    /// <summary>The steps of a run's checkpoints, the first one first; empty where there is no such run.</summary>
    IReadOnlyList<int> Steps(string run);

    /// <summary>Where a checkpoint lies; null where there is none.</summary>
    CheckpointPlace? Find(string run, int step);
}

/// <summary>Where a checkpoint lies.</summary>
/// <param name="Checkpoint">The folder with configuration and weights.</param>
/// <param name="Run">The folder with the tokenizer.</param>
public sealed record CheckpointPlace(string Checkpoint, string Run);
