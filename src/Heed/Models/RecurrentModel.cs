using Heed.Autograd;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// A language model of recurrent layers: token ids (batch, length) and a state -> logits (batch, length, vocabulary) and the state after them.
/// Dropout stands on the embedding, between the layers and on the output (Zaremba et al. 2014).
/// </summary>
public sealed class RecurrentModel
{
    private readonly Embedding embedding;
    private readonly Recurrent layers;
    private readonly Tensor projection;
    private readonly Tensor bias;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the start weights; null leaves them zero, to be loaded.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public RecurrentModel(RecurrentModelConfig config, ulong? seed)
    {
        config.Validate();
        Config = config;
        WeightScope scope = new(seed);
        embedding = new Embedding(scope["encoder"], config.Vocabulary, config.EmbeddingWidth, config.InitialDeviation);
        Tensor table = scope.Weights[^1].Value;
        layers = new Recurrent(scope["rnn"], config.Stack);
        projection = config.TieEmbeddings ? table : scope["decoder"].Normal("weight", new Shape(config.Vocabulary, config.Width), config.InitialDeviation);
        bias = scope["decoder"].Constant("bias", new Shape(config.Vocabulary), 0);
        Weights = scope.Weights;
    }

    /// <summary>The model's shape.</summary>
    public RecurrentModelConfig Config { get; }

    /// <summary>Every trainable weight by name, in order of construction; a tied one once. The names are those of PyTorch's word-level example: <c>encoder.weight</c>, <c>rnn.weight_ih_l0</c>, ..., <c>decoder.bias</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>A state of zeros that outlives memory scopes, to be carried from batch to batch.</summary>
    /// <param name="batch">Sequences side by side.</param>
    public RecurrentState NewState(int batch) => RecurrentState.Zeros(layers.Config, batch);

    /// <summary>The last layer's hidden states, which the projection reads, and the state after the last token.</summary>
    /// <param name="tokens">(batch, length) ids.</param>
    /// <param name="state">The state before the first token; null: zeros.</param>
    /// <param name="options">Dropout and its seed; the rest is of other models.</param>
    /// <exception cref="ArgumentException">A token id is outside the vocabulary, or the state is of another model or batch.</exception>
    public RecurrentOutput Hidden(Tensor tokens, RecurrentState? state = null, ForwardOptions? options = null)
    {
        if (tokens.Shape.Rank != 2) throw new ArgumentException($"token ids have the shape (batch, length), given {tokens.Shape}");
        float dropout = options?.Dropout ?? 0;
        RandomSource random = options?.Random ?? default;
        Tensor x = Drop(embedding.Forward(tokens), "embedding");
        RecurrentOutput result = layers.Forward(x, state, random: dropout > 0 ? random : null, dropout: dropout);
        return result with { Output = Drop(result.Output, "output") };

        Tensor Drop(Tensor x, string place) => dropout > 0 ? Arithmetic.Dropout(x, dropout, random.Split(place).Next()) : x;
    }

    /// <summary>The projection alone: hidden (..., width) -> logits (..., vocabulary).</summary>
    public Tensor Logits(Tensor hidden) => MatrixOps.Linear(hidden, projection, bias);

    /// <summary>Logits (batch, length, vocabulary) behind every token.</summary>
    /// <inheritdoc cref="Hidden"/>
    public Tensor Forward(Tensor tokens, RecurrentState? state = null) => Logits(Hidden(tokens, state).Output);

    /// <summary>The mean cross-entropy of the next tokens, fused with the projection, and the state to carry on.</summary>
    /// <param name="tokens">(batch, length) ids.</param>
    /// <param name="targets">(batch, length) the id to predict at each place, or <see cref="LossOps.IgnoreIndex"/>.</param>
    /// <param name="state">The state before the first token; null: zeros.</param>
    /// <param name="options">Dropout and its seed.</param>
    /// <param name="scale">Factor of the loss, for gradients that are added up over batches.</param>
    /// <param name="smoothing">Label smoothing.</param>
    public (Tensor Loss, RecurrentState State) Loss(Tensor tokens, Tensor targets, RecurrentState? state = null, ForwardOptions? options = null, float scale = 1, float smoothing = 0)
    {
        RecurrentOutput hidden = Hidden(tokens, state, options);
        return (LossOps.LinearCrossEntropy(hidden.Output, projection, targets, bias, scale, smoothing: smoothing), hidden.State);
    }
}
