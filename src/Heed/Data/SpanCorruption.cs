using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// T5's objective (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, appendix C of its code: random spans): some spans of a text are taken
/// out, a sentinel stands in the place of each, and the target is the sentinels with what they stand for.
/// <code>
/// text    Thank you for inviting me to your party last week .
/// source  Thank you &lt;extra_id_0> me to your party &lt;extra_id_1> week .
/// target  &lt;extra_id_0> for inviting &lt;extra_id_1> last
/// </code>
/// </summary>
/// <remarks>
/// The share of tokens taken out and the number of spans are the same for every text of a length; their lengths and places are drawn, each
/// way to cut as likely as any other. A text begins with a token that stays, and (as in the original) ends with a span.
/// </remarks>
public sealed class SpanCorruption
{
    private readonly double rate, spanLength;
    private readonly int[] sentinels;

    /// <summary>Makes the objective.</summary>
    /// <param name="rate">Share of the tokens that are taken out, above 0 and below 1; T5: 0.15.</param>
    /// <param name="spanLength">Mean tokens of a span, 1 or more; T5: 3.</param>
    /// <param name="sentinels">Ids of the sentinels, in the order in which they are used; no text has more spans than there are.</param>
    /// <exception cref="ArgumentException">A number is out of range, or there is no sentinel.</exception>
    public SpanCorruption(double rate, double spanLength, IReadOnlyList<int> sentinels)
    {
        if (rate is not (> 0 and < 1) || !(spanLength >= 1)) throw new ArgumentException($"a rate above 0 and below 1 and spans of 1 token or more were expected, given {rate} and {spanLength}");
        if (sentinels.Count == 0) throw new ArgumentException("a sentinel is needed for each span that is taken out; there are none");
        (this.rate, this.spanLength, this.sentinels) = (rate, spanLength, [.. sentinels]);
    }

    /// <summary>The source and the target of a text, without end tokens.</summary>
    /// <param name="ids">The text, 2 tokens or more.</param>
    /// <param name="random">What spans are drawn from.</param>
    /// <exception cref="ArgumentException">The text is shorter.</exception>
    public (int[] Source, int[] Target) Corrupt(ReadOnlySpan<int> ids, RandomSource random)
    {
        if (ids.Length < 2) throw new ArgumentException($"a text of 2 tokens or more can lose some of them, given {ids.Length}");
        int noise = Math.Clamp((int)Math.Round(ids.Length * rate, MidpointRounding.ToEven), 1, ids.Length - 1), kept = ids.Length - noise;
        int spans = Math.Clamp((int)Math.Round(noise / spanLength, MidpointRounding.ToEven), 1, Math.Min(Math.Min(noise, kept), sentinels.Length));
        int[] lost = Cut(noise, spans, ref random), stay = Cut(kept, spans, ref random);
        List<int> source = new(kept + spans), target = new(noise + spans);
        int at = 0;
        for (int i = 0; i < spans; i++)
        {
            source.AddRange(ids.Slice(at, stay[i]));
            source.Add(sentinels[i]);
            target.Add(sentinels[i]);
            target.AddRange(ids.Slice(at + stay[i], lost[i]));
            at += stay[i] + lost[i];
        }
        return ([.. source], [.. target]);
    }

    /// <summary>The text that a source and a target are of: each sentinel of the source gives way to what follows it in the target, up to the next one there.</summary>
    public int[] Restore(ReadOnlySpan<int> source, ReadOnlySpan<int> target)
    {
        Dictionary<int, List<int>> spans = [];
        List<int>? open = null;
        foreach (int id in target)
            if (Array.IndexOf(sentinels, id) >= 0) spans[id] = open = [];
            else open?.Add(id);
        List<int> text = [];
        foreach (int id in source)
            if (spans.TryGetValue(id, out List<int>? span)) text.AddRange(span);
            else text.Add(id);
        return [.. text];
    }

    // A number as the sum of `parts` numbers of 1 or more: the places of the cuts are drawn without replacement.
    private static int[] Cut(int total, int parts, ref RandomSource random)
    {
        int[] cuts = [0, .. Draw.Of(parts - 1, total - 1, ref random).Select(c => c + 1), total];
        return [.. Enumerable.Range(0, parts).Select(i => cuts[i + 1] - cuts[i])];
    }
}
