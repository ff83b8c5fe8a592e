using System.Numerics;
using System.Runtime.InteropServices;
using Heed.Kernels;

namespace Heed.Generation;

// Ranking and cutting.
internal sealed partial class Candidates
{
    /// <summary>So many are ranked in a pass that keeps the best in a heap; more are sorted.</summary>
    private const int FewRanks = 1024;

    /// <summary>From so many on keys are sorted by their digits.</summary>
    private const int ManyKeys = 2000;

    /// <summary>What is gathered for a ranking by mass is at least this share as good as the best, then this share of that, and so on.</summary>
    private const float Step = 1 / 64f;

    private float[] floats = [];
    private ulong[] keys = [], moreKeys = [];

    /// <summary>Brings the most probable tokens to the head of the list: by their probabilities once these are known, else by their logits.</summary>
    public void Rank(int count)
    {
        count = Math.Min(count, Count);
        if (Ranked >= count) return;
        float[] by = known ? probabilities : logits;
        if (whole && count <= FewRanks && count < Count)
        {
            TopK.Forward(1, by.Length, by, count, Buffer(ref floats, count), ids);
            Ranked = count;
            return;
        }
        if (whole) WriteAll();
        Sort(by, Count);
        Ranked = Count;
    }

    /// <summary>Keeps the most probable ones.</summary>
    public void Keep(int count)
    {
        Rank(count);
        Cut(Math.Min(count, Count));
        Ranked = Count;
    }

    /// <summary>Keeps the fewest most probable tokens that have this share of the whole probability.</summary>
    public void KeepShare(double share)
    {
        Know();
        if (whole || Ranked < Count) KeepShare(probabilities, share);
        else Cut(Reach(share * Mass));
        Ranked = Count;
    }

    /// <summary>Keeps the fewest tokens that have this share of the whole probability, those with the largest scores first.</summary>
    /// <param name="by">(vocabulary) scores by id, 0 or more.</param>
    /// <param name="share">More than 0, up to 1.</param>
    public void KeepShare(ReadOnlySpan<float> by, double share)
    {
        double target = share * Mass;
        int listed = whole ? Gather(by, target) : Count;
        Sort(by, listed);
        int kept = Reach(target, listed);
        if (kept == listed && listed < Count) // the same sum, in the order of the ranking, fell short by its rounding
        {
            WriteAll();
            Sort(by, Count);
            kept = Reach(target, Count);
        }
        Cut(kept);
        Ranked = 0;
    }

    /// <summary>Keeps the tokens whose value is at least so large, in the order in which they stand; where there is none, the most probable one.</summary>
    /// <param name="values">(vocabulary) by id.</param>
    /// <param name="least">The bound.</param>
    public void KeepAtLeast(ReadOnlySpan<float> values, float least)
    {
        bool ranked = !whole && Ranked == Count;
        int kept = 0;
        if (whole)
        {
            kept = Gather(values, least);
            if (kept == Count)
            {
                Ranked = 0;
                return;
            }
        }
        else
            foreach (int id in Listed)
                if (values[id] >= least) ids[kept++] = id;
        if (kept == 0)
        {
            Ranked = 0;
            Keep(1);
            return;
        }
        Cut(kept);
        Ranked = ranked ? kept : 0;
    }

    /// <summary>Removes the most probable ones, fewer than there are.</summary>
    public void Drop(int count)
    {
        if (count == 0) return;
        Rank(count);
        if (whole && Ranked < Count)
        {
            foreach (int id in Listed[..count]) probabilities[id] = -1;
            int kept = 0;
            for (int id = 0; id < ids.Length; id++)
                if (probabilities[id] >= 0) ids[kept++] = id;
            Ranked = 0;
        }
        else
        {
            ids.AsSpan(count, Count - count).CopyTo(ids);
            Ranked -= count;
        }
        Cut(Count - count);
    }

    /// <summary>How many of the tokens left have at least this value.</summary>
    public int CountAtLeast(ReadOnlySpan<float> values, float least)
    {
        if (whole)
        {
            Ranked = 0;
            return Gather(values, least);
        }
        int count = 0;
        foreach (int id in Listed)
            if (values[id] >= least) count++;
        return count;
    }

    private void Cut(int count)
    {
        if (!whole && count == Count) return;
        (whole, Count, mass) = (false, count, null);
    }

    // How many of the list, from its head, have so much probability together; at least one.
    private int Reach(double target, int? most = null)
    {
        int kept = 1, end = most ?? Count;
        for (double sum = probabilities[ids[0]]; kept < end && sum < target; kept++) sum += probabilities[ids[kept]];
        return kept;
    }

    private void WriteAll()
    {
        for (int id = 0; id < ids.Length; id++) ids[id] = id;
    }

    // Writes down the best of a whole list until they have so much probability; returns how many they are.
    private int Gather(ReadOnlySpan<float> by, double target)
    {
        for (float least = by[Reduce.ArgMax(by)] * Step; ; least *= Step)
        {
            int count = Gather(by, least);
            double sum = 0;
            foreach (int id in ids.AsSpan(0, count)) sum += probabilities[id];
            if (sum >= target || count == by.Length) return count;
        }
    }

    // Writes down the tokens of a whole list whose value is at least so large, lower ids first; returns how many they are.
    private int Gather(ReadOnlySpan<float> values, float least)
    {
        int count = 0, id = 0;
        Vector<float> bound = new(least);
        foreach (Vector<float> some in MemoryMarshal.Cast<float, Vector<float>>(values))
        {
            if (Vector.GreaterThanOrEqualAny(some, bound))
                for (int i = id; i < id + Vector<float>.Count; i++)
                    if (values[i] >= least) ids[count++] = i;
            id += Vector<float>.Count;
        }
        for (; id < values.Length; id++)
            if (values[id] >= least) ids[count++] = id;
        return count;
    }

    // Sorts the first of the list: larger values first, of equals the lower id.
    private void Sort(ReadOnlySpan<float> by, int count)
    {
        Span<ulong> order = Buffer(ref keys, count);
        bool rising = true; // whether lower ids come first already
        for (int i = 0; i < count; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(by[ids[i]] + 0f); // -0 is 0
            uint falling = (bits & 0x80000000) != 0 ? bits : bits ^ 0x7FFFFFFF;
            order[i] = (ulong)falling << 32 | (uint)ids[i];
            rising &= i == 0 || ids[i] > ids[i - 1];
        }
        if (rising && count > ManyKeys) order = SortByDigits(order);
        else order.Sort();
        for (int i = 0; i < count; i++) ids[i] = (int)(uint)order[i];
    }

    // Sorts by the upper halves, eleven bits at a time from the lowest, and leaves equal ones in their order; the result lies in another buffer.
    private Span<ulong> SortByDigits(Span<ulong> order)
    {
        const int bits = 11, digits = 1 << bits;
        Span<ulong> other = Buffer(ref moreKeys, order.Length);
        Span<int> places = stackalloc int[digits];
        for (int shift = 32; shift < 64; shift += bits)
        {
            places.Clear();
            foreach (ulong key in order) places[(int)(key >> shift) & (digits - 1)]++;
            int before = 0;
            foreach (ref int place in places) (place, before) = (before, before + place);
            foreach (ulong key in order) other[places[(int)(key >> shift) & (digits - 1)]++] = key;
            Span<ulong> sorted = other;
            other = order;
            order = sorted;
        }
        return order;
    }
}
