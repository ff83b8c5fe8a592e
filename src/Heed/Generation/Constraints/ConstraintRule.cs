namespace Heed.Generation;

/// <summary>A <see cref="TokenConstraint"/> as one of the rules of a sequence: it follows the sequence wherever it is asked about, forwards, back, or on another beam.</summary>
/// <param name="constraint">The constraint.</param>
/// <param name="ends">Ids that end a text.</param>
internal sealed class ConstraintRule(TokenConstraint constraint, IReadOnlyList<int> ends)
{
    private readonly ConstraintState state = constraint.Start(ends);
    private float[] before = [];
    private bool lost; // the sequence holds a token that does not fit

    /// <summary>Keeps scores, for the case that other rules leave nothing of what the constraint allows.</summary>
    public void Keep(ReadOnlySpan<float> scores)
    {
        if (before.Length == 0) before = new float[scores.Length];
        scores.CopyTo(before);
    }

    /// <summary>Leaves only the tokens that may follow; where none of them has a score left, they get those that were kept.</summary>
    /// <param name="ids">The generated tokens.</param>
    /// <param name="scores">(vocabulary).</param>
    public void Apply(ReadOnlySpan<int> ids, Span<float> scores)
    {
        Follow(ids);
        if (lost)
        {
            scores.Fill(float.NegativeInfinity);
            return;
        }
        state.Apply(scores);
        if (before.Length == 0 || scores.IndexOfAnyExcept(float.NegativeInfinity) >= 0) return;
        before.CopyTo(scores);
        state.Apply(scores);
    }

    /// <summary>Whether the sequence last asked about, with one more token, is complete and cannot go on.</summary>
    public bool Finishes(int id)
    {
        if (lost || !state.Accept(id)) return false;
        bool finished = state.IsFinished;
        state.Rollback(1);
        return finished;
    }

    private void Follow(ReadOnlySpan<int> ids)
    {
        int same = 0;
        while (same < Math.Min(ids.Length, state.Length) && state[same] == ids[same]) same++;
        state.Rollback(state.Length - same);
        lost = false;
        for (int i = same; i < ids.Length && !lost; i++) lost = !state.Accept(ids[i]) && !state.HasEnded; // what stands behind an end is padding
    }
}
