namespace Heed.Tokenization;

/// <summary>Which pairs of tokens merge, how early, and into what: a read-only open-addressing hash table.</summary>
internal sealed class MergeTable
{
    private struct Entry
    {
        public ulong Key;     // (left << 32 | right) + 1; 0 = free
        public int Rank;
        public int Merged;
    }

    private readonly Entry[] entries;
    private readonly int shift;

    public MergeTable(int capacity)
    {
        int bits = 4;
        while (1L << bits < 2L * capacity) bits++;
        entries = new Entry[1L << bits];
        shift = 64 - bits;
    }

    /// <summary>Adds a merge; false when the pair is there already.</summary>
    public bool TryAdd(int left, int right, int rank, int merged)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        for (; entries[slot].Key != 0; slot = (slot + 1) & (entries.Length - 1))
            if (entries[slot].Key == key)
                return false;
        entries[slot] = new Entry { Key = key, Rank = rank, Merged = merged };
        return true;
    }

    /// <summary>The rank of a pair (smaller merges first), or int.MaxValue when it never merges.</summary>
    public int Find(int left, int right, out int merged)
    {
        Entry[] table = entries;
        ulong key = Key(left, right);
        for (int slot = Slot(key); ; slot = (slot + 1) & (table.Length - 1))
        {
            ref Entry entry = ref table[slot];
            if (entry.Key == key)
            {
                merged = entry.Merged;
                return entry.Rank;
            }
            if (entry.Key == 0)
            {
                merged = -1;
                return int.MaxValue;
            }
        }
    }

    private static ulong Key(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> shift);
}
