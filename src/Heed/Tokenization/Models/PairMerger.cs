using System.Buffers;

namespace Heed.Tokenization;

/// <summary>The merging of byte-pair encoding: again and again the pair with the smallest rank, the leftmost first, becomes one token.</summary>
internal sealed class PairMerger(MergeTable table)
{
    private const int ScanLimit = 48;   // up to here a scan for the best pair beats a heap

    /// <summary>Merges the tokens in place; returns how many are left at the front. n tokens cost O(n log n).</summary>
    public int Merge(Span<int> ids) => ids.Length <= 1 ? ids.Length : ids.Length <= ScanLimit ? MergeByScan(ids) : MergeByHeap(ids);

    /// <summary>Few tokens: the merges of all neighbours in an array, of which the smallest is looked for in each round.</summary>
    private int MergeByScan(Span<int> ids)
    {
        Span<ulong> merges = stackalloc ulong[ScanLimit];
        int pairs = ids.Length - 1;
        for (int i = 0; i < pairs; i++) merges[i] = table.Find(ids[i], ids[i + 1]);
        while (pairs > 0)
        {
            int best = 0;
            ulong least = merges[0];
            for (int i = 1; i < pairs; i++)
                if (merges[i] >> 32 < least >> 32)
                    (best, least) = (i, merges[i]);
            if (least == MergeTable.None) break;

            ids[best] = (int)least;
            for (int i = best + 1; i < pairs; i++)
            {
                ids[i] = ids[i + 1];
                merges[i - 1] = merges[i];
            }
            pairs--;
            if (best > 0) merges[best - 1] = table.Find(ids[best - 1], ids[best]);
            if (best < pairs) merges[best] = table.Find(ids[best], ids[best + 1]);
        }
        return pairs + 1;
    }

    /// <summary>Many tokens: a linked list of them, and a heap of pairs by rank and then by place.</summary>
    private int MergeByHeap(Span<int> ids)
    {
        int count = ids.Length;
        int[] next = ArrayPool<int>.Shared.Rent(count), previous = ArrayPool<int>.Shared.Rent(count);
        var heap = new MergeHeap(count);
        for (int i = 0; i < count; i++) (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < count; i++)
            if (table.Find(ids[i], ids[i + 1]) is var merge and not MergeTable.None)
                heap.Append(Entry(merge, i));
        heap.Order();

        while (heap.TryTake(out ulong entry))
        {
            // An entry is stale when its left token is gone or the pair there is no longer the one which was pushed.
            int left = (int)entry, right = ids[left] < 0 ? count : next[left];
            if (right >= count) continue;
            ulong merge = table.Find(ids[left], ids[right]);
            if (merge >> 32 != entry >> 32) continue;
            ids[left] = (int)merge;
            ids[right] = -1;
            int after = next[left] = next[right];
            if (after < count)
            {
                previous[after] = left;
                if (table.Find(ids[left], ids[after]) is var pair and not MergeTable.None) heap.Add(Entry(pair, left));
            }
            if (previous[left] >= 0 && table.Find(ids[previous[left]], ids[left]) is var before and not MergeTable.None)
                heap.Add(Entry(before, previous[left]));
        }
        int kept = 0;
        for (int i = 0; i < count; i = next[i]) ids[kept++] = ids[i];
        heap.Dispose();
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
        return kept;
    }

    private static ulong Entry(ulong merge, int place) => (merge & 0xFFFFFFFF_00000000) | (uint)place;
}
