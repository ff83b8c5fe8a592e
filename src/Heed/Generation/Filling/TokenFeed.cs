using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>The scores that follow a sequence, over a cache: of each sequence only what differs from the one before is read, in one pass.</summary>
internal sealed class TokenFeed(Transformer model)
{
    private const int LeastCapacity = 512;

    private readonly List<int> held = []; // the tokens in the cache
    private KeyValueCache? cache;

    /// <summary>Tokens that the model has read so far.</summary>
    public long Read { get; private set; }

    /// <summary>Passes of the model so far.</summary>
    public long Passes { get; private set; }

    /// <summary>Writes the scores of the token behind a sequence.</summary>
    /// <param name="sequence">At least one token.</param>
    /// <param name="scores">(vocabulary).</param>
    /// <exception cref="ArgumentException">The sequence is longer than the model's context.</exception>
    public void Scores(IReadOnlyList<int> sequence, Span<float> scores)
    {
        int context = model.Config.Context;
        if (sequence.Count > context) throw new ArgumentException($"the text has {sequence.Count} tokens; the model's context is {context}");
        if (cache is null || cache.Capacity < sequence.Count)
        {
            cache = model.NewCache(1, (int)Math.Min(context, Math.Max(2L * sequence.Count, LeastCapacity)));
            held.Clear();
        }
        int same = 0;
        while (same < Math.Min(held.Count, sequence.Count - 1) && held[same] == sequence[same]) same++;
        held.RemoveRange(same, held.Count - same);
        cache.Truncate(same);
        int[] added = [.. sequence.Skip(same)];
        using MemoryScope scope = new();
        Tensor hidden = model.Hidden(Tensor.From(new Shape(1, added.Length), added), new ForwardOptions { Cache = cache });
        held.AddRange(added);
        (Read, Passes) = (Read + added.Length, Passes + 1);
        ReadOnlySpan<float> logits = model.Logits(Tensor.From(new Shape(1, hidden.Columns), hidden.Row(added.Length - 1))).Row(0);
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        logits.CopyTo(scores);
    }
}
