using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>How the loss answers to a rising learning rate.</summary>
/// <param name="Rates">The learning rates, rising.</param>
/// <param name="Losses">The smoothed loss at each, in nats.</param>
public sealed record LearningRateCurve(IReadOnlyList<double> Rates, IReadOnlyList<double> Losses)
{
    private const int Skipped = 3; // the first values, whose mean is of few steps

    /// <summary>Where the loss falls fastest for each factor of the rate, left of its lowest point: a good peak learning rate; null where it never falls.</summary>
    public double? Steepest
    {
        get
        {
            int lowest = Enumerable.Range(0, Losses.Count).MinBy(i => Losses[i]), best = -1;
            double fall = 0;
            for (int i = Skipped; i < lowest; i++)
            {
                double change = (Losses[i + 1] - Losses[i - 1]) / Math.Log(Rates[i + 1] / Rates[i - 1]);
                if (change < fall) (fall, best) = (change, i);
            }
            return best < 0 ? null : Rates[best];
        }
    }

    /// <summary>The rate of the lowest loss: beyond it the training becomes unsteady.</summary>
    public double Lowest => Rates[Enumerable.Range(0, Losses.Count).MinBy(i => Losses[i])];
}

/// <summary>The learning-rate range test (Smith 2017, section 3.3): a short training whose rate rises from step to step by one factor, until the loss runs away.</summary>
public static class LearningRateFinder
{
    private const double Keep = 0.9;     // of the smoothed loss
    private const double RunsAway = 4;   // times the lowest loss

    /// <summary>Trains the recipe's model anew and forgets it. Writes no files.</summary>
    /// <param name="recipe">The recipe; its schedule and checkpoints are not used.</param>
    /// <param name="low">The first learning rate.</param>
    /// <param name="high">The last one.</param>
    /// <param name="steps">Steps between them, at least 10.</param>
    /// <param name="progress">Told of every step: its number, rate and smoothed loss.</param>
    /// <param name="status">Told what happens before the steps.</param>
    /// <param name="cancellation">Stops after a step.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="InvalidDataException">The text is unusable.</exception>
    public static LearningRateCurve Run(Recipe recipe, double low = 1e-6, double high = 1, int steps = 100, Action<int, double, double>? progress = null, Action<string>? status = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 10);
        if (!(low > 0 && high > low)) throw new ArgumentOutOfRangeException(nameof(low), low, $"learning rates rise from above 0; given {low} to {high}");
        recipe.Validate();
        TrainingData data = TrainingData.Prepare(recipe, status, cancellation);
        Learner learner = RecipeModel.Learn(recipe, data);
        RandomSource random = new RandomSource((ulong)recipe.Seed).Split("training");
        List<double> rates = [], losses = [];
        double sum = 0, weight = 0, lowest = double.MaxValue;
        for (int i = 0; i < steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            double rate = low * Math.Pow(high / low, i / (steps - 1.0));
            RandomSource own = random.Split(i);
            ForwardOptions options = new() { Dropout = (float)recipe.Algorithm.Dropout, Random = own.Split("dropout"), Recompute = recipe.Compute.Recompute };
            double loss;
            try
            {
                int step = i, accumulate = recipe.Algorithm.Accumulate;
                loss = learner.Step(j => data.Training((long)step * accumulate + j, own.Split("batch").Split(j)), accumulate, (float)rate, recipe.Algorithm.Optimizer.ClipNorm, options).Loss;
            }
            catch (DivergedException)
            {
                break;
            }
            sum = Keep * sum + (1 - Keep) * loss;
            weight = Keep * weight + (1 - Keep);
            double smooth = sum / weight;
            rates.Add(rate);
            losses.Add(smooth);
            progress?.Invoke(i + 1, rate, smooth);
            lowest = Math.Min(lowest, smooth);
            if (smooth > RunsAway * lowest) break;
        }
        return rates.Count > 0 ? new LearningRateCurve(rates, losses) : throw new InvalidDataException($"the loss is not a finite number at the first step, with a learning rate of {low}");
    }
}
