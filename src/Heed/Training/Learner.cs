using Heed.Autograd;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>What one optimizer step did.</summary>
/// <param name="Loss">Mean loss over the step's batches, before the step.</param>
/// <param name="GradientNorm">Global L2 norm of the gradient before clipping.</param>
public readonly record struct StepOutcome(double Loss, double GradientNorm);

/// <summary>One optimizer step: forward and backward over one or several batches, clipping, AdamW.</summary>
public sealed class Learner(Trainee model, AdamW optimizer)
{
    private readonly MemoryPool pool = new();

    /// <summary>The model that learns.</summary>
    public Trainee Model => model;

    /// <summary>Its optimizer.</summary>
    public AdamW Optimizer => optimizer;

    /// <summary>The moving average of the weights, which is measured in their place; null = none.</summary>
    public WeightAverage? Average { get; init; }

    /// <summary>Where the memory of its steps comes from.</summary>
    internal MemoryPool Pool => pool;

    /// <summary>Makes one step.</summary>
    /// <param name="batch">Gives micro-batch i.</param>
    /// <param name="accumulate">Micro-batches whose gradients are averaged.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="clip">Largest gradient norm; 0 = no clipping.</param>
    /// <param name="options">Dropout, its seed (split for each micro-batch), recomputation.</param>
    /// <exception cref="DivergedException">The loss or the gradient is not finite; the weights were not changed.</exception>
    public StepOutcome Step(Func<int, TrainingBatch> batch, int accumulate, float learningRate, double clip, ForwardOptions options)
    {
        double loss = 0;
        for (int i = 0; i < accumulate; i++)
        {
            using var scope = new MemoryScope(pool);
            using var tape = new Tape();
            TrainingBatch given = batch(i);
            Tensor mean = model.Loss(given, accumulate == 1 ? options : options with { Random = options.Random.Split(i) }, 1f / accumulate);
            loss += mean.Item;
            if (!double.IsFinite(loss)) break;
            tape.Backward(mean);
        }
        double norm = double.IsFinite(loss) ? optimizer.GradientNorm() : double.NaN;
        if (!double.IsFinite(norm))
        {
            foreach ((_, Tensor weight) in model.Weights) weight.ClearGradient();
            throw new DivergedException(loss, norm);
        }
        optimizer.Step(learningRate, AdamW.ClipScale(norm, clip));
        Average?.Add(optimizer.Steps);
        return new StepOutcome(loss, norm);
    }

    /// <summary>Gives the model the averages of its weights, where there are, until the result is disposed.</summary>
    public IDisposable? Averaged() => Average?.Use();

    /// <summary>Mean loss over a batch, without learning.</summary>
    public double Evaluate(Func<TrainingBatch> batch)
    {
        using var scope = new MemoryScope(pool);
        return model.Measure(batch()).Item;
    }

    /// <summary>How many of a batch's targets the model finds, and how many there are.</summary>
    public (int Right, int Counted) Score(Func<TrainingBatch> batch)
    {
        using var scope = new MemoryScope(pool);
        return model.Score(batch());
    }

    /// <summary>The label that the model gives each text of a batch; null if that is not what it does.</summary>
    public int[]? Answer(Func<TrainingBatch> batch)
    {
        using var scope = new MemoryScope(pool);
        return model.Answer(batch());
    }
}

/// <summary>A loss or gradient that is not a finite number: the training diverged.</summary>
public sealed class DivergedException(double loss, double norm)
    : Exception(double.IsFinite(loss) ? $"the gradient is not finite (loss {loss:F4}, norm {norm})" : $"the loss is {loss}")
{
}
