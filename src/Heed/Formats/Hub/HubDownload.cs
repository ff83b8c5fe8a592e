using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Heed.Formats;

/// <summary>Downloads files of a plan: goes on where an earlier download ended, tries again where a connection is cut, and keeps only content whose hash is right.</summary>
/// <remarks>
/// A partial file needs no If-Range: it is named by the hash of the whole, and the whole is checked in the end. (The hub's ETag would not do
/// either: the host that delivers has its own.)
/// </remarks>
internal sealed class HubDownload(HubPlan plan, HubClient client, IProgress<HubProgress>? progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100); // between two reports of bytes

    /// <summary>The exception for content that is not what the hub promised.</summary>
    public static HubException WrongHash(string repository, HubFile file, string found) => new(
        $"'{file.Path}' of {repository} arrived with the {(file.Hash.Length == 64 ? "SHA-256" : "git hash")} {found}, expected {file.Hash}: it is damaged or not what the hub lists, and was not kept.");

    /// <summary>Puts one file in its place.</summary>
    public async Task RunAsync(HubFile file, CancellationToken cancellation)
    {
        if (plan.Target.Place(file))
        {
            Report(file, HubStage.Present, file.Size);
            return;
        }
        using FileStream taken = await HubLock.TakeAsync(plan.Target.Lock(file), () => Report(file, HubStage.Waiting, 0, "another process downloads it"), cancellation).ConfigureAwait(false);
        if (plan.Target.Place(file))
        {
            Report(file, HubStage.Present, file.Size);
            return;
        }
        string partial = plan.Target.Partial(file);
        await FillAsync(file, partial, cancellation).ConfigureAwait(false);
        plan.Target.Keep(file, partial);
        Report(file, HubStage.Done, file.Size);
    }

    // Fills the partial file until it is whole and its hash is right. On failure what has arrived stays, unless it is known to be wrong.
    private async Task FillAsync(HubFile file, string path, CancellationToken cancellation)
    {
        bool keep = true;
        try
        {
            using HubPartial partial = new(file, path);
            if (partial.Length > 0) Report(file, HubStage.Checking, partial.Length);
            partial.ReadBack(cancellation);
            bool joined = partial.Length > 0; // of pieces, one of which may be from elsewhere
            if (file.Content is { } content)
            {
                partial.Restart();
                partial.Append(content);
            }
            await ReceiveAsync().ConfigureAwait(false);
            if (!partial.IsRight && joined)
            {
                partial.Restart();
                await ReceiveAsync().ConfigureAwait(false);
            }
            keep = partial.IsRight;
            if (!keep) throw WrongHash(plan.Repository, file, partial.Hash);
            partial.Flush();

            async Task ReceiveAsync()
            {
                HubRetry retry = new(plan.Settings.Options);
                for (long best = partial.Length; partial.Length < file.Size;)
                {
                    TimeSpan wait;
                    try
                    {
                        await ReceiveOnceAsync(file, partial, cancellation).ConfigureAwait(false);
                        continue;
                    }
                    catch (HubException e)
                    {
                        if (partial.Length > best) retry.Forget();
                        (best, joined) = (Math.Max(best, partial.Length), true);
                        wait = retry.After(e);
                        Report(file, HubStage.Waiting, partial.Length, string.Create(CultureInfo.InvariantCulture, $"{e.Reason ?? e.Message}; again in {wait.TotalSeconds:0.#} s"));
                    }
                    await Task.Delay(wait, cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (!keep || (File.Exists(path) && new FileInfo(path).Length == 0 && file.Size > 0)) File.Delete(path);
        }
    }

    private async Task ReceiveOnceAsync(HubFile file, HubPartial partial, CancellationToken cancellation)
    {
        string what = $"'{file.Path}'";
        long from = partial.Length;
        using HubResponse response = await client.SendAsync(HttpMethod.Get, client.FileAddress(plan.Commit, file.Path), from, what, cancellation, facts => Check(file, facts)).ConfigureAwait(false);
        if (from > 0 && !Continues(response.Message, from, file.Size)) partial.Restart(); // the server knows no ranges: all of it comes again
        if (response.Message.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent) || (response.Message.StatusCode == HttpStatusCode.PartialContent && partial.Length != from))
            throw new HubException($"{response.Address.Authority} has no bytes {from} to {file.Size} of {what}", response.Message.StatusCode) { Passing = true };
        if (response.Message.Content.Headers.ContentLength is { } length && length != file.Size - partial.Length)
            throw new HubException($"{response.Address.Authority} offers {length} bytes of {what} of {plan.Repository} where {file.Size - partial.Length} are missing: it is not the file that the hub lists ({file.Size} bytes).");
        long reported = 0;
        Report(file, HubStage.Receiving, partial.Length);
        await client.ReadAsync(response, what, part =>
        {
            if (part.Length > file.Size - partial.Length) throw new HubException($"{response.Address.Authority} sends more than the {file.Size} bytes that {what} of {plan.Repository} has.");
            partial.Append(part.Span);
            if (Stopwatch.GetElapsedTime(reported) < Pause) return;
            reported = Stopwatch.GetTimestamp();
            Report(file, HubStage.Receiving, partial.Length);
        }, cancellation).ConfigureAwait(false);
        if (partial.Length < file.Size) throw new HubException($"{response.Address.Authority} did not deliver {what}: the connection ended at byte {partial.Length} of {file.Size}") { Reason = "the connection was cut", Passing = true };
    }

    // A part of the file that begins where ours ends.
    private static bool Continues(HttpResponseMessage message, long from, long size) =>
        message.StatusCode == HttpStatusCode.PartialContent && message.Content.Headers.ContentRange is { From: { } first } range && first == from && (range.Length ?? size) == size;

    // What the hub says on the way to the file must be what it said in its list.
    private void Check(HubFile file, HubFacts facts)
    {
        if (facts.Commit is { } commit && commit != plan.Commit) throw new HubException($"the hub serves '{file.Path}' of {plan.Repository} from commit {WeightFormatException.Quote(commit)}, expected {plan.Commit}.");
        if (facts.Hash is { } hash && hash.Length == file.Hash.Length && hash != file.Hash) throw new HubException($"the hub serves '{file.Path}' of {plan.Repository} with the hash {hash}, but lists it with {file.Hash}.");
    }

    private void Report(HubFile file, HubStage stage, long received, string? note = null) => progress?.Report(new HubProgress(file, stage, received, note));
}
