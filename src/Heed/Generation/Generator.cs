using System.Runtime.InteropServices;
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

    /// <summary>The constraint is complete with this token and nothing can follow; the token is part of the text.</summary>
    Complete,
}

/// <summary>One generated token.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">ln of its probability under the model.</param>
/// <param name="Top">The most probable alternatives, if asked for.</param>
/// <param name="Finish">Why the generation ended with this token, or None.</param>
public readonly record struct GeneratedToken(int Id, float LogProb, IReadOnlyList<TokenProbability> Top, FinishReason Finish);

/// <summary>
/// Prefill and decode: runs a model token by token over a <see cref="KeyValueCache"/>. A decoder continues its inputs; an encoder-decoder reads
/// them as sources and writes from its start token. For beams see <see cref="BeamSearch"/>.
/// </summary>
public sealed class Generator(Transformer model)
{
    /// <summary>Continues one prompt, or rewrites one source; each token is computed when it is asked for.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop (stop texts are the caller's: they need a tokenizer).</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, CancellationToken cancellation = default)
    {
        foreach (GeneratedToken[] step in GenerateBatch([prompt], options, cancellation)) yield return step[0];
    }

    /// <summary>Continues one prompt several times, each with a seed of its own (that of the options and those that follow it); the prompt is read once.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="count">How many continuations.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    public IEnumerable<GeneratedToken[]> GenerateMany(int[] prompt, int count, SamplingOptions options, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return GenerateBatch([.. Enumerable.Repeat(prompt, count)], options, cancellation);
    }

    /// <summary>
    /// Continues several prompts (rewrites several sources) side by side: each element holds one token for each; of one that has ended, Id is -1.
    /// Every output is the same as when its input runs alone, and one that has ended costs nothing.
    /// </summary>
    public IEnumerable<GeneratedToken[]> GenerateBatch(IReadOnlyList<int[]> prompts, SamplingOptions options, CancellationToken cancellation = default) =>
        Write(prompts, new GenerationOptions { Sampling = options }, cancellation);

    /// <summary>As <see cref="GenerateBatch"/> with all options, but for beams.</summary>
    /// <exception cref="ArgumentException">An option is out of range or asks for beams, or an input is empty, too long, or holds an unknown id.</exception>
    public IEnumerable<GeneratedToken[]> Write(IReadOnlyList<int[]> inputs, GenerationOptions options, CancellationToken cancellation = default)
    {
        options = options.For(model.Config);
        options.Validate();
        if (options.Beams.Count > 1) throw new ArgumentException($"{options.Beams.Count} beams are the work of a beam search");
        options.Sampling.Rules.Validate(model.Config.Vocabulary);
        DecodingSession session = new(model, inputs, options.DecoderStartToken, prompt => options.Longest(prompt, model.Config), options.DecoderPrefix);
        return Run(inputs, session, options, cancellation);
    }

    private IEnumerable<GeneratedToken[]> Run(IReadOnlyList<int[]> inputs, DecodingSession session, GenerationOptions options, CancellationToken cancellation)
    {
        SamplingOptions sampling = options.Sampling;
        Sampler[] samplers = new Sampler[inputs.Count];
        int[] left = new int[inputs.Count]; // new tokens that each may still write
        for (int i = 0; i < samplers.Length; i++)
        {
            int[] prompt = session.Prompts[i];
            int longest = options.Longest(prompt.Length, model.Config);
            left[i] = longest - prompt.Length;
            LogitsRules rules = new(sampling, model.Config.Vocabulary, prompt.Length, longest, options.EndTokens, inputs[i]);
            samplers[i] = new Sampler(inputs.Count == 1 || sampling.Seed is null ? sampling : sampling with { Seed = sampling.Seed + (ulong)i }, model.Config.Vocabulary, rules, prompt);
        }
        List<int> running = [.. Enumerable.Range(0, inputs.Count)];
        List<int> next = [];
        if (left.Max() <= 0) yield break;
        while (running.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            GeneratedToken[] tokens = new GeneratedToken[inputs.Count];
            Array.Fill(tokens, new GeneratedToken(-1, 0, [], FinishReason.None));
            List<int> kept = [];
            using (new MemoryScope())
            {
                Tensor logits = next.Count == 0 ? session.Start() : session.Step(CollectionsMarshal.AsSpan(next));
                for (int row = 0; row < running.Count; row++)
                {
                    int item = running[row];
                    if (left[item] <= 0) continue;
                    tokens[item] = Choose(samplers[item], logits.Row(row), options, --left[item] == 0);
                    if (tokens[item].Finish == FinishReason.None) kept.Add(row);
                }
            }
            yield return tokens;
            if (kept.Count == 0) yield break;
            session.Keep(kept);
            running = [.. kept.Select(row => running[row])];
            next = [.. running.Select(item => tokens[item].Id)];
        }
    }

    internal static GeneratedToken Choose(Sampler sampler, ReadOnlySpan<float> logits, GenerationOptions options, bool full) => Tell(sampler, sampler.Next(logits), logits, options, full);

    /// <summary>What there is to tell of a token that was chosen.</summary>
    /// <param name="sampler">The sampler that chose it.</param>
    /// <param name="choice">The token.</param>
    /// <param name="logits">(vocabulary) of its place.</param>
    /// <param name="options">All options, with nothing left open.</param>
    /// <param name="full">Whether the text has now as many tokens as it may.</param>
    internal static GeneratedToken Tell(Sampler sampler, TokenProbability choice, ReadOnlySpan<float> logits, GenerationOptions options, bool full)
    {
        IReadOnlyList<TokenProbability> top = options.Sampling.LogProbs > 0 ? Sampler.Top(logits, options.Sampling.LogProbs) : [];
        bool end = options.EndTokens!.Contains(choice.Id);
        return new GeneratedToken(choice.Id, choice.LogProb, top, end ? FinishReason.Stop : sampler.Finishes(choice.Id) ? FinishReason.Complete : full ? FinishReason.Length : FinishReason.None);
    }
}
