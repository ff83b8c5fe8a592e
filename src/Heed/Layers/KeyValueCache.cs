using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// Keys and values of the tokens seen so far, for every block: made once, handed to each forward pass as an argument. Sequences that grew out of
/// one another may be rearranged; only what differs between them is copied.
/// </summary>
public sealed class KeyValueCache : AttentionCache
{
    private readonly StackConfig config;
    private readonly Tensor[] keys;   // depth x (rows, capacity, key/value heads · head dim)
    private readonly Tensor[] values;
    private readonly Tensor?[] crossKeyValues; // depth x (sources, source tokens, 2 · columns), once known
    private readonly int[] origins; // (rows, capacity): where two are equal, the same token with the same past was written
    private int written;

    /// <summary>An empty cache.</summary>
    /// <param name="config">The stack that it serves.</param>
    /// <param name="batch">Sequences side by side.</param>
    /// <param name="capacity">Most tokens of a sequence.</param>
    public KeyValueCache(StackConfig config, int batch, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (this.config, Batch, Capacity) = (config, batch, capacity);
        Shape shape = new(batch, capacity, config.KeyHeads * config.HeadColumns);
        keys = new Tensor[config.Depth];
        values = new Tensor[config.Depth];
        crossKeyValues = new Tensor?[config.Depth];
        origins = new int[checked(batch * capacity)];
        for (int i = 0; i < config.Depth; i++) (keys[i], values[i]) = (Tensor.Persistent(shape), Tensor.Persistent(shape));
    }

    /// <summary>Sequences side by side.</summary>
    public int Batch { get; private set; }

    /// <summary>Most tokens of a sequence.</summary>
    public int Capacity { get; }

    /// <summary>Tokens held of each sequence.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens whose keys and values <see cref="Reorder"/> has copied so far.</summary>
    public long CopiedTokens { get; private set; }

    /// <summary>Forgets the tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        if (length < 0 || length > Length) throw new ArgumentOutOfRangeException(nameof(length), $"the cache holds {Length} tokens, asked to keep {length}");
        Length = length;
    }

    /// <summary>A cache in which each sequence of this one stands <paramref name="copies"/> times, one copy after the other; the other stack's keys and values are shared.</summary>
    /// <param name="copies">How often each stands there.</param>
    /// <param name="capacity">Most tokens of a sequence of the new cache.</param>
    public KeyValueCache Spread(int copies, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, Length);
        KeyValueCache wide = new(config, checked(Batch * copies), capacity) { Length = Length, written = written };
        crossKeyValues.CopyTo(wide.crossKeyValues, 0);
        for (int row = 0; row < wide.Batch; row++) wide.CopyRow(this, row / copies, row, 0);
        return wide;
    }

    /// <summary>Each sequence goes on as the sequence that <paramref name="parents"/> names: beams that took over others.</summary>
    /// <param name="parents">For each sequence the one it continues. One that is continued must continue itself, so that nothing is overwritten before it was read.</param>
    /// <remarks>Sequences of one origin are equal up to where they parted; only what lies behind is copied.</remarks>
    /// <exception cref="ArgumentException">There is not one parent for each sequence, or a parent does not continue itself.</exception>
    public void Reorder(ReadOnlySpan<int> parents)
    {
        if (parents.Length != Batch) throw new ArgumentException($"{Batch} sequences need as many parents, given {parents.Length}");
        for (int row = 0; row < Batch; row++)
            if ((uint)parents[row] >= (uint)Batch || parents[parents[row]] != parents[row]) throw new ArgumentException($"sequence {row} cannot continue sequence {parents[row]}: that is not one of {Batch} that continue themselves");
        for (int row = 0; row < Batch; row++)
        {
            int parent = parents[row], parted = Length;
            if (parent == row) continue;
            while (parted > 0 && origins[row * Capacity + parted - 1] != origins[parent * Capacity + parted - 1]) parted--;
            CopyRow(this, parent, row, parted);
            CopiedTokens += Length - parted;
        }
    }

    /// <summary>Drops all but some of the items that stand in the cache side by side, each with the same number of sequences and one source.</summary>
    /// <param name="kept">Items that stay, in ascending order.</param>
    /// <param name="items">Items there are.</param>
    /// <exception cref="ArgumentException">The items do not divide the batch, or those kept are not ascending.</exception>
    public void Keep(ReadOnlySpan<int> kept, int items)
    {
        if (items < 1 || Batch % items != 0 || kept.Length == 0) throw new ArgumentException($"{items} items, {kept.Length} of them kept, in a cache of {Batch} sequences");
        int each = Batch / items, last = -1;
        for (int i = 0; i < kept.Length; last = kept[i++])
        {
            if (kept[i] <= last || kept[i] >= items) throw new ArgumentException($"the items kept must be ascending numbers below {items}, given {kept[i]} after {last}");
            if (kept[i] == i) continue;
            for (int s = 0; s < each; s++) CopyRow(this, kept[i] * each + s, i * each + s, 0);
        }
        Batch = kept.Length * each;
        for (int layer = 0; layer < config.Depth; layer++)
            if (crossKeyValues[layer] is { } both) crossKeyValues[layer] = KeepSources(both, kept);
    }

    /// <summary>Sources (items, tokens, columns) of the items that stay, in the same memory.</summary>
    internal static Tensor KeepSources(Tensor sources, ReadOnlySpan<int> kept)
    {
        int tokens = sources.Shape[1];
        for (int i = 0; i < kept.Length; i++)
            if (kept[i] != i) sources.Device.Backend.Copy(sources.SliceRows(kept[i] * tokens, tokens), sources.SliceRows(i * tokens, tokens));
        return sources.SliceRows(0, kept.Length * tokens).Reshape(new Shape(kept.Length, tokens, sources.Columns));
    }

    internal override int Past => Length;

    internal override Tensor Attend(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape, AttentionContext c, Trace? trace)
    {
        (Tensor keys, Tensor values) = Append(layer, k, v);
        return Attention.Mix(q, keys, values, shape, c, trace, Length + k.Shape[1]);
    }

    // Writes the keys and values of new tokens (batch, tokens, columns) behind those held; returns the whole of both.
    private (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v)
    {
        int tokens = k.Shape[1];
        if (k.Shape[0] != Batch) throw new ArgumentException($"the cache holds {Batch} sequences, given {k.Shape[0]}");
        if (Length + tokens > Capacity) throw new InvalidOperationException($"the cache holds {Length} of {Capacity} tokens; {tokens} more do not fit");
        return (Written(k, keys[layer]), Written(v, values[layer]));

        Tensor Written(Tensor from, Tensor to)
        {
            for (int b = 0; b < Batch; b++)
                from.Device.Backend.Copy(from.SliceRows(b * tokens, tokens), to.SliceRows(b * Capacity + Length, tokens));
            return Batch == to.Shape[0] ? to : to.SliceRows(0, Batch * Capacity).Reshape(new Shape(Batch, Capacity, to.Columns));
        }
    }

    internal override Tensor Cross(int layer, Func<Tensor> compute)
    {
        if (crossKeyValues[layer] is { } known) return known;
        Tensor made = compute(), kept = Tensor.Persistent(made.Shape);
        made.Device.Backend.Copy(made, kept);
        return crossKeyValues[layer] = kept;
    }

    internal override void Advance(int tokens)
    {
        for (int row = 0; row < Batch; row++)
            for (int t = 0; t < tokens; t++) origins[row * Capacity + Length + t] = ++written;
        Length += tokens;
    }

    // Tokens first .. Length of a row of another cache (or this one).
    private void CopyRow(KeyValueCache from, int source, int row, int first)
    {
        int tokens = Length - first, at = source * from.Capacity + first, to = row * Capacity + first;
        if (tokens == 0) return;
        from.origins.AsSpan(at, tokens).CopyTo(origins.AsSpan(to));
        for (int layer = 0; layer < config.Depth; layer++)
        {
            keys[layer].Device.Backend.Copy(from.keys[layer].SliceRows(at, tokens), keys[layer].SliceRows(to, tokens));
            values[layer].Device.Backend.Copy(from.values[layer].SliceRows(at, tokens), values[layer].SliceRows(to, tokens));
        }
    }
}
