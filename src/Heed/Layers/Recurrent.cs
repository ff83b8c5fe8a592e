using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A stack of recurrent layers (RNN, LSTM, GRU), with the equations and the weight names of PyTorch's modules.</summary>
public sealed class Recurrent
{
    private readonly RecurrentWeights[][] layers; // [layer][direction]

    /// <summary>
    /// Makes in <paramref name="scope"/> for each layer k <c>weight_ih_lk</c>, <c>weight_hh_lk</c>, <c>bias_ih_lk</c> and <c>bias_hh_lk</c>, and with the suffix
    /// <c>_reverse</c> those of the backward direction. Start values have PyTorch's variance, 1 / (3 width).
    /// </summary>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public Recurrent(WeightScope scope, RecurrentConfig config)
    {
        config.Validate();
        Config = config;
        layers = new RecurrentWeights[config.Layers][];
        int rows = new RecurrentShape(config.Kind, 0, 0, 0).Gates * config.Width;
        float deviation = 1 / MathF.Sqrt(3f * config.Width);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            layers[layer] = new RecurrentWeights[config.Directions];
            for (int d = 0; d < config.Directions; d++)
            {
                string suffix = $"l{layer}{(d == 1 ? "_reverse" : "")}";
                layers[layer][d] = new RecurrentWeights(
                    scope.Normal($"weight_ih_{suffix}", new Shape(rows, layer == 0 ? config.Inputs : config.Outputs), deviation),
                    scope.Normal($"weight_hh_{suffix}", new Shape(rows, config.Width), deviation),
                    config.Bias ? scope.Normal($"bias_ih_{suffix}", new Shape(rows), deviation) : null,
                    config.Bias ? scope.Normal($"bias_hh_{suffix}", new Shape(rows), deviation) : null);
            }
        }
    }

    /// <summary>What the stack is made of.</summary>
    public RecurrentConfig Config { get; }

    /// <summary>Runs the stack over a batch of sequences.</summary>
    /// <param name="x">(batch, tokens, inputs).</param>
    /// <param name="state">The state before the first token; null: zeros.</param>
    /// <param name="lengths">Tokens of each sequence, as in PyTorch's packed sequences: a state is that after the sequence's own last token, the output
    /// beyond it is 0. Empty: all tokens.</param>
    /// <param name="random">Seed of this pass's dropout; null: no dropout.</param>
    /// <param name="dropout">Its probability; null: that of the configuration.</param>
    /// <exception cref="ArgumentException">A shape, the number of states, or a length does not fit.</exception>
    public RecurrentOutput Forward(Tensor x, RecurrentState? state = null, ReadOnlySpan<int> lengths = default, RandomSource? random = null, float? dropout = null)
    {
        if (x.Shape.Rank != 3 || x.Columns != Config.Inputs) throw new ArgumentException($"a recurrent stack needs x of shape (batch, tokens, {Config.Inputs}), given {x.Shape}");
        bool lstm = Config.Kind == RecurrentKind.Lstm;
        int count = Config.Layers * Config.Directions;
        if (state is not null && (state.Hidden.Count != count || state.Cell.Count != (lstm ? count : 0)))
            throw new ArgumentException($"{Config.Layers} layers of {Config.Directions} directions need {count} hidden and {(lstm ? count : 0)} cell states, given {state.Hidden.Count} and {state.Cell.Count}");
        Tensor? steps = null;
        if (!lengths.IsEmpty)
        {
            if (lengths.Length != x.Shape[0]) throw new ArgumentException($"{x.Shape[0]} sequences need as many lengths, given {lengths.Length}");
            steps = Tensor.From(new Shape(lengths.Length), lengths);
        }
        Tensor[] hidden = state is null ? [] : [.. state.Hidden], cell = state is null ? [] : [.. state.Cell];
        Tensor[] lastHidden = new Tensor[count], lastCell = new Tensor[lstm ? count : 0];
        for (int layer = 0, first = 0; layer < layers.Length; layer++, first += Config.Directions)
        {
            float drops = dropout ?? Config.Dropout;
            if (layer > 0 && drops > 0 && random is { } source) x = Arithmetic.Dropout(x, drops, source.Split("recurrent").Split(layer).Next());
            (x, Tensor[] h, Tensor[] c) = RecurrentOps.Recurrent(Config.Kind, x, layers[layer], Of(hidden, first), Of(cell, first), steps);
            h.CopyTo(lastHidden, first);
            if (lstm) c.CopyTo(lastCell, first);
        }
        return new RecurrentOutput(x, new RecurrentState(lastHidden, lastCell));
    }

    private ReadOnlySpan<Tensor> Of(Tensor[] states, int first) => states.Length == 0 ? default : states.AsSpan(first, Config.Directions);
}
