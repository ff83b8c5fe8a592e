using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// BART's ways to damage a text that a model then restores (Lewis et al. 2020, https://arxiv.org/abs/1910.13461, section 2.2). They are
/// applied in this order: sentences in another order, rotation, deletion, then masks for single tokens or (text infilling) for spans.
/// </summary>
public sealed record TextNoise
{
    /// <summary>Id that stands for what is hidden.</summary>
    public required int MaskToken { get; init; }

    /// <summary>Share of the tokens that are hidden; 0 = none.</summary>
    public double Rate { get; init; } = 0.3;

    /// <summary>Mean of the lengths of hidden spans (Poisson; a span of length 0 puts a mask where nothing is missing), each behind one mask; 0 = single tokens, each behind its own.</summary>
    public double SpanLength { get; init; } = 3;

    /// <summary>Share of the tokens that are deleted: the model must find out where.</summary>
    public double Deletion { get; init; }

    /// <summary>Probability that a text's sentences are put in another order.</summary>
    public double Permutation { get; init; }

    /// <summary>Probability that a text is rotated so that it begins with another of its tokens.</summary>
    public double Rotation { get; init; }

    /// <summary>Whether a token ends a sentence; null = none does.</summary>
    public Func<int, bool>? EndsSentence { get; init; }

    /// <summary>The damaged text.</summary>
    /// <param name="ids">The text, without special tokens; 1 or more.</param>
    /// <param name="random">What the damage is drawn from.</param>
    public int[] Damage(ReadOnlySpan<int> ids, RandomSource random)
    {
        int[] text = ids.ToArray();
        if (Permutation > 0 && random.NextDouble() < Permutation) text = Permuted(text, ref random);
        if (Rotation > 0 && random.NextDouble() < Rotation)
        {
            int first = random.Next(text.Length);
            text = [.. text[first..], .. text[..first]];
        }
        if (Deletion > 0) text = Deleted(text, ref random);
        if (Rate > 0) text = SpanLength > 0 ? Infilled(text, ref random) : Masked(text, ref random);
        return text;
    }

    private int[] Permuted(int[] text, ref RandomSource random)
    {
        List<int[]> sentences = [];
        for (int first = 0, next; first < text.Length; first = next)
        {
            next = first + 1;
            while (next < text.Length && !(EndsSentence?.Invoke(text[next - 1]) == true && !EndsSentence(text[next]))) next++; // of "?!" the last mark ends it
            sentences.Add(text[first..next]);
        }
        int[][] order = [.. sentences];
        Draw.Shuffle(order.AsSpan(), ref random);
        return [.. order.SelectMany(s => s)];
    }

    // Something must be left to read.
    private int[] Deleted(int[] text, ref RandomSource random)
    {
        int count = Math.Min((int)Math.Round(text.Length * Deletion), text.Length - 1);
        HashSet<int> gone = [.. Draw.Of(count, text.Length, ref random)];
        return [.. text.Where((_, i) => !gone.Contains(i))];
    }

    private int[] Masked(int[] text, ref RandomSource random)
    {
        foreach (int place in Draw.Of(Hidden(text.Length), text.Length, ref random)) text[place] = MaskToken;
        return text;
    }

    // Spans are drawn until they hold as many tokens as shall be hidden (the last is cut), and then set among the tokens that stay.
    private int[] Infilled(int[] text, ref RandomSource random)
    {
        int hidden = Hidden(text.Length), left = hidden;
        List<int> spans = [];
        while (left > 0)
        {
            int length = Math.Min(Draw.Poisson(SpanLength, ref random), left);
            spans.Add(length);
            left -= length;
        }
        int items = text.Length - hidden + spans.Count;
        int[] places = Draw.Of(spans.Count, items, ref random);
        Span<int> lengths = [.. spans];
        Draw.Shuffle(lengths, ref random); // the cut one is not always the last
        int[] damaged = new int[items];
        for (int item = 0, at = 0, span = 0; item < items; item++)
        {
            bool isSpan = span < places.Length && places[span] == item;
            damaged[item] = isSpan ? MaskToken : text[at];
            at += isSpan ? lengths[span++] : 1;
        }
        return damaged;
    }

    private int Hidden(int tokens) => Math.Clamp((int)Math.Round(tokens * Rate), 1, tokens);
}
