using System.Runtime.InteropServices;

namespace Heed.Tokenization;

/// <summary>
/// The merges of byte-pair encoding, one by one. Every pair of neighbours has its count and the list of places where it stood when it
/// arose, both kept up to date, and a heap finds the best pair; so all merges together cost about as much as reading the words a few times.
/// <para>
/// Counts only fall after a pair has arisen, and the first place of a pair only moves on, so an entry of the heap is never too bad: it is
/// taken out, compared with the truth, and put back in its right place if the truth has become worse.
/// </para>
/// </summary>
internal sealed class BpeMerger
{
    private struct Pair
    {
        public int Left, Right;
        public long Count;
        public int Start, Length;   // its places in the list of places; some may no longer hold it
        public int Fresh;           // places found in this round
        public bool Allowed;
    }

    private readonly BpeSymbols symbols;
    private readonly List<string> tokens;
    private readonly int[] cells, words;
    private readonly long[] counts;
    private readonly long minFrequency;
    private readonly MergeRule rule;
    private readonly List<Pair> pairs = [];
    private readonly PairTable table = new();
    private readonly PriorityQueue<int, MergeCandidate> queue;
    private readonly List<(int Pair, int Place)> fresh = [];
    private readonly List<int> touched = [];        // pairs with fresh places
    private int[] places = new int[1024];
    private int placesUsed;

    public BpeMerger(BpeSymbols symbols, ReadOnlySpan<long> counts, long minFrequency, MergeRule rule)
    {
        this.symbols = symbols;
        this.counts = counts.ToArray();
        this.minFrequency = minFrequency;
        this.rule = rule;
        (tokens, cells, words) = (symbols.Tokens, symbols.Cells, symbols.Words);
        queue = new PriorityQueue<int, MergeCandidate>(rule.Comparer(tokens));

        for (int at = 1; at + 1 < cells.Length; at++)
            if (cells[at] >= 0 && cells[at + 1] >= 0)
                Count(cells[at], cells[at + 1], this.counts[words[at]], at);
        Settle();
    }

    /// <summary>The pairs in the order in which they were merged.</summary>
    public List<(int Left, int Right)> Merges { get; } = [];

    /// <summary>Makes the best pair a token, everywhere; false when no pair is frequent enough.</summary>
    public bool MergeBest(out long count)
    {
        while (TakeBest(out int best))
        {
            ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[best];
            count = pair.Count;
            (int left, int right, int start, int length) = (pair.Left, pair.Right, pair.Start, pair.Length);
            (pair.Count, pair.Length) = (0, 0);

            string token = rule.Join(tokens[left], tokens[right]);
            int symbolCount = symbols.Lengths[left] + symbols.Lengths[right], known = symbols.Find(token);
            // "ab" + "c" may spell a token that "a" + "bc" gave before.
            if (known >= 0 && (rule.SkipsKnown || symbols.Lengths[known] != symbolCount)) continue;
            int merged = symbols.GetOrAdd(token, symbolCount);
            Merges.Add((left, right));
            for (int i = start; i < start + length; i++)
                if (Stands(left, right, places[i]))
                    MergeAt(places[i], left, right, merged);
            CollectionsMarshal.AsSpan(pairs)[best].Count = 0;   // "aaa" has the pair (a, a) twice but room for one merge
            Settle();
            return true;
        }
        count = 0;
        return false;
    }

    private bool TakeBest(out int best)
    {
        while (queue.TryPeek(out best, out MergeCandidate candidate))
        {
            if (candidate.Count < minFrequency) return false;
            MergeCandidate now = CandidateOf(best);
            if (now == candidate)
            {
                queue.Dequeue();
                return true;
            }
            if (now.Count >= minFrequency) queue.DequeueEnqueue(best, now);
            else queue.Dequeue();
        }
        return false;
    }

    private MergeCandidate CandidateOf(int index)
    {
        ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[index];
        if (rule.Tie == BpeTieRule.FirstInText)
            while (pair.Length > 0 && !Stands(pair.Left, pair.Right, places[pair.Start]))
            {
                pair.Start++;
                pair.Length--;
            }
        return rule.Candidate(pair.Count, pair.Left, pair.Right, pair.Length > 0 ? places[pair.Start] : 0, tokens, symbols.Lengths);
    }

    private bool Stands(int left, int right, int place) => cells[place] == left && cells[place + symbols.Lengths[left]] == right;

    private void MergeAt(int place, int left, int right, int merged)
    {
        int middle = place + symbols.Lengths[left], end = middle + symbols.Lengths[right];
        long times = counts[words[place]];
        int before = cells[place - 1], after = cells[end];
        int previous = before >= 0 ? place - 1 : place + before;   // where the token before begins
        bool hasPrevious = before != BpeSymbols.Boundary, hasNext = after != BpeSymbols.Boundary;
        if (hasPrevious) Uncount(cells[previous], left, times);
        if (hasNext) Uncount(right, after, times);

        cells[middle] = BpeSymbols.Inside;
        cells[end - 1] = place - end;
        cells[place] = merged;
        if (hasPrevious) Count(cells[previous], merged, times, previous);
        if (hasNext) Count(merged, after, times, place);
    }

    private void Count(int left, int right, long times, int place)
    {
        int index = table.GetOrAdd(left, right, out bool added);
        if (added) pairs.Add(new Pair { Left = left, Right = right, Allowed = rule.Allows(tokens, symbols.Lengths, left, right) });
        ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[index];
        if (!pair.Allowed) return;
        pair.Count += times;
        if (pair.Fresh++ == 0) touched.Add(index);
        fresh.Add((index, place));
    }

    private void Uncount(int left, int right, long times)
    {
        int index = table.Find(left, right);
        if (index < 0) return;
        ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[index];
        if (pair.Allowed) pair.Count -= times;
    }

    /// <summary>Gives the pairs of this round their places and puts them into the heap.</summary>
    private void Settle()
    {
        Span<Pair> all = CollectionsMarshal.AsSpan(pairs);
        long needed = (long)placesUsed + fresh.Count;
        foreach (int index in touched) needed += all[index].Length;
        if (needed > Array.MaxLength) throw new ArgumentException($"The distinct words of the text have too many pairs to train on; at most {Array.MaxLength} are possible.");
        if (needed > places.Length) Array.Resize(ref places, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * places.Length)));
        foreach (int index in touched)
        {
            ref Pair pair = ref all[index];
            // A pair that arises again, after a token was learned in a second way, keeps the places that it had.
            places.AsSpan(pair.Start, pair.Length).CopyTo(places.AsSpan(placesUsed));
            pair.Start = placesUsed;
            placesUsed += pair.Length + pair.Fresh;
        }
        foreach ((int index, int place) in fresh)
        {
            ref Pair pair = ref all[index];
            places[pair.Start + pair.Length++] = place;
        }
        var candidates = new List<(int, MergeCandidate)>(touched.Count);
        foreach (int index in touched)
        {
            ref Pair pair = ref all[index];
            if (pair.Length > pair.Fresh) places.AsSpan(pair.Start, pair.Length).Sort();
            pair.Fresh = 0;
            if (pair.Count >= minFrequency) candidates.Add((index, CandidateOf(index)));
        }
        queue.EnqueueRange(candidates);
        fresh.Clear();
        touched.Clear();
    }
}
