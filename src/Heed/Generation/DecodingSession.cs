using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// A model at work on several items side by side, one token a step, over a <see cref="KeyValueCache"/>: a decoder continues prompts (padded on the
/// left), an encoder-decoder writes from its start token while it looks at sources (padded on the right), which are encoded once.
/// Items may stand in several sequences (beams), and leave when they have ended.
/// </summary>
internal sealed class DecodingSession
{
    private readonly Transformer model;
    private readonly IReadOnlyList<int[]> inputs;
    private readonly int capacity;
    private readonly List<int> items; // numbers of the inputs that are still at work
    private readonly int firstLength;
    private readonly bool padded;
    private KeyValueCache? cache;
    private Tensor? memory; // (items, source tokens, width)
    private int copies = 1;

    /// <summary>Checks the inputs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Prompts to continue, or sources to rewrite.</param>
    /// <param name="decoderStart">What an encoder-decoder's decoder starts with.</param>
    /// <param name="longest">Most tokens of a sequence, its prompt included: how many of them, by the prompt's length.</param>
    /// <param name="decoderPrefix">What an encoder-decoder has written already.</param>
    /// <exception cref="ArgumentException">An input is empty, too long, or holds an unknown id.</exception>
    public DecodingSession(Transformer model, IReadOnlyList<int[]> inputs, int? decoderStart, Func<int, int> longest, IReadOnlyList<int>? decoderPrefix = null)
    {
        TransformerConfig config = model.Config;
        if (config.Decoder is null) throw new ArgumentException($"a {config.ModelType} model has no decoder and cannot write");
        Check(inputs, config);
        (this.model, this.inputs) = (model, inputs);
        items = [.. Enumerable.Range(0, inputs.Count)];
        Rewrites = config.Encoder is not null;
        Prompts = Rewrites
            ? [.. inputs.Select(_ => Begun(config, decoderStart, decoderPrefix ?? []))]
            : inputs;
        int width = firstLength = Prompts.Max(p => p.Length);
        padded = Prompts.Any(p => p.Length != width);
        // The last token needs no place.
        capacity = Math.Max(firstLength, firstLength + Prompts.Max(p => longest(p.Length) - p.Length) - 1);
    }

    /// <summary>Whether inputs are sources of an encoder-decoder.</summary>
    public bool Rewrites { get; }

    /// <summary>For each input the tokens before the first new one.</summary>
    public IReadOnlyList<int[]> Prompts { get; }

    /// <summary>Inputs still at work.</summary>
    public int Items => items.Count;

    /// <summary>The cache, once there is one.</summary>
    public KeyValueCache? Cache => cache;

    /// <summary>Reads the inputs -> logits (items, vocabulary) of each item's first new token.</summary>
    public Tensor Start()
    {
        if (Rewrites)
        {
            Tensor encoded = model.Encode(Padded(inputs, left: false, out Tensor? mask), new ForwardOptions { AttentionMask = mask });
            memory = Tensor.Persistent(encoded.Shape);
            encoded.Device.Backend.Copy(encoded, memory);
        }
        if (items.Count > 1 && !Rewrites && Prompts.All(p => p.AsSpan().SequenceEqual(Prompts[0]))) return StartAlike();
        cache = model.NewCache(inputs.Count, capacity);
        return Logits(Padded(Prompts, left: true, out _));
    }

    /// <summary>One more token of each sequence -> logits (sequences, vocabulary) of the next.</summary>
    public Tensor Step(ReadOnlySpan<int> tokens) => Logits(Tensor.From(new Shape(tokens.Length, 1), tokens));

    /// <summary>Several more tokens of the one sequence -> logits (tokens, vocabulary) behind each.</summary>
    public Tensor Read(ReadOnlySpan<int> tokens) => Logits(Tensor.From(new Shape(1, tokens.Length), tokens), every: true);

    /// <summary>From here on each item has several sequences, which begin alike.</summary>
    public void Spread(int count)
    {
        if (count == 1) return;
        cache = cache!.Spread(count, capacity);
        copies = count;
    }

    /// <summary>Drops the items that are not named; the numbers are places among those still at work, ascending.</summary>
    public void Keep(IReadOnlyList<int> kept)
    {
        if (kept.Count == items.Count) return;
        int[] places = [.. kept];
        cache!.Keep(places, items.Count);
        if (memory is not null) memory = KeyValueCache.KeepSources(memory, places);
        int[] left = [.. places.Select(p => items[p])];
        items.Clear();
        items.AddRange(left);
    }

    // One prompt for all items is read once.
    private Tensor StartAlike()
    {
        cache = model.NewCache(1, firstLength);
        Tensor one = Logits(Tensor.From(new Shape(1, firstLength), Prompts[0])), all = Tensor.Empty(new Shape(items.Count, one.Columns));
        for (int row = 0; row < items.Count; row++) one.Row(0).CopyTo(all.Row(row));
        cache = cache.Spread(items.Count, capacity);
        return all;
    }

    /// <summary>What stands before the next token of an encoder-decoder's decoder.</summary>
    /// <exception cref="ArgumentException">The model names no token that its decoder starts with, or the prefix is too long or holds an unknown id.</exception>
    public static int[] Begun(TransformerConfig config, int? decoderStart, IReadOnlyList<int> prefix)
    {
        int start = decoderStart ?? throw new ArgumentException($"the {config.ModelType} model names no token that its decoder starts with: give one");
        if (config.Decoder!.Positions.HasEnd && prefix.Count >= config.Context) throw new ArgumentException($"{prefix.Count} tokens are written already; the model's context is {config.Context}");
        foreach (int id in prefix)
            if ((uint)id >= (uint)config.Vocabulary) throw new ArgumentException($"token id {id} is outside the model's vocabulary of {config.Vocabulary}");
        return [start, .. prefix];
    }

    private static void Check(IReadOnlyList<int[]> inputs, TransformerConfig config)
    {
        StackConfig stack = config.Encoder ?? config.Decoder!;
        int vocabulary = config.SourceVocabulary ?? config.Vocabulary;
        string what = config.Encoder is null ? "prompt" : "source";
        if (inputs.Count == 0) throw new ArgumentException($"no {what} was given");
        foreach (int[] input in inputs)
        {
            if (input.Length == 0) throw new ArgumentException($"a {what} must have at least one token");
            if (stack.Positions.HasEnd && input.Length > config.Context) throw new ArgumentException($"the {what} has {input.Length} tokens; the model's context is {config.Context}");
            foreach (int id in input)
                if ((uint)id >= (uint)vocabulary) throw new ArgumentException($"token id {id} is outside the model's vocabulary of {vocabulary}");
        }
    }

    private Tensor Logits(Tensor ids, bool every = false)
    {
        int rows = ids.Shape[0], length = ids.Shape[1], past = cache!.Length;
        Tensor? mask = null, places = null, sources = null;
        if (padded)
        {
            mask = Tensor.Zeros(new Shape(rows, past + length), DType.I32);
            places = Tensor.Zeros(ids.Shape, DType.I32);
            for (int row = 0; row < rows; row++)
            {
                int padding = firstLength - Prompts[items[row / copies]].Length;
                mask.Ints.Slice(row * (past + length) + padding, past + length - padding).Fill(1);
                for (int t = 0; t < length; t++) places.Ints[row * length + t] = Math.Max(0, past + t - padding);
            }
        }
        if (memory is not null) Padded([.. items.Select(i => inputs[i])], left: false, out sources, memory.Shape[1]);
        Tensor hidden = model.Hidden(ids, new ForwardOptions { Cache = cache, AttentionMask = mask, Positions = places, Memory = memory, MemoryMask = sources });
        Tensor last = hidden;
        if (length > 1 && !every) // only the last place of each sequence is projected
        {
            last = Tensor.Empty(new Shape(rows, hidden.Columns));
            for (int row = 0; row < rows; row++) hidden.Row(row * length + length - 1).CopyTo(last.Row(row));
        }
        Tensor logits = model.Logits(last.Reshape(new Shape(last.Rows, hidden.Columns)));
        if (!Kernels.Reduce.AllFinite(logits.Span)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        return logits;
    }

    // (texts, longest) ids and, where they differ in length, (texts, longest) 1 for a token.
    private static Tensor Padded(IReadOnlyList<int[]> texts, bool left, out Tensor? mask, int width = 0)
    {
        width = Math.Max(width, texts.Max(t => t.Length));
        Tensor ids = Tensor.Zeros(new Shape(texts.Count, width), DType.I32);
        mask = texts.Any(t => t.Length != width) ? Tensor.Zeros(ids.Shape, DType.I32) : null;
        for (int i = 0; i < texts.Count; i++)
        {
            int first = i * width + (left ? width - texts[i].Length : 0);
            texts[i].CopyTo(ids.Ints[first..]);
            mask?.Ints.Slice(first, texts[i].Length).Fill(1);
        }
        return ids;
    }
}
