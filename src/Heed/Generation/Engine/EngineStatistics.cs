namespace Heed.Generation;

/// <summary>What an <see cref="Engine"/> does and has done.</summary>
public readonly record struct EngineStatistics
{
    /// <summary>Sequences at work.</summary>
    public int Running { get; init; }

    /// <summary>Sequences that wait, those that were put back included.</summary>
    public int Waiting { get; init; }

    /// <summary>Pages of the cache.</summary>
    public int Pages { get; init; }

    /// <summary>Pages in use, by sequences or kept for texts to come.</summary>
    public int PagesInUse { get; init; }

    /// <summary>Pages kept for texts to come, those that sequences use too included.</summary>
    public int PagesKept { get; init; }

    /// <summary>Bytes of cache memory taken so far.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Tokens computed: of prompts, and again of sequences that were put back.</summary>
    public long TokensRead { get; init; }

    /// <summary>Tokens that were known from another text and not computed.</summary>
    public long TokensReused { get; init; }

    /// <summary>Tokens written.</summary>
    public long TokensWritten { get; init; }

    /// <summary>Steps run.</summary>
    public long Steps { get; init; }

    /// <summary>Times that a sequence was put back to make room.</summary>
    public long Preemptions { get; init; }

    /// <summary>Sequences that ended by themselves.</summary>
    public long Finished { get; init; }

    /// <summary>Sequences that were cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Sequences that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Mean time from request to first token, of the sequences that have one.</summary>
    public TimeSpan MeanTimeToFirstToken { get; init; }
}
