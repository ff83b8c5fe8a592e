using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Multi-head attention (Vaswani et al. 2017) with grouped key/value heads, of a stack to itself or to another stack's output.</summary>
public sealed class Attention
{
    private readonly StackConfig config;
    private readonly int layer;
    private readonly RotaryTable? rotary;
    private readonly LinearLayer? queryKeyValue; // to itself: one product for all three
    private readonly LinearLayer? query;         // to another stack
    private readonly LinearLayer? keyValue;
    private readonly LinearLayer output;

    /// <summary>Makes the projections in <paramref name="scope"/>: <c>qkv</c>, or <c>query</c> and <c>key_value</c>, and <c>output</c>.</summary>
    public Attention(WeightScope scope, StackConfig config, int layer, RotaryTable? rotary, bool cross)
    {
        (this.config, this.layer, this.rotary) = (config, layer, cross ? null : rotary);
        int q = config.Heads * config.HeadColumns, kv = config.KeyHeads * config.HeadColumns;
        float deviation = config.InitialDeviation;
        if (cross)
        {
            query = new Linear(scope["query"], config.Width, q, config.QueryKeyValueBias, deviation);
            keyValue = new Linear(scope["key_value"], config.Width, 2 * kv, config.QueryKeyValueBias, deviation);
        }
        else
        {
            queryKeyValue = new Linear(scope["qkv"], config.Width, q + 2 * kv, config.QueryKeyValueBias, deviation);
        }
        output = new Linear(scope["output"], q, config.Width, config.OutputBias, deviation / MathF.Sqrt(2 * config.Depth));
    }

    /// <summary>x (batch, tokens, width) attends to memory (batch, keys, width) -> (batch, tokens, width).</summary>
    public Tensor Forward(Tensor x, Tensor memory, AttentionContext c, BlockContext block)
    {
        int q = config.Heads * config.HeadColumns, kv = config.KeyHeads * config.HeadColumns;
        (Tensor queries, Tensor keys, Tensor values) = queryKeyValue is not null ? Split(Rotated(queryKeyValue.Forward(x), c), q, kv) : Split(query!.Forward(x), keyValue!.Forward(memory), kv);
        int? length = null;
        if (c.Cache is { } cache)
        {
            (keys, values) = cache.Append(layer, keys, values);
            length = cache.Length + x.Shape[1];
        }
        AttentionShape shape = new()
        {
            Heads = config.Heads,
            KeyValueHeads = config.KeyHeads,
            HeadDim = config.HeadColumns,
            Scale = 1 / MathF.Sqrt(config.HeadColumns),
            Causal = config.Causal && queryKeyValue is not null,
            Window = queryKeyValue is not null ? config.Window : 0,
            Dropout = block.Dropout,
            DropoutSeed = block.Dropout > 0 ? block.Random.Split("attention").Split(layer).Next() : 0,
        };
        if (queryKeyValue is not null) block.Trace?.Attentions.Add(NeuralOps.AttentionMap(queries, keys, shape, bias: c.Bias, keyLength: length));
        return output.Forward(NeuralOps.Attention(queries, keys, values, shape, bias: c.Bias, keyLength: length));
    }

    private Tensor Rotated(Tensor qkv, AttentionContext c) =>
        rotary is null ? qkv : rotary.Rotate(qkv, config.Heads + config.KeyHeads, c.Positions ?? throw new ArgumentException("rotary attention needs positions"));

    private static (Tensor, Tensor, Tensor) Split(Tensor qkv, int q, int kv) =>
        (qkv.SliceColumns(0, q), qkv.SliceColumns(q, kv), qkv.SliceColumns(q + kv, kv));

    private static (Tensor, Tensor, Tensor) Split(Tensor q, Tensor keyValue, int kv) =>
        (q, keyValue.SliceColumns(0, kv), keyValue.SliceColumns(kv, kv));
}
