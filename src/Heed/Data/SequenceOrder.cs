using Heed.Tensors;

namespace Heed.Data;

/// <summary>A bound on the tokens of a batch, padding included: rows x (longest first + longest second).</summary>
/// <param name="Tokens">The bound; a sequence that is longer has a batch of its own.</param>
/// <param name="First">Tokens of each sequence.</param>
/// <param name="Second">Tokens of what goes with each, such as its source; null = nothing does.</param>
internal sealed record TokenLimit(int Tokens, int[] First, int[]? Second = null);

/// <summary>
/// Which sequences go into which batch. An epoch takes every sequence once, in an order of its own; sequences of like lengths
/// share a batch, so that little of it is padding, and batches of all lengths follow each other at random.
/// </summary>
/// <remarks>
/// Batch i depends on the seed and on i alone, so training can resume anywhere. Batches have as many sequences as asked, or with a
/// <see cref="TokenLimit"/> as many as fit; the last of an epoch takes the few that remain, so batches are never empty. The order of
/// one epoch is kept, so ask from one thread.
/// </remarks>
internal sealed class SequenceOrder
{
    private const int Pool = 200; // batches within which sequences are sorted by length

    private readonly int[] lengths;
    private readonly int batch;
    private readonly TokenLimit? limit;
    private readonly RandomSource random;
    private readonly List<long> starts = [0]; // with a limit, the first batch of each epoch so far
    private int[][] batches = [];
    private long epoch = -1;

    /// <summary>An order of sequences of the given lengths (or other numbers that are near for what shall share a batch).</summary>
    public SequenceOrder(int[] lengths, int batch, ulong seed, TokenLimit? limit = null)
    {
        (this.lengths, this.batch, this.limit) = (lengths, batch, limit);
        random = new RandomSource(seed).Split("order");
        if (limit is null)
        {
            PerEpoch = (lengths.Length + batch - 1) / batch;
            return;
        }
        long tokens = limit.First.Sum(n => (long)n) + (limit.Second ?? []).Sum(n => (long)n);
        this.batch = (int)Math.Clamp(limit.Tokens * (long)lengths.Length / Math.Max(1, tokens), 1, int.MaxValue / Pool);
        Turn(0);
        starts.Add(batches.Length);
        PerEpoch = batches.Length;
    }

    /// <summary>Batches of an epoch; with a limit on tokens, of the first.</summary>
    public int PerEpoch { get; }

    /// <summary>The sequences of batch <paramref name="index"/>, from 0 and without end.</summary>
    public ReadOnlySpan<int> this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            if (limit is null)
            {
                Turn(index / PerEpoch);
                return batches[index % PerEpoch];
            }
            while (starts[^1] <= index)
            {
                Turn(starts.Count - 1);
                starts.Add(starts[^1] + batches.Length);
            }
            int at = starts.BinarySearch(index);
            if (at < 0) at = ~at - 1;
            Turn(at);
            return batches[index - starts[at]];
        }
    }

    private void Turn(long to)
    {
        if (epoch == to) return;
        epoch = to;
        batches = Cut(random.Split(to));
    }

    private int[][] Cut(RandomSource own)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Length)];
        Shuffle(order, ref own);
        List<int[]> cut = [];
        for (int first = 0; first < order.Length; first += Pool * batch)
        {
            int[] pool = order[first..Math.Min(order.Length, first + Pool * batch)];
            Array.Sort([.. pool.Select((i, place) => (lengths[i], place))], pool); // equal lengths stay shuffled
            for (int at = 0; at < pool.Length;)
            {
                int end = limit is null ? Math.Min(pool.Length, at + batch) : Fitting(limit, pool, at);
                cut.Add(pool[at..end]);
                at = end;
            }
        }
        int[][] mixed = [.. cut];
        Shuffle(mixed, ref own);
        return mixed;
    }

    // The end of the most that fit, from `at` on.
    private static int Fitting(TokenLimit limit, int[] pool, int at)
    {
        int end = at, first = 0, second = 0;
        for (; end < pool.Length; end++)
        {
            first = Math.Max(first, limit.First[pool[end]]);
            if (limit.Second is { } lengths) second = Math.Max(second, lengths[pool[end]]);
            if (end > at && ((long)first + second) * (end - at + 1) > limit.Tokens) break;
        }
        return end;
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
