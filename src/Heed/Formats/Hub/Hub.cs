using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Heed.Formats;

/// <summary>Models of the Hugging Face hub: downloads a model folder, and finds those that are here.</summary>
/// <remarks>
/// Speaks the hub's HTTP API and keeps the cache that its other tools use (documented at huggingface.co/docs/huggingface_hub, "Understand
/// caching" and "Environment variables"). Everything that a server says is checked: paths, lengths, and the hash of every file.
/// </remarks>
public static class Hub
{
    /// <summary>Downloads what is missing of a model.</summary>
    /// <param name="repository"><c>OWNER/NAME</c>.</param>
    /// <param name="options">What to take and how; null: what a model needs, at its main branch.</param>
    /// <param name="progress">Is told of every file; called from several threads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept, and the next call goes on from there.</param>
    /// <returns>The folder with the model.</returns>
    /// <exception cref="ArgumentException">The name, the revision or an option is out of its range.</exception>
    /// <exception cref="HubException">The hub refuses, is not reached, or serves what it should not; or the weights are there only as pickle.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static async Task<string> PullAsync(string repository, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        HubPlan plan = await PlanAsync(repository, options, cancellation).ConfigureAwait(false);
        return await PullAsync(plan, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Finds out what <see cref="PullAsync(string, HubOptions?, IProgress{HubProgress}?, CancellationToken)"/> would do; writes nothing.</summary>
    /// <param name="repository"><c>OWNER/NAME</c>.</param>
    /// <param name="options">What to take and how.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="ArgumentException">The name, the revision or an option is out of its range.</exception>
    /// <exception cref="HubException">The hub refuses, is not reached, or lists what it should not; or the weights are there only as pickle.</exception>
    public static async Task<HubPlan> PlanAsync(string repository, HubOptions? options = null, CancellationToken cancellation = default)
    {
        HubName.CheckRepository(repository);
        var settings = HubSettings.From(options);
        return settings.Offline ? HubPlanner.Offline(repository, settings) : await HubPlanner.PlanAsync(repository, settings, cancellation).ConfigureAwait(false);
    }

    /// <summary>Does what a plan says.</summary>
    /// <param name="plan">From <see cref="PlanAsync"/>.</param>
    /// <param name="progress">Is told of every file; called from several threads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept, and the next call goes on from there.</param>
    /// <returns>The folder with the model.</returns>
    /// <exception cref="HubException">The hub refuses, is not reached, or serves what it should not.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static async Task<string> PullAsync(HubPlan plan, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Directory.CreateDirectory(plan.Folder);
        if (plan.Settings.Offline)
        {
            foreach (HubFile file in plan.Files)
            {
                cancellation.ThrowIfCancellationRequested();
                plan.Target.Place(file);
                progress?.Report(new HubProgress(file, HubStage.Present, file.Size));
            }
            return plan.Folder;
        }
        CheckRoom(plan);
        using HubClient client = new(plan.Settings, plan.Repository);
        HubDownload download = new(plan, client, progress);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ExceptionDispatchInfo? failure = null;
        try
        {
            // Small files first: what is refused is refused soon. Equal contents are one download.
            IEnumerable<IGrouping<string, HubFile>> contents = plan.Files.OrderBy(file => file.Size).GroupBy(file => file.Hash);
            await Parallel.ForEachAsync(contents, new ParallelOptions { MaxDegreeOfParallelism = plan.Settings.Options.Parallel, CancellationToken = stop.Token }, async (files, token) =>
            {
                try
                {
                    foreach (HubFile file in files) await download.RunAsync(file, token).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                    await stop.CancelAsync().ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failure is not null)
        {
            // The failure is what stopped the others.
        }
        cancellation.ThrowIfCancellationRequested();
        failure?.Throw();
        plan.Target.Complete(plan.Revision);
        return plan.Folder;
    }

    /// <summary>The snapshot of a model in the cache; asks nobody. It holds the files that were pulled, by Heed or by another tool.</summary>
    /// <param name="repository"><c>OWNER/NAME</c>; other texts, such as paths, are no model of the cache.</param>
    /// <param name="options">Revision and cache folder.</param>
    /// <returns>The folder, or null.</returns>
    /// <exception cref="ArgumentException">The revision or an option is out of its range.</exception>
    public static string? Resolve(string repository, HubOptions? options = null) =>
        HubName.IsRepository(repository) ? HubCache.Resolve(repository, HubSettings.From(options)) : null;

    // A full disk is better told before than after an hour.
    private static void CheckRoom(HubPlan plan)
    {
        long free;
        try
        {
            free = new DriveInfo(plan.Folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return; // a place of which the system tells nothing
        }
        long partial = plan.Files.Where(file => !file.Present).Sum(file => File.Exists(plan.Target.Partial(file)) ? new FileInfo(plan.Target.Partial(file)).Length : 0);
        if (plan.BytesToDownload - partial > free)
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"the disk of {plan.Folder} is too full for {plan.Repository}: {plan.BytesToDownload - partial:N0} bytes are to be downloaded, {free:N0} are free."));
    }
}
