using System.Runtime.InteropServices;

namespace Heed.Tokenization;

/// <summary>
/// Numbers distinct byte strings 0, 1, 2, ... in the order in which they are added (open addressing, all keys in one array).
/// The hash has a random seed, so nobody can prepare text that makes every look-up slow; no result depends on it.
/// </summary>
internal sealed class ByteMap
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    private byte[] bytes = new byte[1024];
    private int[] ends = new int[64];
    private uint[] hashes = new uint[64];
    private int[] slots = new int[128];   // index + 1; 0 = free
    private int used;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : ends[index - 1];
            return bytes.AsSpan(start, ends[index] - start);
        }
    }

    /// <summary>The number of a key, or -1.</summary>
    public int Find(ReadOnlySpan<byte> key) => Find(key, Hash(key), out _);

    /// <summary>The number of a key, which is added if it is new.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> key, out bool added)
    {
        uint hash = Hash(key);
        int index = Find(key, hash, out int slot);
        added = index < 0;
        if (!added) return index;

        int end = checked(used + key.Length);
        if (end > bytes.Length) Array.Resize(ref bytes, (int)Math.Min(Math.Max(end, 2L * bytes.Length), Array.MaxLength));
        key.CopyTo(bytes.AsSpan(used));
        used = end;
        if (Count == ends.Length)
        {
            Array.Resize(ref ends, 2 * Count);
            Array.Resize(ref hashes, 2 * Count);
        }
        ends[Count] = end;
        hashes[Count] = hash;
        slots[slot] = ++Count;
        if (2 * Count > slots.Length) Rehash();
        return Count - 1;
    }

    public void Clear()
    {
        Array.Clear(slots);
        (Count, used) = (0, 0);
    }

    private int Find(ReadOnlySpan<byte> key, uint hash, out int slot)
    {
        int mask = slots.Length - 1;
        for (slot = (int)hash & mask; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            int index = slots[slot] - 1;
            if (hashes[index] == hash && this[index].SequenceEqual(key)) return index;
        }
        return -1;
    }

    private void Rehash()
    {
        slots = new int[checked(2 * slots.Length)];
        int mask = slots.Length - 1;
        for (int i = 0; i < Count; i++)
        {
            int slot = (int)hashes[i] & mask;
            while (slots[slot] != 0) slot = (slot + 1) & mask;
            slots[slot] = i + 1;
        }
    }

    private static uint Hash(ReadOnlySpan<byte> key)
    {
        ulong h = Seed ^ (ulong)key.Length;
        while (key.Length >= 8)
        {
            h = Mix(h ^ MemoryMarshal.Read<ulong>(key));
            key = key[8..];
        }
        ulong tail = 0;
        for (int i = 0; i < key.Length; i++) tail |= (ulong)key[i] << (8 * i);
        h = Mix(h ^ tail);
        return (uint)(h ^ (h >> 32));
    }

    /// <summary>Both halves of a 128-bit product, folded.</summary>
    private static ulong Mix(ulong x)
    {
        ulong high = Math.BigMul(x, 0x9E3779B97F4A7C15, out ulong low);
        return high ^ low;
    }
}
