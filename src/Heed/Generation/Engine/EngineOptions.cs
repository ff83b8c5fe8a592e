using Heed.Layers;

namespace Heed.Generation;

/// <summary>Sizes and limits of an <see cref="Engine"/>.</summary>
public sealed record EngineOptions
{
    /// <summary>Most sequences at work at a time; a request for several has as many.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Most tokens of a step. What the sequences that write leave of it is for reading prompts, so a long prompt delays the others by no more than that (Agrawal et al. 2023, https://arxiv.org/abs/2308.16369).</summary>
    public int MaxTokensPerStep { get; init; } = 256;

    /// <summary>Most requests that wait to begin.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>The cache: its memory, its pages, how values are stored, windows.</summary>
    public PageOptions Cache { get; init; } = new();

    /// <summary>Whether the keys and values of texts that were read stay, as long as there is room, for texts that begin alike.</summary>
    public bool ReusePrefixes { get; init; } = true;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        if (MaxSequences < 1) throw new ArgumentException($"an engine needs room for 1 sequence or more, given {MaxSequences}");
        if (MaxTokensPerStep <= MaxSequences) throw new ArgumentException($"a step must have more tokens than sequences ({MaxSequences}), so that prompts are read beside the writing; given {MaxTokensPerStep}");
        if (QueueLimit < 0) throw new ArgumentException($"the queue limit must be 0 or more, given {QueueLimit}");
        Cache.Validate();
    }
}

/// <summary>What an <see cref="Engine"/> is asked to write.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids to continue; at least one.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>How tokens are chosen and when to stop; no beams. Stop texts are the caller's: they need a tokenizer.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Requests of a higher number go first.</summary>
    public int Priority { get; init; }

    /// <summary>Sequences to write. They share the prompt's pages; the seed of sequence i is the options' plus i.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>The engine's queue is full: the request was not taken, and may be sent again later.</summary>
public sealed class QueueFullException(int limit) : InvalidOperationException($"{limit} requests wait already; the engine takes no more for now");
