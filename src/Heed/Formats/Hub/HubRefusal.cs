using System.Net;

namespace Heed.Formats;

/// <summary>Says in plain words what an answer that is no success means.</summary>
internal static class HubRefusal
{
    /// <summary>The exception for an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="settings">The hub's address, the revision, and whether there is a token.</param>
    /// <param name="address">Who answered.</param>
    /// <param name="what">What was asked for.</param>
    public static HubException For(HttpResponseMessage response, string repository, HubSettings settings, Uri address, string what)
    {
        string? code = Header(response, "X-Error-Code"), message = Header(response, "X-Error-Message");
        int status = (int)response.StatusCode;
        string answer = $"{address.Authority} answers {status} {response.StatusCode}";
        string text = (status, code) switch
        {
            (401 or 403, "GatedRepo") => Gated(),
            (_, "RevisionNotFound") => $"{repository} has no revision {WeightFormatException.Quote(settings.Options.Revision)}: {answer}.",
            (_, "EntryNotFound") => $"{repository} has no {what} at revision {WeightFormatException.Quote(settings.Options.Revision)}: {answer}.",
            (_, "RepoNotFound") or (401, _) => Missing(),
            (403, _) => $"access to {repository} is forbidden: {answer}{Say(message)}. {TokenAdvice()}",
            (404, _) => $"not found: {what} of {repository} at revision {WeightFormatException.Quote(settings.Options.Revision)}: {answer}. Check the name and the revision.",
            _ => $"{answer}{Say(message)} for {what} of {repository}.",
        };
        return new HubException(text, response.StatusCode) { Code = code, Reason = $"{status} {response.StatusCode}", Passing = status is 408 or 429 or 500 or 502 or 503 or 504, RetryAfter = RetryAfter(response) };

        string Page() => new Uri(settings.Endpoint, repository).ToString();

        string TokenAdvice() => settings.Token is null
            ? $"If it is gated or private, accept its licence on {Page()} and set HF_TOKEN to a token of yours."
            : $"A token was sent (HF_TOKEN or the token file): check that it may read this repository and that you have accepted the licence on {Page()}.";

        string Gated() => settings.Token is null
            ? $"{repository} is gated: accept its licence on {Page()} and set HF_TOKEN to a token of yours ({answer})."
            : $"{repository} is gated, and the token that was sent (HF_TOKEN or the token file) has no access: accept its licence on {Page()} ({answer}{Say(message)}).";

        // The hub answers 401 for what does not exist too, so as not to tell which private repositories there are.
        string Missing() => $"no access to {repository}: {answer}{Say(message)}. Either there is no such repository, or it is private or gated, or the token is wrong. {TokenAdvice()}";
    }

    // Words of the server are shown short and without control characters.
    private static string Say(string? message) => string.IsNullOrEmpty(message) ? "" : " " + WeightFormatException.Quote(message);

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - DateTimeOffset.UtcNow : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
}
