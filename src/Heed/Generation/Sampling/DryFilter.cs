using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// "Don't repeat yourself": a token that would make the end of the text a longer copy of something before it loses multiplier · base^(length - allowed
/// length), where length is that of the copy so far. Copies do not reach across sequence breakers.
/// </summary>
/// <remarks>The lengths of all copies of the end are the Z-function of the reversed text (Gusfield 1997): linear in its length.</remarks>
internal sealed class DryFilter : ITokenFilter
{
    private readonly DryOptions options;
    private readonly Dictionary<int, int[][]> breakers; // what may follow the first token of each
    private readonly HashSet<int> single; // breakers of one token
    private readonly double longest;                    // exponent at which the power would leave the range of floats
    private readonly Dictionary<int, int> penalised = []; // token -> length of the longest copy that it would go on with
    private int[] copies = [];

    public DryFilter(DryOptions options)
    {
        this.options = options;
        breakers = options.Breakers.GroupBy(b => b[0]).ToDictionary(g => g.Key, g => g.Select(b => b.Skip(1).ToArray()).ToArray());
        single = [.. options.Breakers.Where(b => b.Count == 1).Select(b => b[0])];
        longest = options.Base > 1.000001f ? Math.Floor(Math.Log(float.MaxValue) / Math.Log(options.Base)) : double.PositiveInfinity;
    }

    public void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random)
    {
        if (options.Range is { } range && sequence.Length > range) sequence = sequence[^range..];
        if (sequence.Length <= options.AllowedLength) return;
        int limit = SinceBreaker(sequence);
        if (limit < options.AllowedLength) return;
        FindCopies(sequence);
        penalised.Clear();
        for (int back = 1; back < sequence.Length; back++)
        {
            int length = Math.Min(copies[back], limit), next = sequence[^back];
            if (length >= options.AllowedLength && penalised.GetValueOrDefault(next, -1) < length) penalised[next] = length;
        }
        if (penalised.Count == 0) return;
        foreach ((int id, int length) in penalised)
        {
            if (single.Contains(id)) continue;
            candidates.Logits[id] -= (float)(options.Multiplier * Math.Pow(options.Base, Math.Min(length - options.AllowedLength, longest)));
        }
        candidates.Changed();
    }

    // Tokens behind the last breaker.
    private int SinceBreaker(ReadOnlySpan<int> sequence)
    {
        for (int back = 0; back < sequence.Length; back++)
        {
            if (!breakers.TryGetValue(sequence[^(back + 1)], out int[][]? tails)) continue;
            int match = -1;
            foreach (int[] tail in tails)
                if (tail.Length > match && tail.Length <= back && sequence.Slice(sequence.Length - back, tail.Length).SequenceEqual(tail)) match = tail.Length;
            if (match >= 0) return back - match;
        }
        return sequence.Length;
    }

    // copies[back]: how many tokens before the last `back` ones are the same as at the end.
    private void FindCopies(ReadOnlySpan<int> sequence)
    {
        int n = sequence.Length;
        if (copies.Length < n) copies = new int[Math.Max(n, 2 * copies.Length)];
        copies[0] = n;
        for (int back = 1, left = 0, right = 0; back < n; back++)
        {
            int same = back < right ? Math.Min(right - back, copies[back - left]) : 0;
            while (back + same < n && sequence[^(same + 1)] == sequence[^(back + same + 1)]) same++;
            copies[back] = same;
            if (back + same > right) (left, right) = (back, back + same);
        }
    }
}
