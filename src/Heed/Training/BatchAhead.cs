namespace Heed.Training;

/// <summary>Prepares the next batch on a thread of its own while the step before computes, so that a training does not wait for its data.</summary>
/// <param name="make">Makes a batch from its number, the same one whenever it is asked; called from one thread at a time.</param>
/// <param name="count">Batches in all.</param>
internal sealed class BatchAhead(Func<long, TrainingBatch> make, long count) : IDisposable
{
    private Task<TrainingBatch>? next;
    private long number = -1;

    /// <summary>A batch; the one behind it is begun.</summary>
    public TrainingBatch this[long index]
    {
        get
        {
            TrainingBatch batch = number == index && next is { } ready ? ready.GetAwaiter().GetResult() : Make(index);
            (next, number) = index + 1 < count ? (Task.Run(() => make(index + 1)), index + 1) : (null, -1);
            return batch;
        }
    }

    /// <summary>Waits for what is being prepared.</summary>
    public void Dispose()
    {
        if (next is null) return;
        ((IAsyncResult)next).AsyncWaitHandle.WaitOne();
        _ = next.Exception; // seen: nobody needs the batch
        next = null;
    }

    private TrainingBatch Make(long index)
    {
        Dispose();
        return make(index);
    }
}
