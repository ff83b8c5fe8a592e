using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>One input of a beam search: its rules and its groups of beams.</summary>
internal sealed class BeamItem
{
    private readonly GenerationOptions options;
    private readonly LogitsRules rules;
    private readonly TokenDraw? draw;
    private readonly Beams[] groups;
    private readonly bool started;

    /// <summary>An input at its start.</summary>
    /// <param name="input">The source or prompt.</param>
    /// <param name="prompt">Tokens before the first new one.</param>
    /// <param name="longest">Most tokens of a sequence, the prompt included.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="options">Nothing of it left open.</param>
    /// <param name="seed">Seed of the draws.</param>
    public BeamItem(int[] input, int[] prompt, int longest, int vocabulary, GenerationOptions options, ulong seed)
    {
        if (options.Sampling.Constraint is not null && options.EndTokens!.Count == 0) throw new ArgumentException("beams under a constraint need a token that ends them, and the model names none");
        this.options = options;
        rules = new LogitsRules(options.Sampling, vocabulary, prompt.Length, longest, options.EndTokens, input);
        if (options.Sampling.Temperature > 0) draw = new TokenDraw(options.Sampling, seed, Math.Max(2, 1 + options.EndTokens!.Count));
        groups = options.Beams.Groups == 1 ? [new PlainBeams(prompt, longest, options)] : [.. Enumerable.Range(0, options.Beams.Groups).Select(_ => new GroupBeams(prompt, longest, options))];
        started = longest > prompt.Length;
    }

    /// <summary>Whether nothing is left to search.</summary>
    public bool Done => !started || groups.All(g => g.Done);

    /// <summary>For each row of the item the token that it takes.</summary>
    public IEnumerable<int> Tokens => groups.SelectMany(g => g.Tokens);

    /// <summary>For each row of the item the row that it goes on from.</summary>
    /// <param name="first">The item's first row.</param>
    public IEnumerable<int> Parents(int first) => groups.SelectMany((g, i) => g.Parents.Select(p => first + i * g.Count + p));

    /// <summary>One step of a group.</summary>
    /// <param name="group">Its number.</param>
    /// <param name="scores">(rows, vocabulary) log-probabilities of the group's rows; those of its beams are changed by the rules.</param>
    public void Advance(int group, Tensor scores)
    {
        Beams beams = groups[group];
        int[] taken = [.. groups.Take(group).SelectMany(g => g.Tokens)];
        int vocabulary = scores.Columns, wanted = Math.Min(beams.Wanted, vocabulary);
        // Before the first token all beams look at one row.
        for (int beam = 0; beam < (scores.Rows == 1 ? 1 : beams.Count); beam++) rules.Apply(beams.Sequence(beam), scores.Row(beams.RowOf(beam)), taken, options.Beams.DiversityPenalty);
        if (draw is not null)
        {
            beams.Advance(draw.Continuations(beams, scores));
            return;
        }
        float[] values = new float[scores.Rows * wanted];
        int[] ids = new int[values.Length];
        TopK.Forward(scores.Rows, vocabulary, scores.Span, wanted, values, ids);
        List<Continuation> all = [];
        for (int beam = 0; beam < beams.Count; beam++)
            for (int i = 0, at = beams.RowOf(beam) * wanted; i < wanted; i++, at++) all.Add(new Continuation(values[at] + beams.Scores[beam], beam, ids[at]));
        beams.Advance([.. all.OrderByDescending(c => c.Score).Take(beams.Wanted)]);
    }

    /// <summary>The sequences asked for, best first; of equals that of the later group.</summary>
    public IReadOnlyList<ScoredSequence> Found()
    {
        if (!started) return [.. Enumerable.Repeat(new ScoredSequence([], 0, FinishReason.Length), options.Beams.Returned)];
        if (groups.Length == 1) return groups[0].Found();
        return [.. groups.SelectMany(g => g.Found()).OrderBy(s => s.Score).Reverse().Take(options.Beams.Returned)];
    }
}
