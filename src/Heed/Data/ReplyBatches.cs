using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>A batch of sequences of which a decoder is to write some tokens.</summary>
/// <param name="Inputs">Token ids but for the last, padded on the right: (batch, longest).</param>
/// <param name="Targets">The token behind each, <see cref="LossOps.IgnoreIndex"/> where it does not count: (batch, longest).</param>
public sealed record ReplyBatch(Tensor Inputs, Tensor Targets);

/// <summary>Batches of sequences in which some tokens count and the others are only read: conversations, of which the answers are learned.</summary>
/// <remarks>A causal decoder needs no mask for padding on the right: no token sees it, and its targets do not count.</remarks>
public sealed class ReplyBatches
{
    private readonly int[][] inputs;
    private readonly int[][] targets;
    private readonly int padding;
    private readonly SequenceOrder order;

    /// <summary>Batches over sequences.</summary>
    /// <param name="sequences">Token ids, two or more in each.</param>
    /// <param name="counted">For each token whether it is to be written; the first of a sequence cannot be.</param>
    /// <param name="batch">Sequences of a batch.</param>
    /// <param name="padding">Id that fills shorter sequences.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="what">Name of the sequences in errors, such as "training conversations".</param>
    /// <exception cref="InvalidDataException">No sequence, one of less than two tokens or in which nothing counts, a negative id, or not one flag for each token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A batch of no sequences, or a negative id for padding.</exception>
    public ReplyBatches(int[][] sequences, bool[][] counted, int batch, int padding, ulong seed, string what)
    {
        PaddedRows.Check(sequences, batch, padding, what);
        if (counted.Length != sequences.Length) throw new InvalidDataException($"the {what} are {sequences.Length} sequences with {counted.Length} lists of what counts; each needs one");
        for (int i = 0; i < sequences.Length; i++)
            if (sequences[i].Length != counted[i].Length || !counted[i].AsSpan(1).Contains(true))
                throw new InvalidDataException($"sequence {i} of the {what} has {sequences[i].Length} tokens and {counted[i].Length} flags of what counts, of which one behind the first token must be set");
        this.padding = padding;
        inputs = Array.ConvertAll(sequences, s => s[..^1]);
        targets = [.. sequences.Zip(counted, (ids, flags) => ids.Skip(1).Zip(flags.Skip(1), (id, counts) => counts ? id : LossOps.IgnoreIndex).ToArray())];
        order = new SequenceOrder(Array.ConvertAll(inputs, s => s.Length), batch, seed);
    }

    /// <summary>Sequences in all.</summary>
    public int Count => inputs.Length;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative index.</exception>
    public ReplyBatch this[long index] => Cut(order[index]);

    /// <summary>Sequences <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such sequences.</exception>
    public ReplyBatch InOrder(int first, int count) => Cut(PaddedRows.Range(first, count, Count));

    private ReplyBatch Cut(ReadOnlySpan<int> chosen) => new(PaddedRows.Ids(inputs, chosen, padding), PaddedRows.Ids(targets, chosen, LossOps.IgnoreIndex));
}
