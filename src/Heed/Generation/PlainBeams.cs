namespace Heed.Generation;

/// <summary>Beam search as Hugging Face's <c>_beam_search</c> defines it, for one item.</summary>
internal sealed class PlainBeams : Beams
{
    private readonly record struct Slot(float Score, int[] Sequence, bool Finished);

    private Slot[] best; // as many as beams, best first

    public PlainBeams(int[] prompt, int longest, GenerationOptions options) : base(prompt, options.Beams.Count, longest, options) =>
        best = [.. Enumerable.Repeat(new Slot(Never, prompt, false), Count)];

    private bool Full => best.All(s => s.Finished) && Options.Beams.EarlyStopping == EarlyStopping.WhenFull;

    public override void Advance(IReadOnlyList<Continuation> continuations)
    {
        int after = Length + 1;
        bool[] ends = [.. continuations.Select(c => after >= Longest || Ends(c.Token))];
        Collect(continuations, ends, after - Prompt);
        Open([.. continuations.Select((c, i) => c with { Score = c.Score + (ends[i] ? Never : 0) }).OrderByDescending(c => c.Score).Take(Count)]);

        // Can an open beam still beat the worst of those that would be returned?
        int newTokens = Options.Beams is { EarlyStopping: EarlyStopping.Never, LengthPenalty: > 0 } ? Longest - Prompt : after - Prompt;
        float hope = (float)Penalised(Scores[0], newTokens), worst = best.All(s => s.Finished) ? best[^1].Score : Never;
        Done = !(hope > worst) || Full || ends.All(e => e);
    }

    public override IReadOnlyList<ScoredSequence> Found() => [.. best.Take(Options.Beams.Returned).Select(s => Finished(s.Sequence, s.Score))];

    // Only what ranks among the first as many as beams may be returned; the rest is there so that enough beams stay open.
    private void Collect(IReadOnlyList<Continuation> continuations, bool[] ends, int newTokens)
    {
        bool full = Full;
        IEnumerable<Slot> found = continuations.Take(Count).Where((_, i) => ends[i]).Select(c => new Slot((float)Penalised(c.Score, newTokens) + (full ? Never : 0), Extended(c), true));
        best = [.. best.Concat(found).OrderByDescending(s => s.Score).Take(Count)];
    }
}
