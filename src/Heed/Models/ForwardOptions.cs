using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>What a forward pass may carry besides the tokens. All of it is optional.</summary>
public sealed record ForwardOptions
{
    /// <summary>The plain pass: no mask, no cache, no dropout.</summary>
    public static ForwardOptions Default { get; } = new();

    /// <summary>(batch, keys) integers: 1 for a token, 0 for padding that nobody attends to. With a cache, keys counts the cached tokens too.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>(batch, tokens) positions; null counts on from the cache's tokens.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>(batch, tokens) integers: the first token that each token attends to, where documents are packed into one sequence: the start of its own; null = all. Needs <see cref="Positions"/> that count from it.</summary>
    public Tensor? FirstKeys { get; init; }

    /// <summary>(batch, tokens) kinds of tokens (BERT's segments); null = all 0.</summary>
    public Tensor? TokenTypes { get; init; }

    /// <summary>(batch, tokens) tasks (ERNIE); null = all 0.</summary>
    public Tensor? TaskTypes { get; init; }

    /// <summary>The encoder's output (sources, source tokens, width), for the decoder of an encoder-decoder; the batch is a multiple of the sources.</summary>
    public Tensor? Memory { get; init; }

    /// <summary>(sources, source tokens) integers: 1 for a token of the source, 0 for padding.</summary>
    public Tensor? MemoryMask { get; init; }

    /// <summary>Keys and values of earlier tokens; the pass appends its own.</summary>
    public AttentionCache? Cache { get; init; }

    /// <summary>Collects hidden states and attention maps.</summary>
    public Trace? Trace { get; init; }

    /// <summary>Learns how the experts of the blocks are used.</summary>
    public RouterBalance? Balance { get; init; }

    /// <summary>Dropout probability while training.</summary>
    public float Dropout { get; init; }

    /// <summary>Seed of the dropout.</summary>
    public RandomSource Random { get; init; }

    /// <summary>Whether each block is computed again during backward instead of keeping its activations (less memory, a third more work).</summary>
    public bool Recompute { get; init; }
}
