namespace Heed.Generation;

/// <summary>A sequence that a search found.</summary>
/// <param name="Tokens">New tokens, without prompt or start token, with the end token where it has one.</param>
/// <param name="Score">Log-probability / length ^ length penalty.</param>
/// <param name="Finish">Whether it ended by itself or for its length.</param>
public sealed record ScoredSequence(IReadOnlyList<int> Tokens, float Score, FinishReason Finish);

/// <summary>A way on: a beam with one more token.</summary>
/// <param name="Score">Log-probability of the whole.</param>
/// <param name="Beam">The beam, by its rank among those of the group.</param>
/// <param name="Token">The token.</param>
internal readonly record struct Continuation(float Score, int Beam, int Token);

/// <summary>
/// The open beams of one item (or of one of its groups): their tokens and scores, and the rows of the batch in which they stand. What to make of the
/// continuations of a step is the search's, in the classes below.
/// </summary>
internal abstract class Beams
{
    private readonly int[] rows; // relative to the first row of the group
    private int[][] sequences;   // prompt included

    /// <summary>Beams that all begin with the prompt.</summary>
    /// <param name="prompt">Tokens before the first new one.</param>
    /// <param name="count">Beams.</param>
    /// <param name="longest">Most tokens, the prompt included.</param>
    /// <param name="options">Length penalty, early stopping, end tokens.</param>
    protected Beams(int[] prompt, int count, int longest, GenerationOptions options)
    {
        (Prompt, Count, Longest, Options) = (prompt.Length, count, longest, options);
        sequences = [.. Enumerable.Repeat(prompt, count)];
        rows = new int[count]; // at first all look at one row, and only the first beam counts: they would all find the same
        Scores = [.. Enumerable.Range(0, count).Select(i => i == 0 ? 0 : Never)];
        Tokens = new int[count];
        Parents = new int[count];
    }

    /// <summary>The score of what must not be chosen.</summary>
    protected const float Never = -1e9f;

    /// <summary>Number of beams.</summary>
    public int Count { get; }

    /// <summary>Whether the search has ended.</summary>
    public bool Done { get; protected set; }

    /// <summary>For each row of the group the token that it takes.</summary>
    public int[] Tokens { get; }

    /// <summary>For each row of the group the row that it goes on from.</summary>
    public int[] Parents { get; }

    /// <summary>Each open beam's log-probability, best first.</summary>
    public float[] Scores { get; }

    /// <summary>Continuations to look at: as many beams again as there are ways to end, so that enough are left open.</summary>
    public int Wanted => Math.Max(2, 1 + Options.EndTokens!.Count) * Count;

    /// <summary>Tokens of every open beam, the prompt included.</summary>
    public int Length => sequences[0].Length;

    protected int Prompt { get; }

    protected int Longest { get; }

    protected GenerationOptions Options { get; }

    /// <summary>The row of a beam.</summary>
    public int RowOf(int beam) => rows[beam];

    /// <summary>The tokens of a beam, the prompt included.</summary>
    public int[] Sequence(int beam) => sequences[beam];

    /// <summary>Takes the best continuations of the open beams, best first.</summary>
    public abstract void Advance(IReadOnlyList<Continuation> best);

    /// <summary>What was found, best first; complete once <see cref="Done"/>.</summary>
    public abstract IReadOnlyList<ScoredSequence> Found();

    protected bool Ends(int token) => Options.EndTokens!.Contains(token);

    protected double Penalised(double score, int newTokens) => score / Math.Pow(newTokens, Options.Beams.LengthPenalty);

    protected ScoredSequence Finished(int[] sequence, float score) =>
        new(sequence[Prompt..], score, sequence.Length > Prompt && Ends(sequence[^1]) ? FinishReason.Stop : FinishReason.Length);

    protected int[] Extended(Continuation c) => [.. sequences[c.Beam], c.Token];

    /// <summary>Opens the beams anew. The first child of a beam stays in its row; further ones take the rows of beams that have no children.</summary>
    protected void Open(IReadOnlyList<Continuation> next)
    {
        int[][] extended = [.. next.Select(Extended)];
        int[] from = [.. next.Select(c => rows[c.Beam])];
        bool[] taken = new bool[Count];
        int[] to = new int[Count];
        Array.Fill(to, -1);
        for (int i = 0; i < Count; i++)
        {
            if (taken[from[i]]) continue;
            (to[i], taken[from[i]]) = (from[i], true);
        }
        for (int i = 0, free = 0; i < Count; i++)
        {
            if (to[i] < 0)
            {
                while (taken[free]) free++;
                (to[i], taken[free]) = (free, true);
            }
            (Parents[to[i]], Tokens[to[i]], Scores[i]) = (from[i], next[i].Token, next[i].Score);
        }
        sequences = extended;
        to.CopyTo(rows, 0);
    }

    /// <summary>Lets every beam stand where it stands and take a token that counts for nothing.</summary>
    protected void Rest(int token)
    {
        for (int row = 0; row < Count; row++) (Parents[row], Tokens[row]) = (row, token);
        for (int beam = 0; beam < Count; beam++) sequences[beam] = [.. sequences[beam], token];
    }
}
