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
    private readonly Norm? queryNorm;
    private readonly Norm? keyNorm;
    private readonly LinearLayer output;

    /// <summary>Makes the projections in <paramref name="scope"/>: <c>qkv</c>, or <c>query</c> and <c>key_value</c>, and <c>output</c>.</summary>
    public Attention(WeightScope scope, StackConfig config, int layer, RotaryTable? rotary, bool cross)
    {
        (this.config, this.layer, this.rotary) = (config, layer, cross ? null : rotary);
        int q = config.Heads * config.HeadColumns, kv = config.KeyHeads * config.HeadColumns;
        float start = config.Start(config.Width);
        if (cross)
        {
            query = scope.Linear("query", config.Width, q, config.QueryKeyValueBias, start * config.StartOfQueries);
            keyValue = scope.Linear("key_value", config.Width, 2 * kv, config.QueryKeyValueBias, start);
        }
        else
        {
            queryKeyValue = scope.Linear("qkv", config.Width, q + 2 * kv, config.QueryKeyValueBias, start, (q, config.StartOfQueries));
            if (config.Scores.Normalised)
            {
                queryNorm = Norm.Create(scope["query_norm"], config.HeadColumns, config.Norm);
                keyNorm = Norm.Create(scope["key_norm"], config.HeadColumns, config.Norm);
            }
        }
        output = scope.Linear("output", q, config.Width, config.OutputBias, config.StartOfOutput(q));
    }

    /// <summary>x (batch, tokens, width) attends to itself -> (batch, tokens, width).</summary>
    public Tensor Forward(Tensor x, AttentionContext c, BlockContext block)
    {
        if (c.Windows is { } windows) return windows.Join(Forward(windows.Split(x), c.Unsplit(), block));
        (Tensor queries, Tensor keys, Tensor values) = Project(queryKeyValue!.Forward(x), c);
        AttentionShape shape = Shape(block, "attention") with { Causal = config.Causal, Window = config.WindowOf(layer) };
        return output.Forward(c.Cache?.Attend(layer, queries, keys, values, shape, c, block.Trace) ?? Mix(queries, keys, values, shape, c, block.Trace, null));
    }

    /// <summary>The attention itself: q (batch, tokens, columns) to the first <paramref name="length"/> of k and v (null = all); a trace receives the map.</summary>
    internal static Tensor Mix(Tensor q, Tensor k, Tensor v, in AttentionShape shape, AttentionContext c, Trace? trace, int? length)
    {
        trace?.Attentions.Add(NeuralOps.AttentionMap(q, k, shape, c.Bias, c.Mask, length, c.FirstKeys));
        return NeuralOps.Attention(q, k, v, shape, c.Bias, c.Mask, length, c.FirstKeys);
    }

    /// <summary>x (batch, tokens, width) attends to another stack's output (sources' batch, sources, width) -> (batch, tokens, width).</summary>
    /// <exception cref="ArgumentException">The sources' batch does not divide the batch.</exception>
    public Tensor Cross(Tensor x, Tensor memory, AttentionContext c, BlockContext block)
    {
        int batch = x.Shape[0], tokens = x.Shape[1], sources = memory.Shape[0];
        if (batch % sources != 0) throw new ArgumentException($"cross-attention of {batch} sequences needs a number of sources that divides it, given {sources}");
        Tensor queries = query!.Forward(x);
        Tensor both = c.Cache?.Cross(layer, () => keyValue!.Forward(memory)) ?? keyValue!.Forward(memory);
        int kv = config.KeyHeads * config.HeadColumns;
        Tensor keys = both.SliceColumns(0, kv), values = both.SliceColumns(kv, kv);
        // Beams of one source are further queries to the same keys, so a source's keys stand in memory once.
        if (batch != sources) queries = queries.Reshape(new Shape(sources, batch / sources * tokens, queries.Columns));
        AttentionShape shape = Shape(block, "cross_attention");
        if (block.Trace is { } trace && batch == sources) trace.CrossAttentions.Add(NeuralOps.AttentionMap(queries, keys, shape, c.Bias, c.Mask));
        Tensor mixed = NeuralOps.Attention(queries, keys, values, shape, c.Bias, c.Mask);
        return output.Forward(mixed.Reshape(new Shape(batch, tokens, mixed.Columns)));
    }

    private AttentionShape Shape(BlockContext block, string site) => new()
    {
        Heads = config.Heads,
        KeyValueHeads = config.KeyHeads,
        HeadDim = config.HeadColumns,
        Scale = (config.Scores.Scale ?? 1 / MathF.Sqrt(config.HeadColumns)) / (config.Scores.ByBlock ? layer + 1 : 1),
        SoftCap = config.Scores.SoftCap,
        Dropout = block.Dropout,
        DropoutSeed = block.Dropout > 0 ? block.Random.Split(site).Split(layer).Next() : 0,
    };

    private (Tensor Queries, Tensor Keys, Tensor Values) Project(Tensor qkv, AttentionContext c)
    {
        int q = config.Heads * config.HeadColumns, kv = config.KeyHeads * config.HeadColumns;
        if (queryNorm is not null)
            return (Rotated(Normalised(qkv.SliceColumns(0, q), queryNorm), config.Heads, c), Rotated(Normalised(qkv.SliceColumns(q, kv), keyNorm!), config.KeyHeads, c), qkv.SliceColumns(q + kv, kv));
        qkv = Rotated(qkv, config.Heads + config.KeyHeads, c);
        return (qkv.SliceColumns(0, q), qkv.SliceColumns(q, kv), qkv.SliceColumns(q + kv, kv));
    }

    private Tensor Rotated(Tensor x, int heads, AttentionContext c) =>
        rotary is null ? x : rotary.Rotate(x, heads, c.Positions ?? throw new ArgumentException("rotary attention needs positions"));

    // Each head is a row of its own.
    private Tensor Normalised(Tensor x, Norm norm) =>
        norm.Forward(Arithmetic.Contiguous(x).Reshape(new Shape(x.Rows * (x.Columns / config.HeadColumns), config.HeadColumns))).Reshape(x.Shape);
}
