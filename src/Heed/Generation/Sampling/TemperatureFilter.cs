using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Divides the logits by the temperature, or by one that grows with how uncertain the model is.</summary>
internal sealed class TemperatureFilter(float temperature, DynamicTemperature dynamic) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        double used = dynamic.Range > 0 && candidates.Count > 1 ? Warmth(candidates) : temperature;
        // The best token alone where the temperature is 0.
        if (used < 1e-6 && dynamic.Range > 0) candidates.Keep(1);
        else candidates.Scale((float)(1 / used));
        _ = candidates.Probabilities; // the filters that follow rank by them
    }

    private double Warmth(Candidates candidates)
    {
        double uncertainty = candidates.Entropy() / Math.Log(candidates.Count), least = Math.Max(0, temperature - dynamic.Range);
        return least + (temperature + dynamic.Range - least) * Math.Pow(uncertainty, dynamic.Exponent);
    }
}
