namespace Heed.Tokenization;

/// <summary>Which pairs of tokens merge, how early, and into what: a read-only open-addressing hash table.</summary>
internal sealed class MergeTable
{
    /// <summary>The answer for a pair that never merges; greater than every other.</summary>
    public const ulong None = ulong.MaxValue;

    private struct Entry
    {
        public ulong Key;     // (left << 32 | right) + 1; 0 = free
        public ulong Merge;
    }

    // A random multiplier, so that nobody can prepare merges which all fall into one slot; no result depends on it.
    private static readonly ulong Multiplier = (ulong)Random.Shared.NextInt64() << 1 | 1;

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
            if (entries[slot].Key == key) return false;
        entries[slot] = new Entry { Key = key, Merge = ((ulong)(uint)rank << 32) | (uint)merged };
        return true;
    }

    /// <summary>
    /// What a pair merges into: its rank (smaller merges first) in the upper half, the id of the merged token in the lower; or <see cref="None"/>.
    /// </summary>
    public ulong Find(int left, int right)
    {
        Entry[] table = entries;
        ulong key = Key(left, right);
        for (int slot = Slot(key); ; slot = (slot + 1) & (table.Length - 1))
        {
            ref Entry entry = ref table[slot];
            if (entry.Key == key) return entry.Merge;
            if (entry.Key == 0) return None;
        }
    }

    private static ulong Key(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    private int Slot(ulong key) => (int)((key * Multiplier) >> shift);
}
