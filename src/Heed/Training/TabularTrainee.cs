using Heed.Autograd;
using Heed.Formats;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>A network over the columns of a table that learns a standardised number or a label.</summary>
/// <param name="model">The model.</param>
public sealed class TabularTrainee(TabularModel model) : Trainee
{
    private bool Labels => model.Config.Target.Labels.Count > 0;

    /// <summary>The model that learns.</summary>
    public TabularModel Model => model;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => model.Weights;

    /// <summary>Distance, in standard deviations of the target, beyond which an error counts in a straight line; null = all count by their square.</summary>
    public double? Huber { get; init; }

    /// <summary>The mean loss of the networks, each for itself.</summary>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1)
    {
        Tensor? sum = null;
        foreach (Tensor answer in model.Each(Rows(batch), options))
        {
            Tensor loss = Labels ? LossOps.CrossEntropy(answer, batch.Targets) : Huber is { } delta ? LossOps.Huber(answer, batch.Targets, (float)delta) : LossOps.MeanSquaredError(answer, batch.Targets);
            sum = sum is null ? loss : Arithmetic.Add(sum, loss);
        }
        return Arithmetic.Scale(sum!, scale / model.Config.Members);
    }

    /// <summary>The loss of the answer of all networks together: the mean squared error of the standardised number, or the cross-entropy of the label.</summary>
    public override Tensor Measure(TrainingBatch batch)
    {
        Tensor answer = model.Forward(Rows(batch));
        if (!Labels) return LossOps.MeanSquaredError(answer, batch.Targets);
        double sum = 0;
        for (int row = 0; row < answer.Rows; row++) sum -= Math.Log(Math.Max(answer.Row(row)[batch.Targets.Ints[row]], 1e-30f));
        return Tensor.From(Shape.Scalar, [(float)(sum / answer.Rows)]);
    }

    /// <inheritdoc/>
    public override (int Right, int Counted) Score(TrainingBatch batch)
    {
        if (!Labels) return (0, 0);
        Tensor answer = model.Forward(Rows(batch));
        int right = 0;
        for (int row = 0; row < answer.Rows; row++)
            if (Reduce.ArgMax(answer.Row(row)) == batch.Targets.Ints[row]) right++;
        return (right, answer.Rows);
    }

    /// <inheritdoc/>
    public override void Describe(string folder) => AtomicFile.WriteText(Path.Combine(folder, "config.json"), TabularFolder.ConfigJson(model.Config));

    /// <inheritdoc/>
    public override void Save(string folder) => TabularFolder.Save(model, folder);

    /// <inheritdoc/>
    public override void Load(string folder)
    {
        using WeightSource weights = WeightSource.Open(folder);
        TabularFolder.Layout(model).Load(weights);
    }

    private static TabularRows Rows(TrainingBatch batch) => batch.Rows ?? throw new InvalidOperationException("a network over a table needs batches of its rows");
}
