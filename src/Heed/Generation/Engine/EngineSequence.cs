using System.Diagnostics;
using Heed.Layers;
using Heed.Models;

namespace Heed.Generation;

/// <summary>A sequence that an engine writes: its tokens, its pages, and how its next token is chosen.</summary>
internal sealed class EngineSequence
{
    private readonly GenerationOptions options;
    private readonly TransformerConfig model;
    private readonly int longest;
    private readonly int number;
    private Sampler? sampler; // made when it is first needed: it is as large as the vocabulary

    /// <summary>A sequence that holds nothing yet.</summary>
    /// <param name="model">The model's configuration.</param>
    /// <param name="prompt">Tokens to continue.</param>
    /// <param name="options">Options with nothing left open.</param>
    /// <param name="longest">Most tokens, the prompt included.</param>
    /// <param name="number">Its number within the request.</param>
    /// <param name="priority">Higher goes first.</param>
    /// <param name="pages">Where its keys and values will be.</param>
    /// <param name="root">The start of every text.</param>
    /// <param name="stream">Where its tokens go.</param>
    public EngineSequence(TransformerConfig model, int[] prompt, GenerationOptions options, int longest, int number, int priority, PagedSequence pages, PrefixTree.Node root, GenerationStream stream)
    {
        (this.model, this.options, this.longest, this.number) = (model, options, longest, number);
        (Priority, Pages, Text, Stream, PromptLength) = (priority, pages, root, stream, prompt.Length);
        Tokens = [.. prompt];
    }

    /// <summary>All tokens so far, the prompt included.</summary>
    public List<int> Tokens { get; }

    /// <summary>How many of them are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Higher goes first.</summary>
    public int Priority { get; }

    /// <summary>Place in the order of arrival.</summary>
    public long Arrival { get; init; }

    /// <summary>Its keys and values.</summary>
    public PagedSequence Pages { get; set; }

    /// <summary>Its tokens as far as they are known to others, in whole pages; null once they no longer can be.</summary>
    public PrefixTree.Node? Text { get; set; }

    /// <summary>Pages of <see cref="Text"/>.</summary>
    public int TextPages { get; set; }

    /// <summary>The sequence of its request that reads the prompt for it.</summary>
    public EngineSequence? Leader { get; init; }

    /// <summary>Whether it has begun to write.</summary>
    public bool Writes => Tokens.Count > PromptLength;

    /// <summary>Tokens whose keys and values are still to be computed; one, where it writes.</summary>
    public int Needed => Tokens.Count - Pages.Length;

    /// <summary>Where its tokens go.</summary>
    public GenerationStream Stream { get; }

    /// <summary>Set by anybody who wants it to end.</summary>
    public volatile bool Cancelled;

    /// <summary>Whether it was at work at least once.</summary>
    public bool Begun { get; set; }

    /// <summary>Whether it has left the engine.</summary>
    public bool Ended { get; set; }

    /// <summary>When it was asked for (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public long Asked { get; init; } = Stopwatch.GetTimestamp();

    /// <summary>Ends the wish of its request's cancellation token to be heard.</summary>
    public CancellationTokenRegistration Registration { get; set; }

    /// <summary>Whether it may write at all.</summary>
    public bool HasRoom => Tokens.Count < longest;

    /// <summary>Chooses its next token.</summary>
    public GeneratedToken Choose(ReadOnlySpan<float> logits)
    {
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        GeneratedToken token = Generator.Choose(sampler ??= NewSampler(), logits, options, Tokens.Count == longest - 1);
        Tokens.Add(token.Id);
        if (Tokens.Count == PromptLength + 1) Stream.TimeToFirstToken = Stopwatch.GetElapsedTime(Asked);
        return token;
    }

    private Sampler NewSampler()
    {
        SamplingOptions sampling = options.Sampling;
        int[] prompt = [.. Tokens];
        LogitsRules rules = new(sampling, model.Vocabulary, prompt.Length, longest, options.EndTokens, prompt);
        return new Sampler(number == 0 || sampling.Seed is null ? sampling : sampling with { Seed = sampling.Seed + (ulong)number }, model.Vocabulary, rules, prompt);
    }

    /// <summary>Goes first of two: the higher priority, then the earlier arrival.</summary>
    public static int Order(EngineSequence a, EngineSequence b) => a.Priority != b.Priority ? b.Priority.CompareTo(a.Priority) : a.Arrival.CompareTo(b.Arrival);
}
