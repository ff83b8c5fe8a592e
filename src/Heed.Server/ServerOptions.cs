using System.Net;

namespace Heed.Server;

/// <summary>What a server serves, where it listens, and its limits.</summary>
public sealed record ServerOptions
{
    /// <summary>The models; a request names one of them.</summary>
    public required IReadOnlyList<ModelSource> Models { get; init; }

    /// <summary>The address to listen on: an IP address, or "localhost". Only this machine reaches a loopback address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Keys of which a request must show one, as <c>Authorization: Bearer KEY</c>; none = all are welcome. Only their hashes are kept.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Sequences that a model writes at a time.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Requests that may wait for a model; further ones are answered 429.</summary>
    public int QueueLimit { get; init; } = 64;

    /// <summary>Bytes that all loaded models may take: their weights, and the keys and values of texts. Models that were not used for the longest time make room.</summary>
    public long MemoryLimit { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Most bytes for the keys and values of one model's texts.</summary>
    public long CacheLimit { get; init; } = 1L << 30;

    /// <summary>Requests a minute that a key (or without keys an address) may send; null = any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Longest body of a request, in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 4 << 20;

    /// <summary>Most tokens that a request may ask for, for each of its answers.</summary>
    public int MaxTokens { get; init; } = 16_384;

    /// <summary>Most answers (prompts times <c>n</c> or <c>best_of</c>), and most texts of a batch, that a request may ask for.</summary>
    public int MaxChoices { get; init; } = 128;

    /// <summary>Longest time that a request may take; an answer that is then unfinished ends as it is, as one that is too long.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an ending server waits for answers that are being written.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Web pages of which origins may call the server from a browser (CORS); none by default.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Whether the log holds prompts and messages.</summary>
    public bool LogPrompts { get; init; }

    /// <summary>The address to listen on.</summary>
    internal IPAddress Address => Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.Parse(Host);

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        if (Models.Count == 0) throw new ArgumentException("there is no model to serve: name one, or put one into models/");
        if (Models.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new ArgumentException($"two models have the name {twice.Key}: {string.Join(", ", twice.Select(m => m.Path))}");
        if (!Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && !IPAddress.TryParse(Host, out _)) throw new ArgumentException($"the host must be an IP address or localhost, given '{Host}'");
        if (Port is < 0 or > 65535) throw new ArgumentException($"the port must be 0 (any free one) to 65535, given {Port}");
        if (ApiKeys.Any(string.IsNullOrWhiteSpace)) throw new ArgumentException("an API key must not be empty");
        foreach ((string name, long value) in new (string, long)[]
        {
            ("parallel", Parallel), ("the queue limit", QueueLimit), ("the memory limit", MemoryLimit), ("the cache limit", CacheLimit), ("requests per minute", RequestsPerMinute ?? 1),
            ("the longest request", MaxRequestBytes), ("the most tokens", MaxTokens), ("the most choices", MaxChoices), ("the time of a request", RequestTimeout.Ticks), ("the time to end", ShutdownTimeout.Ticks + 1),
        })
            if (value < 1) throw new ArgumentException($"{name} must be 1 or more, given {value}");
        foreach (string origin in Origins)
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || origin != uri.GetLeftPart(UriPartial.Authority)) throw new ArgumentException($"an origin is written as https://example.org, given '{origin}'");
    }
}
