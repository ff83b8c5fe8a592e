namespace Heed.Tokenization;

/// <summary>Numbers pairs of ids 0, 1, 2, ... in the order in which they are added (open addressing).</summary>
internal sealed class PairTable
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;   // 2^64 / the golden ratio

    private (ulong Key, int Index)[] entries = new (ulong, int)[1 << 12];   // key + 1; 0 = free
    private int shift = 64 - 12;

    public int Count { get; private set; }

    public int GetOrAdd(int left, int right, out bool added)
    {
        ulong key = Key(left, right);
        int mask = entries.Length - 1, slot = (int)((key * Multiplier) >> shift);
        while (entries[slot].Key != 0)
        {
            if (entries[slot].Key == key)
            {
                added = false;
                return entries[slot].Index;
            }
            slot = (slot + 1) & mask;
        }
        added = true;
        entries[slot] = (key, Count++);
        if (2L * Count > entries.Length) Grow();
        return Count - 1;
    }

    /// <summary>The number of a pair, or -1.</summary>
    public int Find(int left, int right)
    {
        ulong key = Key(left, right);
        int mask = entries.Length - 1;
        for (int slot = (int)((key * Multiplier) >> shift); entries[slot].Key != 0; slot = (slot + 1) & mask)
            if (entries[slot].Key == key)
                return entries[slot].Index;
        return -1;
    }

    private void Grow()
    {
        var old = entries;
        entries = new (ulong, int)[checked(2 * old.Length)];
        shift--;
        int mask = entries.Length - 1;
        foreach ((ulong key, int index) in old)
        {
            if (key == 0) continue;
            int slot = (int)((key * Multiplier) >> shift);
            while (entries[slot].Key != 0) slot = (slot + 1) & mask;
            entries[slot] = (key, index);
        }
    }

    private static ulong Key(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;
}
