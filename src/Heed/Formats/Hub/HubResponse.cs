using System.Globalization;

namespace Heed.Formats;

/// <summary>A successful answer, and what the hub itself said about the file on the way to it.</summary>
internal sealed class HubResponse(HttpResponseMessage message, HubFacts facts, Uri address) : IDisposable
{
    public HttpResponseMessage Message { get; } = message;

    public HubFacts Facts { get; } = facts;

    /// <summary>Where the answer came from, after redirects.</summary>
    public Uri Address { get; } = address;

    public void Dispose() => Message.Dispose();
}

/// <summary>What headers of the hub say about a file; null where they say nothing.</summary>
/// <param name="Commit">The commit that was served.</param>
/// <param name="Hash">The hash of the content.</param>
/// <param name="Size">Bytes of the content.</param>
internal readonly record struct HubFacts(string? Commit, string? Hash, long? Size)
{
    /// <summary>Adds what one more answer of the hub says.</summary>
    public HubFacts With(HttpResponseMessage response)
    {
        string? size = Header(response, "X-Linked-Size");
        long? length = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes
            : response.StatusCode == System.Net.HttpStatusCode.OK ? response.Content.Headers.ContentLength : null;
        // What is said of the linked file counts before the tag of an answer itself, which may be that of a redirect.
        string? hash = Unquote(Header(response, "X-Linked-Etag")) ?? Hash ?? Unquote(Header(response, "ETag"));
        return new HubFacts(Header(response, "X-Repo-Commit") ?? Commit, hash, length ?? Size);
    }

    // "abc" and W/"abc"; tags that are no hash of the content say nothing to us.
    private static string? Unquote(string? tag)
    {
        if (tag is null) return null;
        tag = (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"').ToLowerInvariant();
        return HubName.IsHash(tag) ? tag : null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First().Trim() : null;
}
