using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>A batch of sources and targets for an encoder-decoder.</summary>
/// <param name="Sources">Token ids for the encoder, padded on the right: (batch, longest source).</param>
/// <param name="SourceMask">1 for tokens, 0 for padding: (batch, longest source).</param>
/// <param name="DecoderInputs">The start token and the target but for its last token, padded on the right: (batch, longest target).</param>
/// <param name="Labels">The target, <see cref="LossOps.IgnoreIndex"/> where it is padded: (batch, longest target).</param>
public sealed record PairBatch(Tensor Sources, Tensor SourceMask, Tensor DecoderInputs, Tensor Labels);

/// <summary>Batches of pairs of sequences, such as sentences and their translations, for an encoder-decoder with teacher forcing.</summary>
/// <remarks>A causal decoder needs no mask for padding on the right: no token sees it, and its labels do not count.</remarks>
public sealed class PairBatches
{
    private readonly IReadOnlyList<int[]> sources;
    private readonly IReadOnlyList<int[]> targets;
    private readonly int padding;
    private readonly int start;
    private readonly SequenceOrder order;

    /// <summary>Batches over pairs.</summary>
    /// <param name="sources">Token ids of each source, with the end token if the encoder expects one.</param>
    /// <param name="targets">Token ids of each target, with the end token that the decoder shall learn to write.</param>
    /// <param name="batch">Pairs of a batch.</param>
    /// <param name="padding">Id that fills shorter sequences.</param>
    /// <param name="start">Id with which the decoder starts; in T5 the id of the padding.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="what">Name of the pairs in errors, such as "training pairs".</param>
    /// <param name="tokens">Most tokens of a batch, sources and targets together and padding included, instead of <paramref name="batch"/> pairs; null = no such bound.</param>
    /// <exception cref="InvalidDataException">No pair, an empty sequence, a negative id, or not one target for each source.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A batch of no pairs, or a negative id for padding or start.</exception>
    public PairBatches(IReadOnlyList<int[]> sources, IReadOnlyList<int[]> targets, int batch, int padding, int start, ulong seed, string what, int? tokens = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        int[] sourceLengths = PaddedRows.Check(sources, batch, padding, $"sources of the {what}");
        if (targets.Count != sources.Count) throw new InvalidDataException($"the {what} are {sources.Count} sources and {targets.Count} targets; each source needs one");
        int[] targetLengths = PaddedRows.Check(targets, batch, padding, $"targets of the {what}");
        (this.sources, this.targets, this.padding, this.start) = (sources, targets, padding, start);
        order = new SequenceOrder([.. sourceLengths.Zip(targetLengths, Like)], batch, seed, tokens is { } most ? new TokenLimit(most, targetLengths, sourceLengths) : null);
    }

    /// <summary>Pairs in all.</summary>
    public int Count => sources.Count;

    /// <summary>Batches that take every pair once.</summary>
    public int PerEpoch => order.PerEpoch;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative index.</exception>
    public PairBatch this[long index] => Cut(order[index]);

    /// <summary>Pairs <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such pairs.</exception>
    public PairBatch InOrder(int first, int count) => Cut(PaddedRows.Range(first, count, Count));

    // The decoder costs more than the encoder, so the length of the target comes first. Sources rise along one length of target and
    // fall along the next: where two lengths meet in a batch, sources are alike as well.
    private static int Like(int source, int target)
    {
        const int Most = short.MaxValue;
        (source, target) = (Math.Min(source, Most), Math.Min(target, Most));
        return target * (Most + 1) + (target % 2 == 0 ? source : Most - source);
    }

    private PairBatch Cut(ReadOnlySpan<int> chosen)
    {
        int[][] from = new int[chosen.Length][], to = new int[chosen.Length][];
        for (int r = 0; r < chosen.Length; r++) (from[r], to[r]) = (sources[chosen[r]], targets[chosen[r]]);
        int[][] shifted = Array.ConvertAll(to, t => (int[])[start, .. t[..^1]]);
        int[] all = PaddedRows.Range(0, chosen.Length, chosen.Length);
        return new PairBatch(PaddedRows.Ids(from, all, padding), PaddedRows.Mask(from, all), PaddedRows.Ids(shifted, all, padding), PaddedRows.Ids(to, all, LossOps.IgnoreIndex));
    }
}
