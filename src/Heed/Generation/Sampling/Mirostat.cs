using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Cuts the list so that the surprise of what is drawn stays near a target, in bits (Basu et al. 2020): version 1 estimates how the probabilities
/// fall (Zipf's law) and from that how many tokens to keep, version 2 keeps those whose surprise is at most the bound, which each draw corrects.
/// </summary>
internal sealed class Mirostat(MirostatOptions options, int vocabulary) : ITokenFilter
{
    /// <summary>Most probable tokens from which version 1 estimates the law.</summary>
    private const int Observed = 100;

    /// <summary>The bound: at first twice the target.</summary>
    public double Bound { get; set; } = 2 * options.Target;

    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        if (options.Version == 1) candidates.Keep(Fitting(candidates));
        else candidates.KeepAtLeast(candidates.Probabilities, (float)(Math.Pow(2, -Bound) * candidates.Mass));
    }

    /// <summary>Learns which of the tokens left was taken.</summary>
    public void Learn(Candidates candidates, int id)
    {
        double surprise = -Math.Log2(Math.Max(candidates.Probabilities[id] / candidates.Mass, float.Epsilon));
        Bound -= options.Rate * (surprise - options.Target);
    }

    // Of a law p ~ rank^-s, the ranks whose expected surprise is the bound.
    private int Fitting(Candidates candidates)
    {
        ReadOnlySpan<float> p = candidates.Probabilities;
        candidates.Rank(Observed);
        ReadOnlySpan<int> ranked = candidates.Listed[..Math.Min(Observed, candidates.Count)];
        double products = 0, squares = 0;
        for (int i = 0; i + 1 < ranked.Length && p[ranked[i + 1]] > 0; i++)
        {
            double t = Math.Log((i + 2.0) / (i + 1)), b = Math.Log((double)p[ranked[i]] / p[ranked[i + 1]]);
            products += t * b;
            squares += t * t;
        }
        if (squares == 0) return 1;
        double s = products / squares, epsilon = s - 1;
        double weight = Math.Abs(epsilon) < 1e-9 ? 1 / Math.Log(vocabulary) : epsilon / (1 - Math.Pow(vocabulary, -epsilon));
        double k = Math.Pow(weight * Math.Pow(2, Bound), 1 / s);
        return k >= candidates.Count ? candidates.Count : k >= 1 ? (int)k : 1;
    }
}
