using Heed.Autograd;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// The Transformer: embedding, blocks, norm, output projection. The same object trains and serves: inference is this forward pass
/// without a tape and with a <see cref="KeyValueCache"/>.
/// </summary>
public sealed class Transformer
{
    private readonly Embedding embedding;
    private readonly Embedding? positions;
    private readonly Block[] blocks;
    private readonly Norm? finalNorm;
    private readonly Tensor head; // (vocabulary, width)

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the start weights; null leaves them zero, to be loaded.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public Transformer(TransformerConfig config, ulong? seed)
    {
        config.Validate();
        Config = config;
        StackConfig stack = config.Decoder;
        WeightScope scope = new(seed);
        embedding = new Embedding(scope["embedding"], config.Vocabulary, stack.Width, stack.InitialDeviation);
        if (stack.Positions is PositionConfig.Learned learned) positions = new Embedding(scope["positions"], learned.Maximum, stack.Width, stack.InitialDeviation);
        RotaryTable? rotary = stack.Positions is PositionConfig.Rotary r ? new RotaryTable(r, stack.HeadColumns) : null;
        blocks = new Block[stack.Depth];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = new Block(scope["blocks"][$"{i}"], stack, i, rotary);
        if (stack.Placement == Placement.Pre) finalNorm = Norm.Create(scope["final_norm"], stack.Width, stack.Norm);
        head = config.TieEmbeddings ? embedding.Weight : scope["head"].Normal("weight", new Shape(config.Vocabulary, stack.Width), stack.InitialDeviation);
        Weights = scope.Weights;
    }

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Every trainable weight by name, in order of construction; a tied one once.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>Number of trainable values.</summary>
    public long ParameterCount => Weights.Sum(w => w.Value.Count);

    /// <summary>An empty cache for this model.</summary>
    public KeyValueCache NewCache(int batch = 1, int? capacity = null) => new(Config.Decoder, batch, capacity ?? Config.Context);

    /// <summary>Logits of the next token at every place: tokens (batch, length) -> (batch, length, vocabulary).</summary>
    public Tensor Forward(Tensor tokens, ForwardOptions? options = null) => Logits(Hidden(tokens, options));

    /// <summary>The output projection: hidden (..., width) -> (..., vocabulary).</summary>
    public Tensor Logits(Tensor hidden) => MatrixOps.Linear(hidden, head);

    /// <summary>
    /// Mean cross-entropy of the targets, fused with the output projection: tokens and targets (batch, length) -> one value.
    /// </summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="targets">The id to predict at each place, or <see cref="LossOps.IgnoreIndex"/>.</param>
    /// <param name="options">Mask, dropout, recomputation.</param>
    /// <param name="scale">Factor of the loss, for gradient accumulation.</param>
    public Tensor Loss(Tensor tokens, Tensor targets, ForwardOptions? options = null, float scale = 1) =>
        LossOps.LinearCrossEntropy(Hidden(tokens, options), head, targets, scale);

    /// <summary>The last hidden state: tokens (batch, length) -> (batch, length, width).</summary>
    /// <exception cref="ArgumentException">A token id is outside the vocabulary, or the text is longer than the model's positions.</exception>
    public Tensor Hidden(Tensor tokens, ForwardOptions? options = null)
    {
        options ??= ForwardOptions.Default;
        if (tokens.Shape.Rank != 2) throw new ArgumentException($"tokens have shape (batch, length), given {tokens.Shape}");
        int batch = tokens.Shape[0], length = tokens.Shape[1], past = options.Cache?.Length ?? 0;
        Tensor places = options.Positions ?? CountOn(batch, length, past);
        Tensor x = embedding.Forward(tokens);
        if (positions is not null)
        {
            if (past + length > positions.Weight.Rows && options.Positions is null)
                throw new ArgumentException($"the text has {past + length} tokens; the model has {positions.Weight.Rows} learned positions");
            x = Arithmetic.AddResidual(x, positions.Forward(places));
        }
        if (options.Dropout > 0) x = Arithmetic.Dropout(x, options.Dropout, options.Random.Split("embedding").Next());
        BlockContext context = new()
        {
            Self = new AttentionContext
            {
                Positions = places.Reshape(new Shape(batch * length)),
                Bias = PaddingBias(options.AttentionMask, batch, past + length),
                Cache = options.Cache,
            },
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

    private static Tensor CountOn(int batch, int length, int past)
    {
        Tensor places = Tensor.Empty(new Shape(batch, length), DType.I32);
        Span<int> span = places.Ints;
        for (int i = 0; i < span.Length; i++) span[i] = past + i % length;
        return places;
    }

    // 0 for a token, -inf for padding: (batch, 1, 1, keys). Null where nothing is padded.
    private static Tensor? PaddingBias(Tensor? mask, int batch, int keys)
    {
        if (mask is null) return null;
        if (mask.Shape != new Shape(batch, keys)) throw new ArgumentException($"the attention mask must have shape ({batch}, {keys}), given {mask.Shape}");
        if (!mask.Ints.Contains(0)) return null;
        Tensor bias = Tensor.Empty(new Shape(batch, 1, 1, keys));
        for (int i = 0; i < mask.Ints.Length; i++) bias.Span[i] = mask.Ints[i] != 0 ? 0 : float.NegativeInfinity;
        return bias;
    }
}
