using Heed.Studio.Language;
using Microsoft.AspNetCore.Components;

namespace Heed.Studio.Pages.Train;

/// <summary>A page that looks at runs again and again while it is open.</summary>
public abstract class RunsPage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(400), Seldom = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource closing = new();
    private readonly CancellationToken closed;
    private IReadOnlyList<WatchedRun> seen = [];

    protected RunsPage() => closed = closing.Token;

    [CascadingParameter] public required Words W { get; set; }

    [Inject] internal StudioRuns Runs { get; set; } = null!;

    [Inject] internal StudioTraining Training { get; set; } = null!;

    /// <summary>Whether the runs have been looked at yet.</summary>
    private protected bool Looked { get; private set; }

    /// <summary>All runs, the newest first.</summary>
    private protected IReadOnlyList<WatchedRun> All => seen;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        try
        {
            while (true)
            {
                await Look();
                await Task.Delay(seen.Any(r => r.IsActive) ? Often : Seldom, closed);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    /// <summary>Looks at all runs now.</summary>
    private protected async Task Look()
    {
        IReadOnlyList<WatchedRun> fresh = await Task.Run(() =>
        {
            try
            {
                return [.. Runs.All.Select(run => WatchedRun.Of(run, Runs, Training))];
            }
            catch (IOException)
            {
                return seen; // a folder that was just deleted: the next time
            }
        }, closed);
        closed.ThrowIfCancellationRequested();
        if (Looked && fresh.SequenceEqual(seen)) return;
        (seen, Looked) = (fresh, true);
        StateHasChanged();
    }

    public void Dispose()
    {
        closing.Cancel();
        closing.Dispose();
        GC.SuppressFinalize(this);
    }
}
