using Heed.Models;
using Heed.Training;

namespace Heed.Studio.Pages.Inside;

/// <summary>The checkpoints of the runs that the pages know. Adapters, recurrent networks and tables are not for this page.</summary>
internal sealed class RunCheckpoints(StudioRuns runs) : ICheckpointSource
{
    public IReadOnlyList<string> Runs => [.. runs.All.Where(r => Checkpoint.List(r.Folder) is [.., { Path: { } newest }] && IsTransformer(newest)).Select(r => r.Name)];

    public IReadOnlyList<int> Steps(string run) => runs.Steps(run);

    public CheckpointPlace? Find(string run, int step) => runs.CheckpointFolder(run, step) is { } checkpoint ? new CheckpointPlace(checkpoint, runs.Find(run)!.Folder) : null;

    private static bool IsTransformer(string folder)
    {
        try
        {
            if (RecurrentFolder.IsRecurrentModel(folder)) return false;
            ModelFolder.LoadConfig(folder);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException)
        {
            return false;
        }
    }
}
