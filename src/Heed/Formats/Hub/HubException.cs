using System.Net;

namespace Heed.Formats;

/// <summary>A model cannot be pulled: the hub refuses, is not reached, or serves what it should not.</summary>
/// <remarks>The message names the repository, the file where there is one, what happened, and what can be done.</remarks>
public sealed class HubException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened and what can be done.</param>
    /// <param name="status">The status of the hub's answer, or null when it is not about one.</param>
    /// <param name="inner">The cause, or null.</param>
    public HubException(string message, HttpStatusCode? status = null, Exception? inner = null) : base(message, inner) => Status = status;

    /// <summary>The status of the hub's answer, or null when the problem is not about one.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The hub's own word for the problem (<c>X-Error-Code</c>), or null.</summary>
    internal string? Code { get; init; }

    /// <summary>What happened in few words, or null.</summary>
    internal string? Reason { get; init; }

    /// <summary>Whether the same request may succeed a little later.</summary>
    internal bool Passing { get; init; }

    /// <summary>How long the server asks to wait before the next request, or null.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
