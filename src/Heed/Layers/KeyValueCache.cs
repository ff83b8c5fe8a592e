using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Keys and values of the tokens seen so far, for every block: made once, handed to each forward pass as an argument.</summary>
public sealed class KeyValueCache
{
    private readonly Tensor[] keys;   // depth x (batch, capacity, key/value heads · head dim)
    private readonly Tensor[] values;
    private readonly Tensor?[] crossKeyValues; // depth x (sources, source tokens, 2 · columns), once known

    /// <summary>An empty cache.</summary>
    /// <param name="config">The stack that it serves.</param>
    /// <param name="batch">Sequences side by side.</param>
    /// <param name="capacity">Most tokens of a sequence.</param>
    public KeyValueCache(StackConfig config, int batch, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (Batch, Capacity) = (batch, capacity);
        Shape shape = new(batch, capacity, config.KeyHeads * config.HeadColumns);
        keys = new Tensor[config.Depth];
        values = new Tensor[config.Depth];
        crossKeyValues = new Tensor?[config.Depth];
        for (int i = 0; i < config.Depth; i++) (keys[i], values[i]) = (Tensor.Persistent(shape), Tensor.Persistent(shape));
    }

    /// <summary>Sequences side by side.</summary>
    public int Batch { get; }

    /// <summary>Most tokens of a sequence.</summary>
    public int Capacity { get; }

    /// <summary>Tokens held of each sequence.</summary>
    public int Length { get; private set; }

    /// <summary>Forgets the tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        if (length < 0 || length > Length) throw new ArgumentOutOfRangeException(nameof(length), $"the cache holds {Length} tokens, asked to keep {length}");
        Length = length;
    }

    /// <summary>Writes the keys and values of new tokens (batch, tokens, columns) behind those held; returns the whole of both.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v)
    {
        int tokens = k.Shape[1];
        if (k.Shape[0] != Batch) throw new ArgumentException($"the cache holds {Batch} sequences, given {k.Shape[0]}");
        if (Length + tokens > Capacity) throw new InvalidOperationException($"the cache holds {Length} of {Capacity} tokens; {tokens} more do not fit");
        Copy(k, keys[layer]);
        Copy(v, values[layer]);
        return (keys[layer], values[layer]);

        void Copy(Tensor from, Tensor to)
        {
            for (int b = 0; b < Batch; b++)
                from.Device.Backend.Copy(from.SliceRows(b * tokens, tokens), to.SliceRows(b * Capacity + Length, tokens));
        }
    }

    /// <summary>Keys and values of the other stack's output, side by side: computed once, then kept.</summary>
    internal Tensor Cross(int layer, Func<Tensor> compute)
    {
        if (crossKeyValues[layer] is { } known) return known;
        Tensor made = compute(), kept = Tensor.Persistent(made.Shape);
        made.Device.Backend.Copy(made, kept);
        return crossKeyValues[layer] = kept;
    }

    /// <summary>Counts tokens that every block has written.</summary>
    internal void Advance(int tokens) => Length += tokens;
}
