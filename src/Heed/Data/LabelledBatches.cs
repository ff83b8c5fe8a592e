using Heed.Tensors;

namespace Heed.Data;

/// <summary>A batch of sequences of one class each.</summary>
/// <param name="Inputs">Token ids, padded on the right: (batch, longest).</param>
/// <param name="Mask">1 for tokens, 0 for padding: (batch, longest).</param>
/// <param name="Labels">Classes: (batch).</param>
public sealed record LabelledBatch(Tensor Inputs, Tensor Mask, Tensor Labels);

/// <summary>Batches of labelled sequences, for a classification head.</summary>
public sealed class LabelledBatches
{
    private readonly int[][] sequences;
    private readonly int[] labels;
    private readonly int padding;
    private readonly SequenceOrder order;

    /// <summary>Batches over labelled sequences.</summary>
    /// <param name="sequences">Token ids with their special tokens.</param>
    /// <param name="labels">The class of each, from 0.</param>
    /// <param name="batch">Sequences of a batch.</param>
    /// <param name="padding">Id that fills shorter sequences.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="what">Name of the sequences in errors, such as "training sentences".</param>
    /// <param name="tokens">Most tokens of a batch, padding included, instead of <paramref name="batch"/> sequences; null = no such bound.</param>
    /// <exception cref="InvalidDataException">No sequence, an empty one, a negative id or label, or not one label for each.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A batch of no sequences, or a negative id for padding.</exception>
    public LabelledBatches(int[][] sequences, int[] labels, int batch, int padding, ulong seed, string what, int? tokens = null)
    {
        PaddedRows.Check(sequences, batch, padding, what);
        if (labels.Length != sequences.Length) throw new InvalidDataException($"the {what} are {sequences.Length} sequences with {labels.Length} labels; each needs one");
        if (Array.FindIndex(labels, l => l < 0) is >= 0 and int bad) throw new InvalidDataException($"sequence {bad} of the {what} has the label {labels[bad]}; labels start at 0");
        (this.sequences, this.labels, this.padding) = (sequences, labels, padding);
        int[] lengths = Array.ConvertAll(sequences, s => s.Length);
        order = new SequenceOrder(lengths, batch, seed, tokens is { } most ? new TokenLimit(most, lengths) : null);
    }

    /// <summary>Sequences in all.</summary>
    public int Count => sequences.Length;

    /// <summary>Batches that take every sequence once.</summary>
    public int PerEpoch => order.PerEpoch;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative index.</exception>
    public LabelledBatch this[long index] => Cut(order[index]);

    /// <summary>Sequences <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such sequences.</exception>
    public LabelledBatch InOrder(int first, int count) => Cut(PaddedRows.Range(first, count, Count));

    private LabelledBatch Cut(ReadOnlySpan<int> chosen)
    {
        Tensor classes = Tensor.Empty(new Shape(chosen.Length), DType.I32);
        for (int r = 0; r < chosen.Length; r++) classes.Ints[r] = labels[chosen[r]];
        return new LabelledBatch(PaddedRows.Ids(sequences, chosen, padding), PaddedRows.Mask(sequences, chosen), classes);
    }
}
