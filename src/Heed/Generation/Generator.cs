using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Why a generation ended.</summary>
public enum FinishReason : byte
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The model's end token, or a stop text.</summary>
    Stop,

    /// <summary>The most tokens asked for, or the end of the context.</summary>
    Length,
}

/// <summary>One generated token.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">ln of its probability under the model.</param>
/// <param name="Top">The most probable alternatives, if asked for.</param>
/// <param name="Finish">Why the generation ended with this token, or None.</param>
public readonly record struct GeneratedToken(int Id, float LogProb, IReadOnlyList<TokenProbability> Top, FinishReason Finish);

/// <summary>Prefill and decode: runs a model token by token over a <see cref="KeyValueCache"/>.</summary>
public sealed class Generator(Transformer model)
{
    /// <summary>Continues one prompt; each token is computed when it is asked for.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop (stop texts are the caller's: they need a tokenizer).</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, CancellationToken cancellation = default)
    {
        foreach (GeneratedToken[] step in GenerateBatch([prompt], options, cancellation)) yield return step[0];
    }

    /// <summary>
    /// Continues several prompts side by side: each element holds one token for each prompt; of a prompt that has ended, Id is -1.
    /// Every prompt's output is the same as when it runs alone.
    /// </summary>
    public IEnumerable<GeneratedToken[]> GenerateBatch(IReadOnlyList<int[]> prompts, SamplingOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        CheckPrompts(prompts);
        return Run(prompts, options, cancellation);
    }

    private void CheckPrompts(IReadOnlyList<int[]> prompts)
    {
        int context = model.Config.Context;
        if (prompts.Count == 0) throw new ArgumentException("no prompt was given");
        foreach (int[] prompt in prompts)
        {
            if (prompt.Length == 0) throw new ArgumentException("a prompt must have at least one token");
            if (prompt.Length > context) throw new ArgumentException($"the prompt has {prompt.Length} tokens; the model's context is {context}");
            foreach (int id in prompt)
                if ((uint)id >= (uint)model.Config.Vocabulary) throw new ArgumentException($"token id {id} is outside the model's vocabulary of {model.Config.Vocabulary}");
        }
    }

    private IEnumerable<GeneratedToken[]> Run(IReadOnlyList<int[]> prompts, SamplingOptions options, CancellationToken cancellation)
    {
        int batch = prompts.Count, longest = prompts.Max(p => p.Length);
        int capacity = Math.Min(model.Config.Context, longest + options.MaxTokens);
        KeyValueCache cache = model.NewCache(batch, capacity);
        Sampler[] samplers = new Sampler[batch];
        GeneratedToken[] tokens = new GeneratedToken[batch];
        bool[] done = new bool[batch];
        for (int b = 0; b < batch; b++)
        {
            samplers[b] = new Sampler(batch == 1 || options.Seed is null ? options : options with { Seed = options.Seed + (ulong)b }, model.Config.Vocabulary);
            samplers[b].Prompt(prompts[b]);
        }
        bool padded = prompts.Any(p => p.Length != longest);
        for (int step = 0; step < options.MaxTokens; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using (new MemoryScope())
            {
                int length = step == 0 ? longest : 1, past = cache.Length;
                Tensor ids = Tensor.Zeros(new Shape(batch, length), DType.I32);
                Tensor? mask = padded ? Tensor.Zeros(new Shape(batch, past + length), DType.I32) : null;
                Tensor? places = padded ? Tensor.Zeros(new Shape(batch, length), DType.I32) : null;
                for (int b = 0; b < batch; b++)
                {
                    int[] prompt = prompts[b];
                    int padding = longest - prompt.Length; // on the left: the last column is every prompt's last token
                    if (step == 0) prompt.CopyTo(ids.Ints[(b * length + padding)..]);
                    else ids.Ints[b] = Math.Max(tokens[b].Id, 0);
                    mask?.Ints.Slice(b * (past + length) + padding, past + length - padding).Fill(1);
                    for (int t = 0; t < length && places is not null; t++) places.Ints[b * length + t] = Math.Max(0, past + t - padding);
                }
                Tensor hidden = model.Hidden(ids, new ForwardOptions { Cache = cache, AttentionMask = mask, Positions = places });
                Tensor last = Tensor.Empty(new Shape(batch, hidden.Columns)); // only the last place of each sequence is projected
                for (int b = 0; b < batch; b++) hidden.Row(b * length + length - 1).CopyTo(last.Row(b));
                Tensor logits = model.Logits(last);
                bool full = cache.Length >= capacity || step + 1 == options.MaxTokens;
                for (int b = 0; b < batch; b++) tokens[b] = done[b] ? new GeneratedToken(-1, 0, [], FinishReason.None) : Choose(samplers[b], logits.Row(b), options, full);
            }
            for (int b = 0; b < batch; b++) done[b] |= tokens[b].Finish != FinishReason.None;
            yield return [.. tokens];
            if (!done.Contains(false) || cache.Length >= capacity) yield break;
        }
    }

    private GeneratedToken Choose(Sampler sampler, ReadOnlySpan<float> logits, SamplingOptions options, bool full)
    {
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        TokenProbability choice = sampler.Next(logits);
        IReadOnlyList<TokenProbability> top = options.LogProbs > 0 ? Sampler.Top(logits, options.LogProbs) : [];
        bool end = options.StopAtEnd && model.Config.EndTokens.Contains(choice.Id);
        return new GeneratedToken(choice.Id, choice.LogProb, top, end ? FinishReason.Stop : full ? FinishReason.Length : FinishReason.None);
    }
}
