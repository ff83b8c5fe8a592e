using System.Collections.Concurrent;
using Heed.Generation;

namespace Heed.Server;

/// <summary>One thread that works off what is asked of a model, in order, where the model is not run by an engine. Its memory is pooled by thread, so it should always be the same one.</summary>
internal sealed class ModelWorker : IDisposable
{
    private readonly BlockingCollection<Action> queue;
    private readonly CancellationTokenSource ending = new();
    private readonly Thread thread;

    /// <summary>Starts a worker.</summary>
    /// <param name="limit">Most pieces of work that wait.</param>
    public ModelWorker(int limit)
    {
        queue = new BlockingCollection<Action>(limit);
        thread = new Thread(Loop) { IsBackground = true, Name = "heed-model" };
        thread.Start();
    }

    /// <summary>Runs a piece of work when its turn comes.</summary>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    public Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken cancellation)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!queue.TryAdd(Work)) throw new QueueFullException(queue.BoundedCapacity);
        return result.Task;

        void Work()
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, ending.Token);
            try
            {
                either.Token.ThrowIfCancellationRequested();
                result.SetResult(work(either.Token));
            }
            catch (OperationCanceledException e)
            {
                result.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        }
    }

    /// <summary>Ends the work that runs, gives up what waits, and ends the thread.</summary>
    public void Dispose()
    {
        ending.Cancel();
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
        ending.Dispose();
    }

    private void Loop()
    {
        foreach (Action work in queue.GetConsumingEnumerable()) work();
    }
}
