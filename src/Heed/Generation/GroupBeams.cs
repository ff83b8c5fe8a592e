namespace Heed.Generation;

/// <summary>One group of a diverse beam search (Vijayakumar et al. 2018) as Hugging Face's <c>BeamSearchScorer</c> defines it.</summary>
internal sealed class GroupBeams : Beams
{
    private readonly List<(double Score, int[] Sequence)> hypotheses = []; // in the order in which they were found
    private double worst = 1e9;

    public GroupBeams(int[] prompt, int longest, GenerationOptions options) : base(prompt, options.Beams.Count / options.Beams.Groups, longest, options)
    {
    }

    public override void Advance(IReadOnlyList<Continuation> continuations)
    {
        if (Done)
        {
            Rest(Options.PadToken ?? Options.EndTokens!.FirstOrDefault());
            return;
        }
        int after = Length + 1;
        List<Continuation> open = [];
        for (int rank = 0; rank < continuations.Count && open.Count < Count; rank++)
        {
            Continuation c = continuations[rank];
            if (!Ends(c.Token)) open.Add(c);
            else if (rank < Count) Add(Extended(c with { Token = Options.EndTokens![0] }), c.Score, after - Prompt);
        }
        if (open.Count < Count) throw new ArgumentException($"only {open.Count} of {Count} beams can go on: the vocabulary is too small for so many beams");
        double highest = continuations[0].Score;
        Open(open);
        Done = IsDone(highest, after);
        if (Done || after < Longest) return;
        for (int beam = 0; beam < Count; beam++) Add(Sequence(beam), Scores[beam], after - Prompt);
        Done = true;
    }

    public override IReadOnlyList<ScoredSequence> Found() => [.. hypotheses.Select(h => Finished(h.Sequence, (float)h.Score))];

    private void Add(int[] sequence, double score, int newTokens)
    {
        score = Penalised(score, newTokens);
        if (hypotheses.Count >= Count && score <= worst) return;
        hypotheses.Add((score, sequence));
        if (hypotheses.Count > Count)
        {
            int drop = 0;
            for (int i = 1; i < hypotheses.Count; i++)
                if (hypotheses[i].Score < hypotheses[drop].Score) drop = i;
            hypotheses.RemoveAt(drop);
            worst = hypotheses.Min(h => h.Score);
        }
        else
        {
            worst = Math.Min(score, worst);
        }
    }

    private bool IsDone(double highest, int length)
    {
        if (hypotheses.Count < Count) return false;
        if (Options.Beams.EarlyStopping == EarlyStopping.WhenFull) return true;
        int newTokens = Options.Beams is { EarlyStopping: EarlyStopping.Never, LengthPenalty: > 0 } ? Longest - Prompt : length - Prompt;
        return worst >= Penalised(highest, newTokens);
    }
}
