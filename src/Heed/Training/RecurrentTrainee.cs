using Heed.Autograd;
using Heed.Formats;
using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// A recurrent language model that learns to predict the next token. Where batches continue each other its state goes on from one to the next
/// without its history: truncated backpropagation through time (Williams and Peng 1990).
/// </summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer; null where no text will be written.</param>
/// <param name="streams">Rows of batches that continue each other; 0 = none do.</param>
public sealed class RecurrentTrainee(RecurrentModel model, Tokenizer? tokenizer = null, int streams = 0) : Trainee
{
    private readonly StateLine? learned = streams == 0 ? null : new(model, streams);
    private readonly StateLine? measured = streams == 0 ? null : new(model, streams);

    /// <summary>The model that learns.</summary>
    public RecurrentModel Model => model;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => model.Weights;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Carried => learned?.Named ?? [];

    /// <inheritdoc/>
    public override LanguageModel? Writer { get; } = tokenizer is null ? null : new LanguageModel(model, tokenizer);

    /// <summary>Label smoothing of the loss that is learned from; measurements have none.</summary>
    public float Smoothing { get; init; }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1) => Loss(batch, learned, options, scale, Smoothing);

    /// <inheritdoc/>
    public override Tensor Measure(TrainingBatch batch) => Loss(batch, measured, ForwardOptions.Default, 1, 0);

    /// <inheritdoc/>
    public override (int Right, int Counted) Score(TrainingBatch batch)
    {
        Tensor logits = model.Forward(batch.Inputs);
        int right = 0;
        for (int row = 0; row < logits.Rows; row++)
            if (batch.Targets.Ints[row] != LossOps.IgnoreIndex && Reduce.ArgMax(logits.Row(row)) == batch.Targets.Ints[row]) right++;
        return (right, batch.Counted);
    }

    /// <inheritdoc/>
    public override void Describe(string folder) => AtomicFile.WriteText(Path.Combine(folder, "config.json"), RecurrentFolder.ConfigJson(model.Config));

    /// <inheritdoc/>
    public override void Save(string folder) => RecurrentFolder.Save(model, folder);

    /// <inheritdoc/>
    public override void Load(string folder)
    {
        using WeightSource weights = WeightSource.Open(folder);
        RecurrentFolder.Layout(model).Load(weights);
    }

    private Tensor Loss(TrainingBatch batch, StateLine? line, ForwardOptions options, float scale, float smoothing)
    {
        if (batch.Continues is not { } continues) return model.Loss(batch.Inputs, batch.Targets, null, options, scale, smoothing).Loss;
        if (line is null) throw new InvalidOperationException("batches that continue each other need a trainee with streams");
        if (!continues) line.Clear();
        (Tensor loss, RecurrentState state) = model.Loss(batch.Inputs, batch.Targets, line.Now, options, scale, smoothing);
        line.Put(state);
        return loss;
    }

    // Two states in turn: backward still reads the one that a pass began with.
    private sealed class StateLine(RecurrentModel model, int streams)
    {
        private RecurrentState other = model.NewState(streams);

        public RecurrentState Now { get; private set; } = model.NewState(streams);

        public IReadOnlyList<KeyValuePair<string, Tensor>> Named =>
            [.. Now.Hidden.Select((h, i) => KeyValuePair.Create($"hidden.{i}", h)), .. Now.Cell.Select((c, i) => KeyValuePair.Create($"cell.{i}", c))];

        public void Clear()
        {
            foreach (Tensor t in Now.Hidden.Concat(Now.Cell)) t.Span.Clear();
        }

        public void Put(RecurrentState state)
        {
            state.CopyTo(other);
            (Now, other) = (other, Now);
        }
    }
}
