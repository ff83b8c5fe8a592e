using Heed.Generation;
using Heed.Models;
using Heed.Server;

namespace Heed.Studio.Pages.Inside;

/// <summary>
/// Looks into models: those of the server on their own thread and in their own memory, checkpoints of runs on one thread of their own. The few
/// checkpoints that were looked at last stay in memory, so that a slider moves between them at once.
/// </summary>
internal sealed class StudioInspectors(StudioModels models, ICheckpointSource checkpoints) : IDisposable
{
    private const int QueueLimit = 64, MostCheckpoints = 12;
    private const long MostBytes = 1L << 30; // of the checkpoints' files

    private readonly ModelWorker worker = new(QueueLimit);
    private readonly LinkedList<(CheckpointPlace Place, long Bytes, ModelInspector Inspector)> held = []; // the last used first; the worker's alone

    /// <summary>The models that can be looked into, by name.</summary>
    public IReadOnlyList<ModelSource> Models => [.. models.All.Where(m => !RecurrentFolder.IsRecurrentModel(m.Path))];

    /// <summary>The runs that have checkpoints.</summary>
    public ICheckpointSource Checkpoints => checkpoints;

    /// <summary>Asks something of a model when its turn comes.</summary>
    /// <exception cref="ApiException">There is no such model, no memory for it now, or it cannot be loaded.</exception>
    /// <exception cref="QueueFullException">Too many ask already.</exception>
    public async Task<T> Ask<T>(InsideSource source, Func<ModelInspector, CancellationToken, T> question, CancellationToken cancellation)
    {
        if (source.Run is { } run)
        {
            CheckpointPlace place = checkpoints.Find(run, source.Step) ?? throw new ArgumentException($"the run {run} has no checkpoint of step {source.Step}");
            return await worker.Run(token => question(Open(place), token), cancellation);
        }
        using ModelLease lease = await models.Rent(source.Model ?? "", cancellation);
        return await lease.Model.Worker.Run(token => question(lease.Model.Inspector, token), cancellation);
    }

    public void Dispose() => worker.Dispose();

    private ModelInspector Open(CheckpointPlace place)
    {
        for (LinkedListNode<(CheckpointPlace Place, long Bytes, ModelInspector Inspector)>? node = held.First; node is not null; node = node.Next)
        {
            if (node.Value.Place != place) continue;
            held.Remove(node);
            held.AddFirst(node);
            return node.Value.Inspector;
        }
        long bytes = new DirectoryInfo(place.Checkpoint).EnumerateFiles("model*.safetensors").Sum(f => f.Length);
        while (held.Count > 0 && (held.Count >= MostCheckpoints || held.Sum(h => h.Bytes) + bytes > MostBytes)) held.RemoveLast();
        ModelInspector inspector = ModelInspector.LoadCheckpoint(place.Checkpoint, place.Run);
        held.AddFirst((place, bytes, inspector));
        return inspector;
    }
}
