using Heed.Kernels;

namespace Heed.Training;

/// <summary>What to do about a run folder that has checkpoints already.</summary>
public enum ExistingRun : byte
{
    /// <summary>Refuse.</summary>
    Fail,

    /// <summary>Continue from the last checkpoint, to the same weights, bit for bit, as if never stopped.</summary>
    Resume,

    /// <summary>Delete the run's checkpoints and metrics and start again.</summary>
    Restart,
}

/// <summary>Runs recipes.</summary>
public static class Trainer
{
    /// <summary>Runs a recipe: makes the data, trains, writes the run folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="existing">What to do about an earlier run in the same folder.</param>
    /// <param name="status">Told what happens outside the steps.</param>
    /// <param name="cancellation">Stops after the current step; a checkpoint is saved first.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="InvalidDataException">The text or a checkpoint is unusable.</exception>
    /// <exception cref="TrainingException">The training diverged; the last good checkpoint is kept.</exception>
    public static TrainingResult Run(Recipe recipe, Action<TrainingStep>? progress = null, ExistingRun existing = ExistingRun.Fail, Action<string>? status = null, CancellationToken cancellation = default)
    {
        recipe.Validate();
        if (recipe.Compute.Threads is { } threads) WorkerTeam.Threads = threads;
        string folder = Path.GetFullPath(recipe.OutputFolder);
        IReadOnlyList<(int Step, string Path)> checkpoints = Checkpoint.List(folder);
        if (checkpoints.Count > 0 && existing == ExistingRun.Fail)
            throw new InvalidDataException($"{recipe.OutputFolder} holds a run with a checkpoint at step {checkpoints[^1].Step}: continue it with --resume, start again with --restart, or choose another folder with --set compute.output=FOLDER");
        status?.Invoke("reading the data");
        TrainingData data = TrainingData.Prepare(recipe, status, cancellation);
        return new RecipeRun(recipe, folder, data, progress, status).Execute(existing, checkpoints, cancellation);
    }
}

/// <summary>A training that cannot go on.</summary>
public sealed class TrainingException(string message, Exception inner) : Exception(message, inner)
{
}
