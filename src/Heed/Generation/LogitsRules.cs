namespace Heed.Generation;

/// <summary>
/// Applies penalties and <see cref="TokenRules"/> to the scores of one sequence's next token: the one definition for greedy choice, sampling and
/// beam search. Scores are logits, or log-probabilities in beam search; the order of the rules is that of Hugging Face.
/// </summary>
public sealed class LogitsRules
{
    private readonly SamplingOptions options;
    private readonly TokenRules rules;
    private readonly int[] ends, source, suppressed, suppressedAtBegin, forcedBegin, forcedEnd;
    private readonly int prompt;
    private readonly int longest;
    private readonly SequenceBias[] biases;
    private readonly SequenceBias[] forbidden;
    private readonly int[] counts; // (vocabulary), zero between calls
    private readonly ConstraintRule? constraint;
    private readonly bool forbids; // whether rules may leave nothing of what the constraint allows

    /// <summary>The rules of one sequence.</summary>
    /// <param name="options">Penalties and rules.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="prompt">Tokens of the sequence that are given, not generated.</param>
    /// <param name="longest">Most tokens of the sequence, the prompt included.</param>
    /// <param name="ends">Ids that end it.</param>
    /// <param name="source">The text that is rewritten, or the prompt that is continued.</param>
    /// <exception cref="ArgumentException">A rule is out of range.</exception>
    public LogitsRules(SamplingOptions options, int vocabulary, int prompt = 0, int longest = int.MaxValue, IReadOnlyList<int>? ends = null, IReadOnlyList<int>? source = null)
    {
        options.Validate();
        options.Rules.Validate(vocabulary);
        (this.options, rules, this.prompt, this.longest) = (options, options.Rules, prompt, longest);
        this.ends = [.. (ends ?? []).Where(id => (uint)id < (uint)vocabulary)];
        this.source = [.. (source ?? []).Where(id => (uint)id < (uint)vocabulary)];
        (suppressed, suppressedAtBegin, forcedEnd) = ([.. rules.Suppressed], [.. rules.SuppressedAtBegin], [.. rules.ForcedEnd]);
        forcedBegin = rules.ForcedBegin is { } begin ? [begin] : [];
        biases = Distinct(rules.Biases);
        // To forbid the end token alone would be a generation without end.
        forbidden = Distinct(rules.Forbidden.Where(f => f.Count > 1 || !this.ends.Contains(f[0])).Select(f => new SequenceBias(f, float.NegativeInfinity)));
        counts = new int[vocabulary];
        if (options.Constraint is { } allowed) constraint = new ConstraintRule(allowed, options.StopAtEnd ? this.ends : []);
        forbids = rules != new TokenRules();

        // Of equal sequences the last counts.
        static SequenceBias[] Distinct(IEnumerable<SequenceBias> all) => [.. all.GroupBy(b => string.Join(' ', b.Ids)).Select(g => g.Last())];
    }

    /// <summary>Changes the scores of the token that follows a sequence.</summary>
    /// <param name="ids">The sequence so far, the prompt included.</param>
    /// <param name="scores">(vocabulary).</param>
    /// <param name="taken">Tokens that earlier groups of a diverse beam search took for this place.</param>
    /// <param name="diversity">Subtracted once for each of those (Vijayakumar et al. 2018).</param>
    public void Apply(ReadOnlySpan<int> ids, Span<float> scores, ReadOnlySpan<int> taken = default, float diversity = 0)
    {
        if (scores.Length != counts.Length) throw new ArgumentException($"the rules were made for {counts.Length} tokens, given {scores.Length} scores");
        if (forbids) constraint?.Keep(scores);
        foreach (SequenceBias bias in biases) Add(bias, ids, scores);
        foreach (int id in taken) scores[id] -= diversity;
        if (rules.SourcePenalty != 1) Penalise(source, 1 / rules.SourcePenalty, scores);
        if (options.RepetitionPenalty != 1) Penalise(Recent(ids), options.RepetitionPenalty, scores);
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0) Count(Recent(ids[Math.Min(prompt, ids.Length)..]), scores);
        if (rules.NoRepeatNgram > 0) Forbid(ids, ids, rules.NoRepeatNgram, scores);
        if (rules.NoSourceNgram > 0) Forbid(source, ids, rules.NoSourceNgram, scores);
        foreach (SequenceBias bias in forbidden) Add(bias, ids, scores);
        if (ids.Length < rules.MinLength || ids.Length - prompt < rules.MinNewTokens) Suppress(ends, scores);
        if (forcedBegin.Length > 0 && ids.Length == 1) Force(forcedBegin, scores);
        if (forcedEnd.Length > 0 && ids.Length == longest - 1) Force(forcedEnd, scores);
        Suppress(suppressed, scores);
        // Behind a forced token the first free one is the second.
        int begin = prompt + (prompt == 1 && forcedBegin.Length > 0 ? 1 : 0);
        if (ids.Length == begin) Suppress(suppressedAtBegin, scores);
        // The last word: what the constraint forbids is never written, and it says no to all only where all is written.
        if (ids.Length >= begin) constraint?.Apply(ids[begin..], scores);
    }

    /// <summary>Whether the constraint is complete with a token behind the sequence last given to <see cref="Apply"/>, and nothing can follow: then no end token is needed.</summary>
    public bool Finishes(int id) => constraint?.Finishes(id) == true;

    private ReadOnlySpan<int> Recent(ReadOnlySpan<int> ids) => options.PenaltyRange is { } range && range < ids.Length ? ids[^range..] : ids;

    private static void Add(SequenceBias bias, ReadOnlySpan<int> ids, Span<float> scores)
    {
        int before = bias.Ids.Count - 1;
        if (before > 0)
        {
            if (before >= ids.Length) return; // as in the original: a sequence as long as the whole text and its next token is passed over
            ReadOnlySpan<int> last = ids[^before..];
            for (int i = 0; i < before; i++)
                if (last[i] != bias.Ids[i]) return;
        }
        scores[bias.Ids[before]] += bias.Bias;
    }

    // Each token once, however often it stands there.
    private void Penalise(ReadOnlySpan<int> ids, float penalty, Span<float> scores)
    {
        foreach (int id in ids)
            if (counts[id]++ == 0) scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
        foreach (int id in ids) counts[id] = 0;
    }

    private void Count(ReadOnlySpan<int> ids, Span<float> scores)
    {
        foreach (int id in ids) counts[id]++;
        foreach (int id in ids)
        {
            if (counts[id] == 0) continue;
            scores[id] -= options.PresencePenalty + counts[id] * options.FrequencyPenalty;
            counts[id] = 0;
        }
    }

    // What followed in the text wherever it had the last size - 1 tokens of the sequence.
    private static void Forbid(ReadOnlySpan<int> text, ReadOnlySpan<int> ids, int size, Span<float> scores)
    {
        if (ids.Length < size - 1) return;
        ReadOnlySpan<int> last = ids[^(size - 1)..];
        for (int i = 0; i + size <= text.Length; i++)
            if (text.Slice(i, size - 1).SequenceEqual(last)) scores[text[i + size - 1]] = float.NegativeInfinity;
    }

    private static void Suppress(int[] ids, Span<float> scores)
    {
        foreach (int id in ids) scores[id] = float.NegativeInfinity;
    }

    private static void Force(int[] ids, Span<float> scores)
    {
        scores.Fill(float.NegativeInfinity);
        foreach (int id in ids) scores[id] = 0;
    }
}
