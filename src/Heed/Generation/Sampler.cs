using System.Runtime.InteropServices;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Chooses the tokens of one sequence: <see cref="LogitsRules"/>, then the filters of the options in their order, then a draw. Its buffers are made
/// once. Not for several threads at once.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly LogitsRules rules;
    private readonly ITokenFilter[] filters;
    private readonly Mirostat? mirostat;
    private readonly List<int> sequence = []; // prompt included
    private readonly Candidates candidates;
    private RandomSource random;

    /// <summary>A sampler for one sequence of no known length or end.</summary>
    public Sampler(SamplingOptions options, int vocabulary, params ReadOnlySpan<int> prompt) : this(options, vocabulary, new LogitsRules(options, vocabulary, prompt.Length), prompt)
    {
    }

    /// <summary>A sampler for one sequence.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="rules">The rules of the sequence.</param>
    /// <param name="prompt">Its tokens so far.</param>
    public Sampler(SamplingOptions options, int vocabulary, LogitsRules rules, ReadOnlySpan<int> prompt)
    {
        options.Validate();
        options.Dry.Validate(vocabulary);
        (this.options, this.rules) = (options, rules);
        sequence.EnsureCapacity(prompt.Length + Math.Min(options.MaxTokens, 4096));
        sequence.AddRange(prompt);
        candidates = new Candidates(vocabulary);
        filters = TokenFilters.Of(options);
        mirostat = options.Mirostat is { } target ? new Mirostat(target, vocabulary) : null;
        random = new RandomSource(options.Seed ?? (ulong)System.Random.Shared.NextInt64());
    }

    /// <summary>The sequence so far, the prompt included.</summary>
    internal ReadOnlySpan<int> Sequence => CollectionsMarshal.AsSpan(sequence);

    /// <summary>Chooses the next token from the logits (vocabulary); the returned log-probability is the model's own, before any change.</summary>
    public TokenProbability Next(ReadOnlySpan<float> logits)
    {
        Candidates left = Weigh(logits);
        int choice = options.Temperature == 0 ? Reduce.ArgMax(left.Logits) : left.Draw(ref random);
        Accept(choice);
        return new TokenProbability(choice, LogProb(logits, choice));
    }

    /// <summary>With which probability each token (vocabulary) would be the next, after all rules and filters: 0 for those that are cut. Nothing is chosen.</summary>
    /// <param name="logits">(vocabulary), or their logarithmic softmax.</param>
    public float[] Probabilities(ReadOnlySpan<float> logits)
    {
        float[] shares = new float[logits.Length];
        Candidates left = Weigh(logits);
        if (options.Temperature == 0) shares[Reduce.ArgMax(left.Logits)] = 1;
        else left.CopyShares(shares);
        return shares;
    }

    /// <summary>The most probable tokens of a row of logits, best first; of equals the lower id first.</summary>
    public static TokenProbability[] Top(ReadOnlySpan<float> logits, int count)
    {
        TokenProbability[] top = new TokenProbability[Math.Min(count, logits.Length)];
        if (top.Length == 0) return top;
        float total = LogSumExp(logits);
        float[] values = new float[top.Length];
        int[] ids = new int[top.Length];
        TopK.Forward(1, logits.Length, logits, top.Length, values, ids);
        for (int i = 0; i < top.Length; i++) top[i] = new TokenProbability(ids[i], values[i] - total);
        return top;
    }

    /// <summary>ln of the probability that a row of logits gives a token.</summary>
    internal static float LogProb(ReadOnlySpan<float> logits, int id) => logits[id] - LogSumExp(logits);

    /// <summary>What the next token may be, after all rules and filters; valid until the next call.</summary>
    /// <param name="logits">(vocabulary).</param>
    internal Candidates Weigh(ReadOnlySpan<float> logits)
    {
        if (logits.Length != candidates.Logits.Length) throw new ArgumentException($"the sampler was made for {candidates.Logits.Length} tokens, given {logits.Length} logits");
        logits.CopyTo(candidates.Logits);
        rules.Apply(Sequence, candidates.Logits);
        candidates.Begin();
        foreach (ITokenFilter filter in filters)
            if (options.Temperature > 0 || filter is DryFilter) filter.Apply(candidates, Sequence, ref random); // the best token is the best after every cut
        if (options.Temperature > 0) mirostat?.Apply(candidates, Sequence, ref random);
        return candidates;
    }

    /// <summary>Takes a token of those last weighed as the next of the sequence.</summary>
    internal void Accept(int id)
    {
        if (options.Temperature > 0) mirostat?.Learn(candidates, id);
        sequence.Add(id);
    }

    /// <summary>Whether the constraint is complete with a token last chosen, and nothing can follow: then no end token is needed.</summary>
    internal bool Finishes(int id) => rules.Finishes(id);

    /// <summary>Draws one of those last weighed and takes it.</summary>
    internal int Draw()
    {
        int id = candidates.Draw(ref random);
        Accept(id);
        return id;
    }

    /// <summary>
    /// Takes a guess that was drawn from other probabilities, or in its place one of those that this sequence's probabilities have more of: together
    /// that is a draw from these (Leviathan et al. 2023).
    /// </summary>
    /// <param name="logits">(vocabulary).</param>
    /// <param name="guess">The token that was drawn.</param>
    /// <param name="shares">(vocabulary) the probabilities from which.</param>
    internal TokenProbability Judge(ReadOnlySpan<float> logits, int guess, ReadOnlySpan<float> shares)
    {
        Candidates left = Weigh(logits);
        int id = random.NextDouble() * shares[guess] < left.Share(guess) ? guess : left.DrawBeyond(shares, ref random);
        Accept(id);
        return new TokenProbability(id, LogProb(logits, id));
    }

    /// <summary>Goes on where another sampler stands, of the same sequence up to what either has added.</summary>
    internal void Follow(Sampler other)
    {
        int same = Sequence.CommonPrefixLength(other.Sequence);
        sequence.RemoveRange(same, sequence.Count - same);
        sequence.AddRange(other.Sequence[same..]);
        if (mirostat is not null && other.mirostat is not null) mirostat.Bound = other.mirostat.Bound;
    }

    private static float LogSumExp(ReadOnlySpan<float> values)
    {
        Span<float> loss = stackalloc float[1], total = stackalloc float[1];
        CrossEntropy.Forward(1, values.Length, values, [0], -1, loss, total);
        return total[0];
    }
}
