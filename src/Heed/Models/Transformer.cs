using Heed.Autograd;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// The Transformer: a decoder, an encoder, or both, and a head. The same object trains and serves: inference is this forward pass
/// without a tape and with a <see cref="KeyValueCache"/>.
/// </summary>
public sealed class Transformer
{
    private readonly Stack? encoder;
    private readonly Stack? decoder;
    private readonly Head head;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the start weights; null leaves them zero, to be loaded.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public Transformer(TransformerConfig config, ulong? seed) : this(config, new WeightScope(seed))
    {
    }

    private Transformer(TransformerConfig config, WeightScope scope)
    {
        config.Validate();
        Config = config;
        EmbeddingLayer embedding = scope.Embedding("embedding", config.Vocabulary, config.Main.EmbeddingWidth, config.Main.StartOfTable);
        // A model with one stack needs no word for it in the names of its weights.
        bool both = config is { Encoder: not null, Decoder: not null };
        EmbeddingLayer source = config.SourceVocabulary is { } ids ? scope["encoder"].Embedding("embedding", ids, config.Encoder!.EmbeddingWidth, config.Encoder.StartOfTable) : embedding;
        if (config.Encoder is { } e) encoder = new Stack(both ? scope["encoder"] : scope, e, source);
        if (config.Decoder is { } d) decoder = new Stack(both ? scope["decoder"] : scope, d, embedding);
        head = new Head(scope["head"], config.Head, config.Main, config.Vocabulary, config.TieEmbeddings && config.Head.Kind == HeadKind.Vocabulary ? embedding : null);
        (Tokens, SourceTokens) = (embedding, source);
        (Weights, Constants, Stored, Linears) = (scope.Weights, scope.Constants, scope.Stored, scope.Linears);
    }

    /// <summary>Makes a model that runs and does not train: its matrices stay where their file is mapped, in the file's own types. They are given afterwards.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="interleaves">Whether quantised matrices may be kept once more in memory, as products of few rows read them faster.</param>
    /// <param name="copies">Matrices, by name, that are copied and can be changed nevertheless; null = none.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    internal static Transformer ForFile(TransformerConfig config, bool interleaves, Func<string, bool>? copies = null) => new(config, WeightScope.ForFile(interleaves, copies));

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Every trainable weight by name, in order of construction; a tied one once.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>Values that files hold and training leaves alone.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Constants { get; }

    /// <summary>Matrices that stay in their file, by name; none where the model was made to train.</summary>
    public IReadOnlyList<KeyValuePair<string, StoredWeight>> Stored { get; }

    /// <summary>Every linear layer by the name of its weight: what adapters attach to.</summary>
    public IReadOnlyList<KeyValuePair<string, LinearLayer>> Linears { get; }

    /// <summary>The adapters that take part in its passes.</summary>
    public IReadOnlyList<Adapter> Adapters => Attached;

    internal List<Adapter> Attached { get; } = [];

    /// <summary>The vectors of the tokens that the head's stack reads.</summary>
    internal EmbeddingLayer Tokens { get; }

    /// <summary>The vectors of the tokens that the encoder reads.</summary>
    internal EmbeddingLayer SourceTokens { get; }

    /// <summary>The stack whose output the head reads.</summary>
    internal Stack MainStack => decoder ?? encoder!;

    /// <summary>The stack that reads a text as a whole; null where there is none.</summary>
    internal Stack? EncoderStack => encoder;

    /// <summary>Number of trainable values, those in files included.</summary>
    public long ParameterCount => Weights.Sum(w => w.Value.Count) + Stored.Sum(w => (long)w.Value.Rows * w.Value.Columns);

    /// <summary>
    /// Readies a loaded model for answering many texts: every linear layer keeps its weight once more, in the order in which the matrix product
    /// reads it. Costs that memory again, and saves a fifth of the time of short batches. Training undoes it.
    /// </summary>
    public void Pack()
    {
        foreach ((_, LinearLayer layer) in Linears) layer.Pack();
    }

    /// <summary>Tells somebody what enters every linear layer, by the name of its weight, from now on; null = nobody any more.</summary>
    internal void WatchInputs(Action<string, Tensor>? watcher)
    {
        Dictionary<object, string> names = new(ReferenceEqualityComparer.Instance);
        foreach ((string name, Tensor weight) in Weights) names[weight] = name;
        foreach ((string name, StoredWeight weight) in Stored) names[weight] = name;
        foreach ((_, LinearLayer layer) in Linears)
        {
            if (layer is not (Linear or StoredLinear)) continue;
            string name = names[layer is Linear l ? l.Weight : ((StoredLinear)layer).Weight];
            layer.Watch = watcher is null ? null : x => watcher(name, x);
        }
    }

    /// <summary>An empty cache for the decoder.</summary>
    public KeyValueCache NewCache(int batch = 1, int? capacity = null) => new(Config.Main, batch, capacity ?? Config.Context);

    /// <summary>The model's answer to tokens (batch, length): scores (batch, length, outputs), (batch, outputs) where it is about the whole text, (batch, length) where it is one score at every place.</summary>
    public Tensor Forward(Tensor tokens, ForwardOptions? options = null) => head.Forward(Hidden(tokens, options), HeadMask(tokens, options?.AttentionMask));

    /// <summary>The head alone: hidden (..., width) -> (..., outputs).</summary>
    /// <param name="hidden">The last hidden state.</param>
    /// <param name="mask">(batch, tokens) 1 for a token, 0 for padding, where the head pools; null = no padding.</param>
    public Tensor Logits(Tensor hidden, Tensor? mask = null) => head.Forward(hidden, mask);

    /// <summary>What enters the head's output projection: BERT's pooled vector, for one.</summary>
    public Tensor Features(Tensor hidden, Tensor? mask = null) => head.Features(hidden, mask);

    /// <summary>
    /// The head's loss, one value. Where the answer is a token at every place: mean cross-entropy, fused with the output projection;
    /// the other heads' losses and the targets that they take are those of <see cref="HeadLoss"/>.
    /// </summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="targets">(batch, length) the id to predict at each place, or <see cref="LossOps.IgnoreIndex"/>; for other heads see <see cref="HeadLoss"/>.</param>
    /// <param name="options">Mask, dropout, recomputation, the encoder's output.</param>
    /// <param name="scale">Factor of the loss, for gradient accumulation.</param>
    /// <param name="smoothing">Label smoothing: this share of each target is spread evenly over the vocabulary or the labels (Szegedy et al. 2016).</param>
    /// <param name="labelWeights">How much each label of a classification counts, (labels); null = all the same.</param>
    public Tensor Loss(Tensor tokens, Tensor targets, ForwardOptions? options = null, float scale = 1, float smoothing = 0, Tensor? labelWeights = null)
    {
        RouterBalance? balance = Config is { Head.Kind: HeadKind.Vocabulary, Main.FeedForward.Experts: { BalanceWeight: > 0 } experts }
            ? new RouterBalance(Config.Main, options?.AttentionMask, experts.BalanceWeight * scale)
            : null;
        if (balance is not null) options = (options ?? ForwardOptions.Default) with { Balance = balance };
        Tensor loss = head.Loss(Hidden(tokens, options), HeadMask(tokens, options?.AttentionMask), targets, scale, smoothing, labelWeights);
        return balance is null ? loss : LossOps.Plus(loss, balance.Loss);
    }

    /// <summary>(batch, tokens) 1 for what the head pools over, 0 for padding: as the attention mask says, but a decoder that names a padding id knows padding by that, as Hugging Face's do.</summary>
    public Tensor? HeadMask(Tensor tokens, Tensor? attentionMask)
    {
        if (Config is not { Encoder: null, PadToken: { } padding, Head: { Kind: HeadKind.Sequence, Pooling: Pooling.Last } }) return attentionMask;
        Tensor mask = Tensor.Empty(tokens.Shape, DType.I32);
        for (int i = 0; i < mask.Ints.Length; i++) mask.Ints[i] = tokens.Ints[i] == padding ? 0 : 1;
        return mask;
    }

    /// <summary>The encoder's output: tokens (batch, length) -> (batch, length, width).</summary>
    /// <exception cref="InvalidOperationException">The model has no encoder.</exception>
    /// <exception cref="ArgumentException">A token id is outside the vocabulary, or the text is longer than the model's positions.</exception>
    public Tensor Encode(Tensor tokens, ForwardOptions? options = null) =>
        (encoder ?? throw new InvalidOperationException($"a {Config.ModelType} model has no encoder")).Forward(tokens, options ?? ForwardOptions.Default);

    /// <summary>The last hidden state, which the head reads: tokens (batch, length) -> (batch, length, width).</summary>
    /// <exception cref="ArgumentException">A token id is outside the vocabulary, or the text is longer than the model's positions.</exception>
    public Tensor Hidden(Tensor tokens, ForwardOptions? options = null) => (decoder ?? encoder!).Forward(tokens, options ?? ForwardOptions.Default);
}
