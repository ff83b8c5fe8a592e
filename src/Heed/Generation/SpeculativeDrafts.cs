using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Guesses how a text goes on.</summary>
internal interface ISpeculativeDraft
{
    /// <summary>Writes guesses for the tokens behind a sampler's sequence; returns how many.</summary>
    /// <param name="target">The sampler of the text.</param>
    /// <param name="guesses">Room for the most that are wanted.</param>
    int Guess(Sampler target, Span<int> guesses);

    /// <summary>The probabilities (vocabulary) from which a guess was drawn; null where it was not drawn.</summary>
    /// <param name="place">Its place among the guesses.</param>
    float[]? Shares(int place);
}

/// <summary>Guesses that the text goes on as it did where its end, as many tokens of it as possible, stood before; of equal places the last.</summary>
internal sealed class LookupDraft(int longest) : ISpeculativeDraft
{
    /// <summary>One equal token says little.</summary>
    private const int Shortest = 2;

    public int Guess(Sampler target, Span<int> guesses)
    {
        ReadOnlySpan<int> text = target.Sequence;
        int best = Math.Min(Shortest, longest) - 1, distance = 0;
        if (guesses.Length == 0 || text.Length < 2) return 0;
        for (int at = text[..^1].LastIndexOf(text[^1]); at >= 0 && best < longest; at = text[..at].LastIndexOf(text[^1]))
        {
            int same = 1, back = text.Length - 1 - at;
            while (same < longest && same <= at && text[at - same] == text[^(same + 1)]) same++;
            if (same > best) (best, distance) = (same, back);
        }
        if (distance == 0) return 0;
        // What is copied may reach into the copy: a text with a period goes on with it.
        for (int i = 0; i < guesses.Length; i++) guesses[i] = i < distance ? text[text.Length - distance + i] : guesses[i - distance];
        return guesses.Length;
    }

    public float[]? Shares(int place) => null;
}

/// <summary>A smaller model writes ahead, with the same rules and filters; its cache keeps what proves right.</summary>
internal sealed class ModelDraft(Transformer model, SamplingOptions options, Sampler sampler, int most) : ISpeculativeDraft
{
    private readonly KeyValueCache cache = model.NewCache(1, most);
    private readonly List<int> held = []; // the tokens in the cache
    private readonly List<float[]> shares = [];

    public int Guess(Sampler target, Span<int> guesses)
    {
        sampler.Follow(target);
        ReadOnlySpan<int> text = target.Sequence;
        int same = Math.Min(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(held).CommonPrefixLength(text), text.Length - 1);
        held.RemoveRange(same, held.Count - same);
        cache.Truncate(same);
        int count = 0;
        ReadOnlySpan<int> next = text[same..];
        while (count < guesses.Length && held.Count + next.Length <= cache.Capacity)
        {
            if (Next(next, count) is not { } guess) break;
            guesses[count] = guess;
            next = guesses.Slice(count++, 1);
        }
        return count;
    }

    public float[]? Shares(int place) => options.Temperature > 0 ? shares[place] : null;

    // Null where the rules leave nothing: the text is at its end.
    private int? Next(ReadOnlySpan<int> tokens, int place)
    {
        using MemoryScope scope = new();
        Tensor hidden = model.Hidden(Tensor.From(new Shape(1, tokens.Length), tokens), new ForwardOptions { Cache = cache });
        held.AddRange(tokens);
        ReadOnlySpan<float> logits = model.Logits(Tensor.From(new Shape(1, hidden.Columns), hidden.Row(tokens.Length - 1))).Row(0);
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the draft model's logits are not finite: its weights are damaged or its training diverged");
        if (options.Temperature == 0) return sampler.Next(logits).Id;
        while (shares.Count <= place) shares.Add(new float[logits.Length]);
        sampler.Weigh(logits).CopyShares(shares[place]);
        int id = sampler.Draw();
        return shares[place][id] > 0 ? id : null;
    }
}
