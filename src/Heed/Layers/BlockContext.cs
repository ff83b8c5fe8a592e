using Heed.Tensors;

namespace Heed.Layers;

/// <summary>What a pass through the blocks carries besides the hidden state: state is an argument.</summary>
public sealed class BlockContext
{
    /// <summary>For self-attention.</summary>
    public AttentionContext Self { get; init; } = AttentionContext.Empty;

    /// <summary>The other stack's output (batch, sources, width), for cross-attention; its batch may be a divisor of the queries' (several beams read one source).</summary>
    public Tensor? Memory { get; init; }

    /// <summary>For cross-attention.</summary>
    public AttentionContext Cross { get; init; } = AttentionContext.Empty;

    /// <summary>Learns how the experts of the blocks are used; null = nobody asks.</summary>
    public RouterBalance? Balance { get; init; }

    /// <summary>Probability of dropout while training; 0 otherwise.</summary>
    public float Dropout { get; init; }

    /// <summary>Seed of this pass's dropout.</summary>
    public RandomSource Random { get; init; }

    /// <summary>Collects hidden states and attention maps; null costs nothing.</summary>
    public Trace? Trace { get; init; }
}

/// <summary>What one kind of attention needs besides its inputs.</summary>
public sealed class AttentionContext
{
    /// <summary>No positions, no bias, no cache.</summary>
    public static AttentionContext Empty { get; } = new();

    /// <summary>(batch · tokens) positions, for rotary embedding.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>(batch or 1, heads or 1, queries or 1, keys), added to the scores.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>(batch, keys), added to the scores: 0, or -inf for padding.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>(batch, tokens) integers: the first token that each token attends to, such as the start of its document; null = all.</summary>
    public Tensor? FirstKeys { get; init; }

    /// <summary>The windows of an image within which its tokens attend; null = all to all.</summary>
    public WindowPartition? Windows { get; init; }

    /// <summary>Keys and values of earlier tokens.</summary>
    public AttentionCache? Cache { get; init; }

    /// <summary>The same without windows: for tokens that stand in them already.</summary>
    internal AttentionContext Unsplit() => new() { Positions = Positions, Bias = Bias, Mask = Mask, FirstKeys = FirstKeys, Cache = Cache };
}

/// <summary>Collects what happens inside a model, for pictures and comparisons. Read it before the memory scope of the pass ends.</summary>
public sealed class Trace
{
    /// <summary>The embedding output, then each block's output: (batch, tokens, width); the last one after the final norm.</summary>
    public List<Tensor> HiddenStates { get; } = [];

    /// <summary>Each block's self-attention map: (batch, heads, queries, keys).</summary>
    public List<Tensor> Attentions { get; } = [];

    /// <summary>Each block's map of attention to the other stack: (batch, heads, queries, sources).</summary>
    public List<Tensor> CrossAttentions { get; } = [];

    internal static Tensor Copy(Tensor x) => Tensor.From(x.Shape, x.ToArray());
}
