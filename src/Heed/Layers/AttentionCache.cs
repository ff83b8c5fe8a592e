using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// What attention asks for the keys and values of earlier tokens: an argument of the forward pass. <see cref="KeyValueCache"/> holds sequences of one
/// length side by side, <see cref="PagedBatch"/> any number of sequences of any lengths in pages.
/// </summary>
public abstract class AttentionCache
{
    // The two caches are the library's own.
    private protected AttentionCache()
    {
    }

    /// <summary>Tokens that stand before those of this pass in every sequence, as masks and relative positions count them.</summary>
    internal abstract int Past { get; }

    /// <summary>(batch, tokens) positions of the tokens of this pass; null = they count on from <see cref="Past"/>.</summary>
    internal virtual Tensor? Places(Shape tokens) => null;

    /// <summary>Keeps the keys and values of this pass (batch, tokens, columns) and lets the queries attend to them and to all before -> (batch, tokens, heads · head dim).</summary>
    internal abstract Tensor Attend(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape, AttentionContext c, Trace? trace);

    /// <summary>Keys and values of the other stack's output, side by side: computed once, then kept.</summary>
    internal abstract Tensor Cross(int layer, Func<Tensor> compute);

    /// <summary>Counts tokens that every block has written.</summary>
    internal abstract void Advance(int tokens);
}
