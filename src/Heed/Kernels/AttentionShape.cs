namespace Heed.Kernels;

/// <summary>
/// Sizes, strides and options of one attention call: softmax(scale * Q K^T + bias + mask) V for every sequence and head
/// (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762).
/// </summary>
/// <remarks>
/// Strides count elements. A row is one token and head h of it starts at element h * <see cref="HeadDim"/>, so q, k and v may be column slices
/// of one (B, T, (H + 2 KV) * D) matrix. With fewer key/value heads than heads, head h reads key/value head h / (Heads / KeyValueHeads)
/// (grouped-query attention, https://arxiv.org/abs/2305.13245).
/// </remarks>
public readonly record struct AttentionShape
{
    /// <summary>Sequences in the batch (B).</summary>
    public int Batch { get; init; }
    /// <summary>Query heads (H).</summary>
    public int Heads { get; init; }
    /// <summary>Key and value heads (KV); divides <see cref="Heads"/>.</summary>
    public int KeyValueHeads { get; init; }
    /// <summary>Queries per sequence (Tq).</summary>
    public int QueryLength { get; init; }
    /// <summary>Keys per sequence (Tk).</summary>
    public int KeyLength { get; init; }
    /// <summary>Width of one head (D), the same for queries, keys and values.</summary>
    public int HeadDim { get; init; }
    /// <summary>Elements from one sequence of q to the next.</summary>
    public int QueryBatchStride { get; init; }
    /// <summary>Elements from one query token to the next.</summary>
    public int QueryRowStride { get; init; }
    /// <summary>Elements from one sequence of k to the next.</summary>
    public int KeyBatchStride { get; init; }
    /// <summary>Elements from one key token to the next.</summary>
    public int KeyRowStride { get; init; }
    /// <summary>Elements from one sequence of v to the next.</summary>
    public int ValueBatchStride { get; init; }
    /// <summary>Elements from one value token to the next.</summary>
    public int ValueRowStride { get; init; }
    /// <summary>Elements from one sequence of the output to the next.</summary>
    public int OutputBatchStride { get; init; }
    /// <summary>Elements from one output token to the next.</summary>
    public int OutputRowStride { get; init; }
    /// <summary>Factor of the scores, as a rule 1 / sqrt(D).</summary>
    public float Scale { get; init; }
    /// <summary>
    /// Above 0, a scaled score s becomes SoftCap * tanh(s / SoftCap) before bias and mask (Gemma 2, https://arxiv.org/abs/2408.00118); 0 = off.
    /// </summary>
    public float SoftCap { get; init; }
    /// <summary>Query i stands at key position KeyLength - QueryLength + i and sees only keys up to that position.</summary>
    public bool Causal { get; init; }
    /// <summary>0 = unlimited; otherwise a query at position p sees only keys after p - Window.</summary>
    public int Window { get; init; }
    /// <summary>
    /// Sequences that the bias has; it divides <see cref="Batch"/>, and sequence b reads that of b mod BiasBatch: the windows of an image lie side by
    /// side in the batch, and all images share their biases (Swin, https://arxiv.org/abs/2103.14030). 0 = as many as the batch.
    /// </summary>
    public int BiasBatch { get; init; }
    /// <summary>Elements from the bias of one sequence to the next; 0 shares it.</summary>
    public int BiasBatchStride { get; init; }
    /// <summary>Elements from the bias of one head to the next; 0 shares it.</summary>
    public int BiasHeadStride { get; init; }
    /// <summary>Elements from the bias of one query to the next; 0 shares it. The key index has stride 1.</summary>
    public int BiasRowStride { get; init; }
    /// <summary>Elements from the key mask of one sequence to the next; 0 shares it. The key index has stride 1.</summary>
    public int MaskBatchStride { get; init; }
    /// <summary>Probability, in [0, 1), that an attention weight is dropped; the kept ones are divided by 1 - Dropout.</summary>
    public float Dropout { get; init; }
    /// <summary>Seed of the dropout mask, which depends on (seed, batch, head, query, key) alone.</summary>
    public ulong DropoutSeed { get; init; }

    /// <summary>Keys at the start that no query of the sequence sees.</summary>
    internal int HiddenAtStart { get; init; }
    /// <summary>Keys at the end that no query of the sequence sees.</summary>
    internal int HiddenAtEnd { get; init; }

    /// <summary>The first key that each query of the sequence sees (int*), or 0.</summary>
    internal nint FirstKeys { get; init; }

    /// <summary>Different biases along the batch.</summary>
    internal int BiasSequences => BiasBatchStride == 0 ? 1 : BiasBatch == 0 ? Batch : BiasBatch;

    /// <summary>First key that query <paramref name="i"/> may see.</summary>
    internal unsafe int KeyFrom(int i)
    {
        int from = Window == 0 ? HiddenAtStart : (int)Math.Clamp((long)KeyLength - QueryLength + i - Window + 1, HiddenAtStart, KeyLength - HiddenAtEnd);
        return FirstKeys == 0 ? from : Math.Max(from, ((int*)FirstKeys)[i]);
    }

    /// <summary>One past the last key that query <paramref name="i"/> may see.</summary>
    internal int KeyTo(int i)
    {
        int end = KeyLength - HiddenAtEnd;
        return Causal ? (int)Math.Clamp((long)KeyLength - QueryLength + i + 1, 0, end) : end;
    }
}
