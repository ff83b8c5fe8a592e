using System.Net;
using System.Text.Json;

namespace Heed.Formats;

/// <summary>What a repository holds at a revision, as the hub's API tells it.</summary>
/// <param name="Commit">The commit; null where only the files themselves will tell.</param>
/// <param name="Entries">Path, and size and hash where the API told them.</param>
internal sealed record HubListing(string? Commit, IReadOnlyDictionary<string, (long Size, string Hash)?> Entries)
{
    private const long LongestAnswer = 1L << 25;
    private const int MostFiles = 200_000;
    private const int MostPages = 2_000;

    /// <summary>Asks for the commit of the revision, then for the tree of that commit, page by page. A hub that has no trees is asked for its shorter list of names.</summary>
    /// <exception cref="HubException">The hub refuses or is not reached, or the list is broken or hostile.</exception>
    public static async Task<HubListing> ReadAsync(HubClient client, HubOptions options, CancellationToken cancellation)
    {
        (string? commit, List<string> names) = (null, []);
        HubException? without = null;
        try
        {
            byte[] answer = (await GetAsync(client, client.RevisionAddress, "the description", options, cancellation).ConfigureAwait(false)).Body;
            (commit, names) = Parse(answer, "description", client.Repository, root => ReadDescription(root, client.Repository));
        }
        catch (HubException e) when (e is { Status: HttpStatusCode.NotFound, Code: null })
        {
            without = e; // a hub that has only trees, or a missing repository: the tree's answer decides
        }
        Dictionary<string, (long, string)?> entries = new(StringComparer.Ordinal);
        try
        {
            Uri? page = client.TreeAddress(commit);
            for (int pages = 0; page is not null; pages++)
            {
                if (pages == MostPages) throw new HubException($"the list of files of {client.Repository} has more than {MostPages} pages.");
                (byte[] body, Uri? next) = await GetAsync(client, page, "the list of files", options, cancellation).ConfigureAwait(false);
                Parse(body, "list of files", client.Repository, root => ReadTree(root, client.Repository, entries));
                page = next;
            }
        }
        catch (HubException e) when (e is { Status: HttpStatusCode.NotFound, Code: null } && names.Count > 0)
        {
            foreach (string name in names) entries[name] = null;
        }
        catch (HubException e) when (e.Status == HttpStatusCode.NotFound && without is not null)
        {
            throw without;
        }
        if (entries.Keys.FirstOrDefault(Escapes) is { } path)
            throw new HubException($"{client.Repository} lists the path {WeightFormatException.Quote(path)}, which leaves the folder: refused.");
        return new HubListing(commit, entries);
    }

    // Paths that leave the folder are an attack whatever file is wanted; merely odd ones matter when they are chosen.
    private static bool Escapes(string path) => path.StartsWith('/') || path.Split('/', '\\').Contains("..");

    private static async Task<(byte[] Body, Uri? Next)> GetAsync(HubClient client, Uri address, string what, HubOptions options, CancellationToken cancellation) =>
        await HubRetry.RunAsync(options, async () =>
        {
            using HubResponse response = await client.SendAsync(HttpMethod.Get, address, 0, what, cancellation).ConfigureAwait(false);
            return (await client.ReadAllAsync(response, LongestAnswer, what, cancellation).ConfigureAwait(false), NextPage(client, response));
        }, cancellation).ConfigureAwait(false);

    // Link: <https://...>; rel="next" (RFC 8288). The token goes along, so the next page must be the hub's own.
    private static Uri? NextPage(HubClient client, HubResponse response)
    {
        if (!response.Message.Headers.TryGetValues("Link", out IEnumerable<string>? values)) return null;
        foreach (string link in values.SelectMany(v => v.Split(",", StringSplitOptions.TrimEntries)))
        {
            int end = link.IndexOf('>');
            if (!link.StartsWith('<') || end < 0 || !link[end..].Replace("\"", "", StringComparison.Ordinal).Split(';', StringSplitOptions.TrimEntries).Contains("rel=next", StringComparer.OrdinalIgnoreCase)) continue;
            if (!Uri.TryCreate(response.Address, link[1..end], out Uri? next)) throw new HubException($"the next page of the files of {client.Repository} is no address: {WeightFormatException.Quote(link)}.");
            return client.IsHub(next) ? next : throw new HubException($"the next page of the files of {client.Repository} is at {next.Authority}, not at the hub: refused.");
        }
        return null;
    }

    private static T Parse<T>(byte[] json, string what, string repository, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new HubException($"the hub's {what} of {repository} is not as expected: {e.Message}", null, e);
        }
    }

    private static (string, List<string>) ReadDescription(JsonElement root, string repository)
    {
        string? commit = root.GetProperty("sha").GetString();
        if (!HubName.IsCommit(commit)) throw new HubException($"the hub says that {repository} is at commit {WeightFormatException.Quote(commit ?? "null")}, expected 40 hexadecimal digits.");
        List<string> names = [];
        if (root.TryGetProperty("siblings", out JsonElement siblings) && siblings.ValueKind == JsonValueKind.Array)
            foreach (JsonElement sibling in siblings.EnumerateArray()) names.Add(sibling.GetProperty("rfilename").GetString() ?? "");
        return (commit!, names);
    }

    private static bool ReadTree(JsonElement root, string repository, Dictionary<string, (long, string)?> entries)
    {
        foreach (JsonElement entry in root.EnumerateArray())
        {
            if (entry.GetProperty("type").GetString() != "file") continue;
            string path = entry.GetProperty("path").GetString() ?? "";
            bool lfs = entry.TryGetProperty("lfs", out JsonElement large) && large.ValueKind == JsonValueKind.Object;
            string? hash = (lfs ? large : entry).GetProperty("oid").GetString();
            if (hash is not null && hash.StartsWith("sha256:", StringComparison.Ordinal)) hash = hash["sha256:".Length..];
            long size = (lfs ? large : entry).GetProperty("size").GetInt64();
            if (size < 0 || !HubName.IsHash(hash) || hash!.Length != (lfs ? 64 : 40))
                throw new HubException($"the hub lists {WeightFormatException.Quote(path)} of {repository} with size {size} and hash {WeightFormatException.Quote(hash ?? "null")}, expected a length and a hash.");
            if (!entries.TryAdd(path, (size, hash))) throw new HubException($"the hub lists {WeightFormatException.Quote(path)} of {repository} twice.");
            if (entries.Count > MostFiles) throw new HubException($"{repository} has more than {MostFiles} files.");
        }
        return true;
    }
}
