using System.Numerics;
using System.Runtime.InteropServices;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Keeps the k most probable tokens (Fan et al. 2018).</summary>
internal sealed class TopKFilter(int k) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random) => candidates.Keep(k);
}

/// <summary>Keeps the fewest tokens whose probabilities sum to p: the nucleus (Holtzman et al. 2020).</summary>
internal sealed class TopPFilter(float p) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random) => candidates.KeepShare(p);
}

/// <summary>Keeps tokens at least this share as probable as the best (Nguyen et al. 2024).</summary>
internal sealed class MinPFilter(float share) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        ReadOnlySpan<float> p = candidates.Values(candidates.Probabilities);
        candidates.KeepAtLeast(candidates.Probabilities, share * p[Reduce.ArgMax(p)]);
    }
}

/// <summary>
/// Keeps the fewest tokens of a share of the probability whose surprise is nearest to the entropy (Meister et al. 2023). |-ln p - H| is least where
/// p / e^-H, or its inverse if that is smaller, is largest.
/// </summary>
internal sealed class TypicalFilter(float share) : ITokenFilter
{
    private float[] nearness = [];

    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        ReadOnlySpan<float> p = candidates.Probabilities;
        if (nearness.Length == 0) nearness = new float[p.Length];
        float expected = (float)(Math.Exp(-candidates.Entropy()) * candidates.Mass);
        expected = Math.Max(expected, float.Epsilon);
        if (!candidates.Whole)
            foreach (int id in candidates.Listed) nearness[id] = Math.Min(p[id] / expected, expected / p[id]);
        else
        {
            Span<Vector<float>> near = MemoryMarshal.Cast<float, Vector<float>>(nearness.AsSpan());
            ReadOnlySpan<Vector<float>> some = MemoryMarshal.Cast<float, Vector<float>>(p);
            Vector<float> centre = new(expected);
            for (int i = 0; i < near.Length; i++) near[i] = Vector.Min(some[i] / centre, centre / some[i]);
            for (int id = near.Length * Vector<float>.Count; id < p.Length; id++) nearness[id] = Math.Min(p[id] / expected, expected / p[id]);
        }
        candidates.KeepShare(nearness, share);
    }
}

/// <summary>Keeps tokens of at least this probability (Hewitt et al. 2022).</summary>
internal sealed class EpsilonFilter(float least) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random) =>
        candidates.KeepAtLeast(candidates.Probabilities, (float)(least * candidates.Mass));
}

/// <summary>Keeps tokens of at least the probability min(e, sqrt(e) · e^-H), H the entropy (Hewitt et al. 2022).</summary>
internal sealed class EtaFilter(float epsilon) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        double least = Math.Min(epsilon, Math.Sqrt(epsilon) * Math.Exp(-candidates.Entropy()));
        candidates.KeepAtLeast(candidates.Probabilities, (float)(least * candidates.Mass));
    }
}

/// <summary>
/// Keeps tokens whose logit is at most n standard deviations of all logits below the best (Tang et al. 2024). Forbidden tokens do not count. The
/// temperature changes nothing of it.
/// </summary>
internal sealed class TopNSigmaFilter(float n) : ITokenFilter
{
    /// <summary>Logits that are summed in single precision at a time.</summary>
    private const int Block = 1024;

    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        ReadOnlySpan<float> logits = candidates.Values(candidates.Logits);
        float best = logits[Reduce.ArgMax(logits)];
        if (float.IsNegativeInfinity(best)) return;
        double sum = 0, squares = 0;
        long count = 0;
        for (; logits.Length > 0; logits = logits[Math.Min(Block, logits.Length)..]) Add(logits[..Math.Min(Block, logits.Length)], best, ref sum, ref squares, ref count);
        double mean = sum / count, deviation = Math.Sqrt(Math.Max(0, squares / count - mean * mean));
        candidates.KeepAtLeast(candidates.Logits, (float)(best - n * deviation));
    }

    // Sums of how far each logit is below the best, and of its square.
    private static void Add(ReadOnlySpan<float> logits, float best, ref double sum, ref double squares, ref long count)
    {
        Vector<float> sums = Vector<float>.Zero, powers = sums, top = new(best), infinity = new(float.PositiveInfinity);
        Vector<int> counts = Vector<int>.Zero;
        ReadOnlySpan<Vector<float>> some = MemoryMarshal.Cast<float, Vector<float>>(logits);
        foreach (Vector<float> x in some)
        {
            Vector<float> below = top - x;
            Vector<int> counted = Vector.LessThan(below, infinity);
            below = Vector.ConditionalSelect(counted, below, Vector<float>.Zero);
            sums += below;
            powers += below * below;
            counts -= counted;
        }
        (sum, squares, count) = (sum + Vector.Sum(sums), squares + Vector.Sum(powers), count + Vector.Sum(counts));
        foreach (float x in logits[(some.Length * Vector<float>.Count)..])
        {
            if (float.IsNegativeInfinity(x)) continue;
            double below = best - x;
            (sum, squares, count) = (sum + below, squares + below * below, count + 1);
        }
    }
}

/// <summary>With some probability removes all tokens above a threshold but the least probable of them: exclude top choices.</summary>
internal sealed class XtcFilter(XtcOptions options) : ITokenFilter
{
    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        if (random.NextDouble() >= options.Probability) return;
        int above = candidates.CountAtLeast(candidates.Probabilities, (float)(options.Threshold * candidates.Mass));
        if (above > 1) candidates.Drop(above - 1);
    }
}
