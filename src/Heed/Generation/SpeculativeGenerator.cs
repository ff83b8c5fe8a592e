using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Generation with guesses: a draft model, or the text itself, proposes the next tokens, the model reads them in one pass and keeps those that it
/// would have written (Leviathan et al. 2023). A pass over a few tokens costs hardly more than one over a single token, so each right guess is a
/// token almost for free. What is written does not change: greedy output is the same token for token, sampled output has the same distribution
/// (with lookup even the same tokens for the same seed).
/// </summary>
/// <remarks>Not for several threads at once.</remarks>
public sealed class SpeculativeGenerator
{
    private readonly Transformer model;
    private readonly SpeculativeOptions speculation;

    /// <summary>Joins a model and a source of guesses.</summary>
    /// <exception cref="ArgumentException">The options are out of range, or the draft model does not fit.</exception>
    public SpeculativeGenerator(Transformer model, SpeculativeOptions speculation)
    {
        speculation.Validate(model.Config);
        (this.model, this.speculation) = (model, speculation);
    }

    /// <summary>How the generation at work, or the last one, went.</summary>
    public SpeculativeStatistics Statistics { get; private set; }

    /// <summary>Continues a prompt, or rewrites a source; tokens come as their pass is done.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop (stop texts are the caller's: they need a tokenizer).</param>
    /// <param name="cancellation">Ends the generation between two passes.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the prompt is empty, too long, or holds an unknown id.</exception>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, CancellationToken cancellation = default)
    {
        GenerationOptions all = new GenerationOptions { Sampling = options }.For(model.Config);
        all.Validate();
        options.Rules.Validate(model.Config.Vocabulary);
        DecodingSession session = new(model, [prompt], all.DecoderStartToken, length => all.Longest(length, model.Config));
        Writing writing = new(all, session.Prompts[0].Length, all.Longest(session.Prompts[0].Length, model.Config), prompt);
        return Run(session, writing, SamplerOf(session.Prompts[0], writing), cancellation);
    }

    private IEnumerable<GeneratedToken> Run(DecodingSession session, Writing writing, Sampler sampler, CancellationToken cancellation)
    {
        Statistics = default;
        if (writing.Longest <= writing.Prompt) yield break;
        ISpeculativeDraft draft = Draft(session.Prompts[0], writing);
        SpeculativeLength length = new(speculation.MostGuesses);
        List<GeneratedToken> written = [];
        int[] pass = new int[speculation.MostGuesses + 1];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            written.Clear();
            int guesses = 0, accepted = 0;
            using (new MemoryScope())
            {
                if (Statistics.Passes == 0) Judge(session.Start(), sampler, draft, [], writing, written);
                else
                {
                    pass[0] = sampler.Sequence[^1];
                    guesses = draft.Guess(sampler, pass.AsSpan(1, Math.Min(length.Next(), writing.Longest - sampler.Sequence.Length - 1)));
                    accepted = Judge(session.Read(pass.AsSpan(0, guesses + 1)), sampler, draft, pass.AsSpan(1, guesses), writing, written);
                    session.Cache!.Truncate(sampler.Sequence.Length - 1);
                    length.Learn(guesses, accepted);
                }
            }
            Statistics = new(Statistics.Tokens + written.Count, Statistics.Passes + 1, Statistics.Guesses + guesses, Statistics.Accepted + accepted);
            foreach (GeneratedToken token in written)
            {
                yield return token;
                if (token.Finish != FinishReason.None) yield break;
            }
        }
    }

    // Takes guesses as long as they are right, and one token more; returns how many were right.
    private static int Judge(Tensor logits, Sampler sampler, ISpeculativeDraft draft, ReadOnlySpan<int> guesses, Writing writing, List<GeneratedToken> written)
    {
        for (int row = 0; ; row++)
        {
            ReadOnlySpan<float> scores = logits.Row(row);
            TokenProbability choice = row < guesses.Length && draft.Shares(row) is { } shares ? sampler.Judge(scores, guesses[row], shares) : sampler.Next(scores);
            GeneratedToken token = Generator.Tell(sampler, choice, scores, writing.Options, sampler.Sequence.Length == writing.Longest);
            written.Add(token);
            if (row == guesses.Length || choice.Id != guesses[row]) return row;
            if (token.Finish != FinishReason.None) return row + 1;
        }
    }

    private Sampler SamplerOf(int[] prompt, Writing writing, ulong? seed = null)
    {
        SamplingOptions options = writing.Options.Sampling;
        LogitsRules rules = new(options, model.Config.Vocabulary, writing.Prompt, writing.Longest, writing.Options.EndTokens, writing.Source);
        return new Sampler(seed is null ? options : options with { Seed = seed }, model.Config.Vocabulary, rules, prompt);
    }

    private ISpeculativeDraft Draft(int[] prompt, Writing writing)
    {
        if (speculation.Draft is not { } small) return new LookupDraft(speculation.Lookup);
        SamplingOptions options = writing.Options.Sampling;
        // A draft drawn with the numbers of the judge would not be independent of the verdict.
        ulong? seed = options.Seed is { } own ? new RandomSource(own).Split("draft").Next() : null;
        return new ModelDraft(small, options, SamplerOf(prompt, writing, seed), Math.Min(small.Config.Context, writing.Longest));
    }

    /// <summary>What one generation is about.</summary>
    /// <param name="Options">All options, with nothing left open.</param>
    /// <param name="Prompt">Tokens before the first new one.</param>
    /// <param name="Longest">Most tokens, those included.</param>
    /// <param name="Source">The prompt, or the text that is rewritten.</param>
    private sealed record Writing(GenerationOptions Options, int Prompt, int Longest, int[] Source);
}
