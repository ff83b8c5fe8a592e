using System.Net;

namespace Heed.Formats;

/// <summary>Finds out what pulling a repository means; writes nothing.</summary>
internal static class HubPlanner
{
    /// <summary>Asks the hub for the commit and the files, chooses among them, and looks at what is here already.</summary>
    public static async Task<HubPlan> PlanAsync(string repository, HubSettings settings, CancellationToken cancellation)
    {
        using HubClient client = new(settings, repository);
        HubListing listing = await HubListing.ReadAsync(client, settings.Options, cancellation).ConfigureAwait(false);
        List<string> chosen = [.. HubSelection.Choose(repository, [.. listing.Entries.Keys], settings.Options)];
        string? commit = listing.Commit;
        List<HubFile> files = [];
        foreach (string path in chosen) files.Add(await DescribeAsync(path).ConfigureAwait(false));
        var target = HubTarget.For(settings, repository, commit!);
        int index = files.FindIndex(file => file.Path == ShardedSafetensors.DefaultName);
        if (index >= 0 && settings.Options.Include.Count == 0)
        {
            byte[] content = target.Read(files[index]) ?? await FetchAsync(client, settings.Options, commit, files[index], cancellation).ConfigureAwait(false);
            files[index] = files[index] with { Content = content };
            foreach (string shard in HubSelection.Shards(repository, content, [.. listing.Entries.Keys]))
                if (!chosen.Contains(shard) && !settings.Options.Exclude.Any(pattern => HubGlob.Matches(pattern, shard))) files.Add(await DescribeAsync(shard).ConfigureAwait(false));
        }
        return new HubPlan(repository, settings, commit!, target, [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)], [.. listing.Entries.Keys.Where(HubSelection.IsPickle).Order(StringComparer.Ordinal)]);

        async Task<HubFile> DescribeAsync(string path)
        {
            if (HubName.Problem(path) is { } problem) throw new HubException($"{repository} names a file {WeightFormatException.Quote(path)}, which is refused: {problem}.");
            if (commit is not null && listing.Entries[path] is { } told) return new HubFile(path, told.Size, told.Hash);
            HubFacts facts = await AskAsync(client, settings.Options, commit, path, cancellation).ConfigureAwait(false);
            commit ??= facts.Commit;
            if (!HubName.IsCommit(commit)) throw new HubException($"{settings.Endpoint.Authority} does not say of which commit '{path}' of {repository} is (X-Repo-Commit): is it a hub?");
            if (listing.Entries[path] is { } known) return new HubFile(path, known.Size, known.Hash);
            return facts is { Hash: { } hash, Size: >= 0 and var size } ? new HubFile(path, size, hash)
                : throw new HubException($"{settings.Endpoint.Authority} does not say the length and the hash of '{path}' of {repository} (ETag, X-Linked-Size): is it a hub?");
        }
    }

    /// <summary>What the cache holds, without asking anybody.</summary>
    /// <exception cref="HubException">It is not in the cache.</exception>
    public static HubPlan Offline(string repository, HubSettings settings)
    {
        string? folder = HubCache.Resolve(repository, settings);
        if (folder is null) throw new HubException($"{repository} at revision {WeightFormatException.Quote(settings.Options.Revision)} is not in the cache ({settings.CacheFolder}), and HF_HUB_OFFLINE forbids to ask the hub.");
        HubCache cache = new(settings, repository, Path.GetFileName(folder));
        return new HubPlan(repository, settings, Path.GetFileName(folder), HubTarget.For(settings, repository, Path.GetFileName(folder)), [.. cache.Files()], []);
    }

    // By HEAD; from a server that does not know it, by the beginning of an answer to GET.
    private static async Task<HubFacts> AskAsync(HubClient client, HubOptions options, string? commit, string path, CancellationToken cancellation)
    {
        try
        {
            return await AskByAsync(HttpMethod.Head).ConfigureAwait(false);
        }
        catch (HubException e) when (e.Status is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
        {
            return await AskByAsync(HttpMethod.Get).ConfigureAwait(false);
        }

        Task<HubFacts> AskByAsync(HttpMethod method) => HubRetry.RunAsync(options, async () =>
        {
            using HubResponse response = await client.SendAsync(method, client.FileAddress(commit, path), 0, $"'{path}'", cancellation).ConfigureAwait(false);
            return response.Facts;
        }, cancellation);
    }

    // A small file that planning itself must read.
    private static async Task<byte[]> FetchAsync(HubClient client, HubOptions options, string? commit, HubFile file, CancellationToken cancellation)
    {
        if (file.Size > HubSelection.LongestIndex) throw new HubException($"'{file.Path}' of {client.Repository} has {file.Size} bytes, expected at most {HubSelection.LongestIndex}.");
        byte[] content = await HubRetry.RunAsync(options, async () =>
        {
            using HubResponse response = await client.SendAsync(HttpMethod.Get, client.FileAddress(commit, file.Path), 0, $"'{file.Path}'", cancellation).ConfigureAwait(false);
            byte[] bytes = await client.ReadAllAsync(response, file.Size, $"'{file.Path}'", cancellation).ConfigureAwait(false);
            return bytes.Length == file.Size ? bytes : throw new HubException($"{response.Address.Authority} delivered {bytes.Length} of the {file.Size} bytes of '{file.Path}'.") { Passing = true };
        }, cancellation).ConfigureAwait(false);
        using HubHash hash = new(file);
        hash.Append(content);
        return hash.Value() == file.Hash ? content : throw HubDownload.WrongHash(client.Repository, file, hash.Value());
    }
}
