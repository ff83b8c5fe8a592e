using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// The exponential moving average of a model's weights over the steps (Polyak and Juditsky 1992): measured and saved instead of the weights themselves, which
/// go on learning. The decay begins low, min(decay, (1 + steps) / (10 + steps)), so that the first weights are soon forgotten.
/// </summary>
public sealed class WeightAverage
{
    private readonly KeyValuePair<string, Tensor>[] weights;
    private readonly Tensor[] averages;
    private readonly double decay;
    private bool used;

    /// <summary>Begins with the weights as they are.</summary>
    /// <param name="weights">The weights by name.</param>
    /// <param name="decay">Share of the average that a step keeps, above 0 and below 1.</param>
    public WeightAverage(IReadOnlyList<KeyValuePair<string, Tensor>> weights, double decay)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (!(decay is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "a decay lies between 0 and 1");
        (this.weights, this.decay) = ([.. weights], decay);
        averages = [.. weights.Select(w => Tensor.Persistent(w.Value.Shape))];
        for (int i = 0; i < averages.Length; i++) weights[i].Value.Span.CopyTo(averages[i].Span);
    }

    /// <summary>The averages by the names of their weights, for checkpoints; while they are in use, the weights.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => weights.Select((w, i) => new KeyValuePair<string, Tensor>(w.Key, averages[i]));

    /// <summary>Takes in the weights after a step.</summary>
    /// <param name="steps">Steps made so far.</param>
    public void Add(int steps)
    {
        float keep = (float)Math.Min(decay, (1.0 + steps) / (10.0 + steps));
        for (int i = 0; i < averages.Length; i++)
        {
            IBackend backend = averages[i].Device.Backend;
            backend.Scale(averages[i], keep, averages[i]);
            backend.AddScaled(1 - keep, weights[i].Value, averages[i]);
        }
    }

    /// <summary>Puts the averages in the weights' place until the result is disposed. Within another use, nothing.</summary>
    public IDisposable Use()
    {
        if (used) return new Exchange(null);
        Swap();
        return new Exchange(this);
    }

    private void Swap()
    {
        used = !used;
        for (int i = 0; i < averages.Length; i++)
        {
            Span<float> a = weights[i].Value.Span, b = averages[i].Span;
            for (int j = 0; j < a.Length; j++) (a[j], b[j]) = (b[j], a[j]);
        }
    }

    private sealed class Exchange(WeightAverage? average) : IDisposable
    {
        private WeightAverage? average = average;

        public void Dispose()
        {
            average?.Swap();
            average = null;
        }
    }
}
