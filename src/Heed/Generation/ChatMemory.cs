using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Generates over a cache that outlives a turn: of the next prompt only what differs from the tokens that it holds is read.</summary>
internal sealed class ChatMemory(Transformer model)
{
    private const int LeastCapacity = 1024;

    private readonly List<int> held = []; // the tokens in the cache
    private KeyValueCache? cache;

    /// <summary>Tokens of the last prompt that did not have to be read again.</summary>
    public int Reused { get; private set; }

    /// <summary>Continues a prompt.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="ends">Ids that end the answer.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the prompt is longer than the context.</exception>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, IReadOnlyList<int> ends, CancellationToken cancellation)
    {
        options.Validate();
        int context = model.Config.Context;
        if (prompt.Length == 0) throw new ArgumentException("the conversation has no tokens");
        if (prompt.Length > context) throw new ArgumentException($"the conversation has {prompt.Length} tokens; the model's context is {context}");
        return Run(prompt, options, ends, cancellation);
    }

    private IEnumerable<GeneratedToken> Run(int[] prompt, SamplingOptions options, IReadOnlyList<int> ends, CancellationToken cancellation)
    {
        int longest = (int)Math.Min(model.Config.Context, prompt.Length + (long)options.MaxTokens);
        Keep(prompt, longest);
        LogitsRules rules = new(options, model.Config.Vocabulary, prompt.Length, longest, ends, prompt);
        Sampler sampler = new(options, model.Config.Vocabulary, rules, prompt);
        int[] next = prompt[Reused..];
        for (int step = 1; step <= options.MaxTokens; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            GeneratedToken token = Step(next, sampler, options, ends, last: step == options.MaxTokens || held.Count + next.Length >= longest);
            yield return token;
            if (token.Finish != FinishReason.None) yield break;
            next = [token.Id];
        }
    }

    private GeneratedToken Step(int[] tokens, Sampler sampler, SamplingOptions options, IReadOnlyList<int> ends, bool last)
    {
        using MemoryScope scope = new();
        cache!.Truncate(held.Count); // a pass that was broken off leaves nothing
        Tensor hidden = model.Hidden(Tensor.From(new Shape(1, tokens.Length), tokens), new ForwardOptions { Cache = cache });
        held.AddRange(tokens);
        ReadOnlySpan<float> logits = model.Logits(Tensor.From(new Shape(1, hidden.Columns), hidden.Row(tokens.Length - 1))).Row(0);
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        TokenProbability choice = sampler.Next(logits);
        IReadOnlyList<TokenProbability> top = options.LogProbs > 0 ? Sampler.Top(logits, options.LogProbs) : [];
        bool end = options.StopAtEnd && ends.Contains(choice.Id);
        return new GeneratedToken(choice.Id, choice.LogProb, top, end ? FinishReason.Stop : sampler.Finishes(choice.Id) ? FinishReason.Complete : last ? FinishReason.Length : FinishReason.None);
    }

    // Keeps the tokens with which the prompt begins too, but for its last one, whose answer is needed.
    private void Keep(int[] prompt, int longest)
    {
        if (cache is null || cache.Capacity < longest)
        {
            // Twice what is needed: a conversation that grows is read anew only each time it has doubled.
            cache = model.NewCache(1, (int)Math.Min(model.Config.Context, Math.Max(2L * longest, LeastCapacity)));
            held.Clear();
        }
        int same = 0;
        while (same < Math.Min(held.Count, prompt.Length - 1) && held[same] == prompt[same]) same++;
        held.RemoveRange(same, held.Count - same);
        cache.Truncate(same);
        Reused = same;
    }
}
