using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// Which sequences go into which batch. An epoch takes every sequence once, in an order of its own; sequences of like lengths
/// share a batch, so that little of it is padding, and batches of all lengths follow each other at random.
/// </summary>
/// <remarks>
/// Batch i depends on the seed and on i alone, so training can resume anywhere. The last batch of an epoch takes the few
/// sequences that remain: batches may be smaller than asked, never empty. The order of one epoch is kept, so ask from one thread.
/// </remarks>
internal sealed class SequenceOrder
{
    private const int Pool = 200; // batches within which sequences are sorted by length

    private readonly int[] lengths;
    private readonly int batch;
    private readonly RandomSource random;
    private int[][] batches = [];
    private long epoch = -1;

    /// <summary>An order of sequences of the given lengths.</summary>
    public SequenceOrder(int[] lengths, int batch, ulong seed)
    {
        (this.lengths, this.batch) = (lengths, batch);
        random = new RandomSource(seed).Split("order");
        PerEpoch = (lengths.Length + batch - 1) / batch;
    }

    /// <summary>Batches of an epoch.</summary>
    public int PerEpoch { get; }

    /// <summary>The sequences of batch <paramref name="index"/>, from 0 and without end.</summary>
    public ReadOnlySpan<int> this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            if (index / PerEpoch != epoch)
            {
                epoch = index / PerEpoch;
                batches = Shuffle(random.Split(epoch));
            }
            return batches[index % PerEpoch];
        }
    }

    private int[][] Shuffle(RandomSource own)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Length)];
        Shuffle(order, ref own);
        int[][] cut = new int[PerEpoch][];
        for (int first = 0, b = 0; first < order.Length; first += Pool * batch)
        {
            int[] pool = order[first..Math.Min(order.Length, first + Pool * batch)];
            Array.Sort([.. pool.Select((i, place) => (lengths[i], place))], pool); // equal lengths stay shuffled
            for (int at = 0; at < pool.Length; at += batch) cut[b++] = pool[at..Math.Min(pool.Length, at + batch)];
        }
        Shuffle(cut, ref own);
        return cut;
    }

    // Fisher and Yates, as in Durstenfeld 1964.
    private static void Shuffle<T>(T[] items, ref RandomSource own)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = own.Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
