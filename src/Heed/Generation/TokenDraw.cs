using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Draws the continuations of beams instead of taking the best: without replacement, by their probability (the Gumbel top-k trick; Kool et al. 2019).</summary>
internal sealed class TokenDraw(SamplingOptions options, ulong seed, int keep)
{
    private readonly SamplingOptions options = Demand(options);
    private RandomSource random = new(seed);

    /// <summary>Continuations of a group's beams in the order in which they were drawn.</summary>
    /// <param name="beams">The beams.</param>
    /// <param name="scores">(rows, vocabulary) log-probabilities; they are filtered in place.</param>
    public IReadOnlyList<Continuation> Continuations(Beams beams, Tensor scores)
    {
        for (int row = 0; row < scores.Rows; row++) Filter(scores.Row(row));
        PriorityQueue<Continuation, double> drawn = new(); // the least at its head
        for (int beam = 0; beam < beams.Count; beam++)
        {
            ReadOnlySpan<float> row = scores.Row(beams.RowOf(beam));
            for (int id = 0; id < row.Length; id++)
            {
                if (float.IsNegativeInfinity(row[id])) continue;
                Continuation c = new(row[id] + beams.Scores[beam], beam, id);
                double key = c.Score - Math.Log(-Math.Log(Math.Max(random.NextDouble(), double.Epsilon)));
                if (drawn.Count < beams.Wanted) drawn.Enqueue(c, key);
                else drawn.EnqueueDequeue(c, key);
            }
        }
        if (drawn.Count < beams.Count) throw new ArgumentException($"only {drawn.Count} continuations are left for {beams.Count} beams: the filters of the sampling are too narrow");
        List<Continuation> result = [];
        while (drawn.TryDequeue(out Continuation c, out _)) result.Add(c);
        result.Reverse();
        return result;
    }

    private static SamplingOptions Demand(SamplingOptions options) =>
        options.Cutoffs == new CutoffOptions() && options.DynamicTemperature.Range == 0 && options.Xtc.Probability == 0 && options.Dry.Multiplier == 0 && options.Mirostat is null && options.Filters.SequenceEqual(TokenFilters.Default)
            ? options
            : throw new ArgumentException("drawn beams know the filters temperature, top-k, top-p and min-p, in this order; leave the others out, or the beams");

    // Temperature, top-k, top-p, min-p, in this order; of every row at least `keep` tokens stay, so that beams can go on beside those that end.
    private void Filter(Span<float> scores)
    {
        Elementwise.Scale(scores, 1 / options.Temperature, scores);
        if (options.TopK == 0 && options.TopP == 1 && options.MinP == 0) return;
        int kept = options.TopK > 0 ? Math.Min(Math.Max(options.TopK, keep), scores.Length) : scores.Length;
        float[] values = new float[kept];
        int[] ids = new int[kept];
        TopK.Forward(1, scores.Length, scores, kept, values, ids);
        scores.Fill(float.NegativeInfinity);
        float[] p = new float[kept];
        Softmax.Forward(1, kept, values, p);
        double before = 0;
        for (int i = 0; i < kept; i++)
        {
            if (i >= keep && (before >= options.TopP || p[i] < options.MinP * p[0])) break;
            scores[ids[i]] = values[i];
            before += p[i];
        }
    }
}
