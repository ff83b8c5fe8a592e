using Heed.Models;

namespace Heed.Generation;

/// <summary>
/// Serves many requests on one model at once: they join and leave at any step, share the weights' way through memory, and share the keys and values of
/// texts that begin alike. What each of them gets is what a <see cref="Generator"/> gives it alone. One thread computes, and sleeps while there is nothing to do.
/// </summary>
/// <remarks>
/// The sums of a sequence's attention run in the same order whatever else is in the batch. The matrix products have kernels for few and for many rows:
/// while no more sequences write than the former take, logits are those of a run alone to the last bit, otherwise to the last digits.
/// </remarks>
public sealed class Engine : IDisposable
{
    private readonly EngineCore core;
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread thread;
    private volatile bool stopping;

    /// <summary>Starts an engine.</summary>
    /// <param name="model">A decoder; it may serve others at the same time, but must not learn.</param>
    /// <param name="options">Sizes and limits; null = the defaults.</param>
    /// <exception cref="ArgumentException">The model is no decoder of its own, or an option is out of range.</exception>
    public Engine(Transformer model, EngineOptions? options = null)
    {
        core = new EngineCore(model, options ?? new EngineOptions()) { Wake = () => wake.Set() };
        thread = new Thread(Loop) { IsBackground = true, Name = "heed-engine" };
        thread.Start();
    }

    /// <summary>What it does and has done.</summary>
    public EngineStatistics Statistics => core.Statistics;

    /// <summary>Takes a request, which begins as soon as there is room; its tokens come by the handle's streams.</summary>
    /// <param name="request">What to write.</param>
    /// <param name="cancellation">Ends all its sequences, which gives their memory back after the step that runs.</param>
    /// <exception cref="ArgumentException">The request is impossible; the message says what was given and expected.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already.</exception>
    public GenerationHandle Submit(GenerationRequest request, CancellationToken cancellation = default) => core.Submit(request, cancellation);

    /// <summary>Ends all sequences, whose readers get an <see cref="OperationCanceledException"/>, and the thread.</summary>
    public void Dispose()
    {
        if (stopping) return;
        stopping = true;
        wake.Set();
        thread.Join();
        core.Dispose();
    }

    private void Loop()
    {
        while (!stopping)
        {
            if (!core.HasWork)
            {
                wake.WaitOne();
                continue;
            }
            try
            {
                core.Step();
            }
            catch (Exception e)
            {
                core.Fail(e);
            }
        }
    }
}
