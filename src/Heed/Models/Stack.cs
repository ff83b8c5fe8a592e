using Heed.Autograd;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>One stack of a Transformer: what turns ids into vectors, the blocks, and the norm behind them.</summary>
public sealed class Stack
{
    private readonly TokenInput input;
    private readonly RelativeBias? relative;
    private readonly RotaryTable? rotary;
    private readonly Block[] blocks;
    private readonly Norm? finalNorm;

    /// <summary>Makes the stack's weights in <paramref name="scope"/>.</summary>
    /// <param name="scope">Where the weights are made.</param>
    /// <param name="config">The stack.</param>
    /// <param name="tokens">The table of tokens.</param>
    public Stack(WeightScope scope, StackConfig config, EmbeddingLayer tokens)
    {
        Config = config;
        input = new TokenInput(scope, config, tokens);
        if (config.Positions is PositionConfig.Buckets buckets) relative = new RelativeBias(scope["relative_bias"], config, buckets);
        rotary = config.Positions is PositionConfig.Rotary r ? new RotaryTable(r, config.HeadColumns) : null;
        blocks = new Block[config.Depth];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = new Block(scope["blocks"][$"{i}"], config, i, rotary);
        if (config.EndsWithNorm) finalNorm = Norm.Create(scope["final_norm"], config.Width, config.Norm);
    }

    /// <summary>The stack's shape.</summary>
    public StackConfig Config { get; }

    /// <summary>ids (batch, tokens) -> (batch, tokens, width).</summary>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, the text is longer than the positions, or an option has the wrong shape.</exception>
    public Tensor Forward(Tensor ids, ForwardOptions options)
    {
        if (ids.Shape.Rank != 2) throw new ArgumentException($"tokens have shape (batch, length), given {ids.Shape}");
        int batch = ids.Shape[0], length = ids.Shape[1], past = options.Cache?.Past ?? 0;
        Tensor places = options.Positions ?? options.Cache?.Places(ids.Shape) ?? CountOn(ids, past);
        Tensor x = input.Forward(ids, places, options.TokenTypes, options.TaskTypes);
        if (options.Dropout > 0) x = Arithmetic.Dropout(x, options.Dropout, options.Random.Split("embedding").Next());
        BlockContext context = new()
        {
            Self = new AttentionContext
            {
                Positions = places.Reshape(new Shape(batch * length)),
                Bias = relative?.Forward(length, past + length, past),
                Mask = PaddingMask(options.AttentionMask, batch, past + length, "attention mask"),
                FirstKeys = options.FirstKeys,
                Cache = options.Cache,
            },
            Memory = options.Memory,
            Cross = new AttentionContext
            {
                Mask = options.Memory is { } memory ? PaddingMask(options.MemoryMask, memory.Shape[0], memory.Shape[1], "mask of the encoder's output") : null,
                Cache = options.Cache,
            },
            Balance = options.Balance,
            Dropout = options.Dropout,
            Random = options.Random,
            Trace = options.Trace,
        };
        foreach (Block block in blocks)
        {
            options.Trace?.HiddenStates.Add(Trace.Copy(x));
            x = options.Recompute ? Tape.Recompute(x, h => block.Forward(h, context)) : block.Forward(x, context);
        }
        options.Cache?.Advance(length);
        if (finalNorm is not null) x = finalNorm.Forward(x);
        options.Trace?.HiddenStates.Add(Trace.Copy(x));
        return x;
    }

    /// <summary>The norm behind the last block, of any hidden state (batch, tokens, width): what makes it readable for the head. Itself where there is no such norm.</summary>
    internal Tensor Normalised(Tensor x) => finalNorm?.Forward(x) ?? x;

    /// <summary>
    /// What tells the places of a text of some length apart. Learned and sinusoidal positions: the vector of each place, (length, width). Rotary ones: the
    /// angle in radians by which each place turns each pair of columns, (length, pairs). Buckets: each head's bias by distance, key minus query from
    /// -(length - 1) up to 0 in a causal stack, else up to length - 1: (heads, distances). Empty where there are no positions.
    /// </summary>
    /// <exception cref="ArgumentException">The text is longer than the model's positions.</exception>
    internal float[][] Places(int length)
    {
        if (rotary is not null) return rotary.Angles(length);
        if (relative is null) return input.Places(length);
        using MemoryScope scope = new();
        Tensor back = relative.Forward(1, length, length - 1), ahead = relative.Forward(1, length, 0); // (1, heads, 1, length)
        return [.. Enumerable.Range(0, Config.Heads).Select(h => (float[])[.. back.Row(h), .. Config.Causal ? [] : ahead.Row(h)[1..]])];
    }

    // Positions count on from the cache's; RoBERTa's count only what is no padding.
    private Tensor CountOn(Tensor ids, int past)
    {
        Tensor places = Tensor.Empty(ids.Shape, DType.I32);
        Span<int> span = places.Ints;
        int length = ids.Shape[1];
        int? padding = (Config.Positions as PositionConfig.Learned)?.PaddingId;
        for (int i = 0, real = 0; i < span.Length; i++)
        {
            if (i % length == 0) real = 0;
            span[i] = padding is null ? past + i % length : past + real;
            if (ids.Ints[i] != padding) real++;
        }
        return places;
    }

    // 0 for a token, -inf for padding: (batch, keys). Null where nothing is padded.
    private static Tensor? PaddingMask(Tensor? mask, int batch, int keys, string what)
    {
        if (mask is null) return null;
        if (mask.Shape != new Shape(batch, keys)) throw new ArgumentException($"the {what} must have shape ({batch}, {keys}), given {mask.Shape}");
        if (!mask.Ints.Contains(0)) return null;
        Tensor hidden = Tensor.Empty(mask.Shape);
        for (int i = 0; i < mask.Ints.Length; i++) hidden.Span[i] = mask.Ints[i] != 0 ? 0 : float.NegativeInfinity;
        return hidden;
    }
}
