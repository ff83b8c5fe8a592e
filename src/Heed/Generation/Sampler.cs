using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Chooses tokens: penalties, temperature, top-k, top-p, min-p, in this order, then a draw. Its buffers are made once; a choice allocates nothing.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly float[] scores;
    private readonly int[] order;
    private readonly int[] generated;  // times each token was generated
    private readonly bool[] seen;      // prompt included
    private RandomSource random;

    /// <summary>A sampler for one sequence.</summary>
    public Sampler(SamplingOptions options, int vocabulary)
    {
        options.Validate();
        this.options = options;
        scores = new float[vocabulary];
        order = new int[vocabulary];
        generated = new int[vocabulary];
        seen = new bool[vocabulary];
        random = new RandomSource(options.Seed ?? (ulong)System.Random.Shared.NextInt64());
    }

    /// <summary>Tells the sampler of the prompt, for the repetition penalty.</summary>
    public void Prompt(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids) seen[id] = true;
    }

    /// <summary>Chooses the next token from the logits (vocabulary); the returned log-probability is the model's own, before any change.</summary>
    public TokenProbability Next(ReadOnlySpan<float> logits)
    {
        if (logits.Length != scores.Length) throw new ArgumentException($"the sampler was made for {scores.Length} tokens, given {logits.Length} logits");
        logits.CopyTo(scores);
        Penalise();
        int choice = options.Temperature == 0 ? Largest(scores) : Draw();
        seen[choice] = true;
        generated[choice]++;
        return new TokenProbability(choice, logits[choice] - LogSumExp(logits));
    }

    /// <summary>The most probable tokens of a row of logits, best first; of equals the lower id first.</summary>
    public static TokenProbability[] Top(ReadOnlySpan<float> logits, int count)
    {
        float[] keys = new float[logits.Length];
        int[] ids = new int[logits.Length];
        for (int i = 0; i < ids.Length; i++) (keys[i], ids[i]) = (-logits[i], i);
        Array.Sort(keys, ids);
        float total = LogSumExp(logits);
        TokenProbability[] top = new TokenProbability[Math.Min(count, ids.Length)];
        for (int i = 0; i < top.Length; i++) top[i] = new TokenProbability(ids[i], logits[ids[i]] - total);
        // Array.Sort is not stable: order equals by id.
        Array.Sort(top, (a, b) => b.LogProb != a.LogProb ? b.LogProb.CompareTo(a.LogProb) : a.Id.CompareTo(b.Id));
        return top;
    }

    private void Penalise()
    {
        if (options.RepetitionPenalty != 1)
            for (int i = 0; i < scores.Length; i++)
                if (seen[i]) scores[i] = scores[i] > 0 ? scores[i] / options.RepetitionPenalty : scores[i] * options.RepetitionPenalty;
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
            for (int i = 0; i < scores.Length; i++)
                if (generated[i] > 0) scores[i] -= options.PresencePenalty + generated[i] * options.FrequencyPenalty;
    }

    private int Draw()
    {
        // Sorted best first, so that each filter keeps a leading part.
        for (int i = 0; i < scores.Length; i++) (scores[i], order[i]) = (-scores[i] / options.Temperature, i);
        Array.Sort(scores, order);
        int kept = options.TopK > 0 ? Math.Min(options.TopK, scores.Length) : scores.Length;
        float best = scores[0];
        double total = 0;
        for (int i = 0; i < kept; i++)
        {
            scores[i] = MathF.Exp(best - scores[i]);
            total += scores[i];
        }
        if (options.TopP < 1)
        {
            double sum = 0;
            int keep = 0;
            while (keep < kept && sum < options.TopP * total) sum += scores[keep++];
            (kept, total) = (keep, sum);
        }
        if (options.MinP > 0)
        {
            int keep = 0;
            double sum = 0;
            while (keep < kept && scores[keep] >= options.MinP * scores[0]) sum += scores[keep++];
            (kept, total) = (keep, sum);
        }
        double point = random.NextDouble() * total;
        for (int i = 0; i < kept; i++)
        {
            point -= scores[i];
            if (point < 0) return order[i];
        }
        return order[kept - 1];
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }

    private static float LogSumExp(ReadOnlySpan<float> values)
    {
        float max = float.NegativeInfinity;
        foreach (float value in values) max = MathF.Max(max, value);
        double sum = 0;
        foreach (float value in values) sum += Math.Exp(value - max);
        return max + (float)Math.Log(sum);
    }
}
