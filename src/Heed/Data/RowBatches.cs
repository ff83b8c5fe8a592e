using Heed.Tensors;

namespace Heed.Data;

/// <summary>A batch of texts, some of whose parts are to be told: padded ids, their segments, and which examples they are of.</summary>
/// <param name="Inputs">Token ids, padded on the right: (batch, longest).</param>
/// <param name="Types">Segments; null where all are 0: (batch, longest).</param>
/// <param name="Mask">1 for tokens, 0 for padding: (batch, longest).</param>
/// <param name="Examples">The number of the example of each row.</param>
public sealed record RowBatch(Tensor Inputs, Tensor? Types, Tensor Mask, int[] Examples);

/// <summary>Batches of token ids for objectives that bring their own targets: labels of words, places of answers, values, pairs.</summary>
public sealed class RowBatches
{
    private readonly int[][] ids;
    private readonly int[][]? types;
    private readonly int padding;
    private readonly SequenceOrder order;

    /// <summary>Batches over examples.</summary>
    /// <param name="ids">Token ids of each, with special tokens.</param>
    /// <param name="types">Segments of each; null = all 0.</param>
    /// <param name="batch">Examples of a batch.</param>
    /// <param name="padding">Id that fills shorter ones.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="what">Name of the examples in errors, such as "training texts".</param>
    /// <exception cref="InvalidDataException">No example, an empty one, or a negative id.</exception>
    public RowBatches(int[][] ids, int[][]? types, int batch, int padding, ulong seed, string what)
    {
        PaddedRows.Check(ids, batch, padding, what);
        (this.ids, this.types, this.padding) = (ids, types, padding);
        order = new SequenceOrder(Array.ConvertAll(ids, s => s.Length), batch, seed);
    }

    /// <summary>Examples in all.</summary>
    public int Count => ids.Length;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    public RowBatch this[long index] => Cut(order[index].ToArray());

    /// <summary>Examples <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given.</summary>
    public RowBatch InOrder(int first, int count) => Cut(PaddedRows.Range(first, count, Count));

    /// <summary>Rows of integers as long as the examples' ids, padded with one value: labels, for one.</summary>
    public static Tensor Padded(int[][] rows, int[] examples, int value) => PaddedRows.Ids(rows, examples, value);

    private RowBatch Cut(int[] examples) =>
        new(PaddedRows.Ids(ids, examples, padding), types is null ? null : PaddedRows.Ids(types, examples, 0), PaddedRows.Mask(ids, examples), examples);
}
