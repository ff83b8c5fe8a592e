using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Heed.Tokenization;

/// <summary>
/// Encodes text with a split pattern that has a hand-made scanner and a byte-level BPE model, in one loop: cut a word, look it up
/// among the words met before, write its ids. The ids are those of the separate stages. One thread at a time uses it.
/// </summary>
internal abstract class WordEncoder
{
    /// <summary>Appends the ids of the text to <paramref name="output"/>.</summary>
    public abstract void Encode(ReadOnlySpan<byte> text, List<int> output);
}

/// <summary>The loop, compiled for each kind of words.</summary>
internal sealed class WordEncoder<T>(BpeModel model, T words) : WordEncoder where T : struct, IWordScanner
{
    private const int KeyLength = 15;   // longer words are not kept
    private const int MaxSlots = 1 << 17, MaxLists = 1 << 20;

    // A random key, so that nobody can prepare text whose words all fall into one slot; no result depends on it.
    private static readonly ulong LowSeed = (ulong)Random.Shared.NextInt64(), HighSeed = (ulong)Random.Shared.NextInt64();

    /// <summary>For each length, which bytes of 16 belong to the word.</summary>
    private static readonly Vector128<byte>[] Masks = [.. Enumerable.Range(0, 16).Select(n => Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)n)))];

    private struct Slot
    {
        public ulong Low, High;   // the word, and its length in the last byte; 0 = free
        public int Count;         // of ids; up to three are here, more of them from First on in the lists
        public int First, Second, Third;
    }

    private Slot[] slots = new Slot[1 << 10];
    private int used;
    private int[] lists = new int[64];
    private int listed;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> text, List<int> output)
    {
        int count = output.Count;
        Span<int> ids = Room(output, count, Math.Min(text.Length, 1 << 16));
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = words.NextEnd(text, start);
            int length = end - start;
            if (count + length + 3 > ids.Length) ids = Room(output, count, length);
            if (length > KeyLength)
            {
                count += model.Encode(text[start..end], ids[count..]);
                continue;
            }

            Vector128<byte> bytes = Load(text, start) & Masks[length];
            ulong low = bytes.AsUInt64().ToScalar(), high = bytes.AsUInt64().GetElement(1) | ((ulong)length << 56);
            ulong hash = Math.BigMul(low ^ LowSeed, high ^ HighSeed, out ulong lower) ^ lower;
            Slot[] table = slots;
            for (uint at = (uint)hash; ; at++)
            {
                ref Slot slot = ref table[at & (uint)(table.Length - 1)];
                if (slot.Low == low && slot.High == high)
                {
                    if (slot.Count <= 3)
                    {
                        Span<int> place = ids.Slice(count, 3);
                        place[0] = slot.First;
                        place[1] = slot.Second;
                        place[2] = slot.Third;
                    }
                    else lists.AsSpan(slot.First, slot.Count).CopyTo(ids[count..]);
                    count += slot.Count;
                    break;
                }
                if (slot.High == 0)
                {
                    int added = model.Encode(text[start..end], ids[count..]);
                    Keep(low, high, ids.Slice(count, added), ref slot);
                    count += added;
                    break;
                }
            }
        }
        CollectionsMarshal.SetCount(output, count);
    }

    private static Span<int> Room(List<int> output, int count, int more)
    {
        long needed = (long)count + more + 3;
        if (needed > output.Capacity) output.Capacity = (int)Math.Min(Math.Max(needed, 2L * output.Capacity), Math.Max(needed, Array.MaxLength));
        CollectionsMarshal.SetCount(output, output.Capacity);
        return CollectionsMarshal.AsSpan(output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Load(ReadOnlySpan<byte> text, int start) =>
        text.Length - start >= 16 ? Vector128.Create(text.Slice(start, 16)) : LoadLast(text[start..]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector128<byte> LoadLast(ReadOnlySpan<byte> text)
    {
        Span<byte> padded = stackalloc byte[16];
        text.CopyTo(padded);
        return Vector128.Create((ReadOnlySpan<byte>)padded);
    }

    private void Keep(ulong low, ulong high, ReadOnlySpan<int> ids, ref Slot slot)
    {
        if (ids.Length > 3 && listed + ids.Length > lists.Length) Array.Resize(ref lists, 2 * lists.Length);
        slot = new Slot { Low = low, High = high, Count = ids.Length };
        if (ids.Length > 3)
        {
            slot.First = listed;
            ids.CopyTo(lists.AsSpan(listed));
            listed += ids.Length;
        }
        else
        {
            if (ids.Length > 0) slot.First = ids[0];
            if (ids.Length > 1) slot.Second = ids[1];
            if (ids.Length > 2) slot.Third = ids[2];
        }
        if (2 * ++used > slots.Length) Grow();
    }

    /// <summary>Makes room, or forgets everything when there is as much as is kept.</summary>
    private void Grow()
    {
        Slot[] old = slots;
        if (old.Length >= MaxSlots || listed > MaxLists)
        {
            Array.Clear(old);
            (used, listed) = (0, 0);
            return;
        }
        slots = new Slot[2 * old.Length];
        foreach (ref readonly Slot slot in old.AsSpan())
        {
            if (slot.High == 0) continue;
            ulong hash = Math.BigMul(slot.Low ^ LowSeed, slot.High ^ HighSeed, out ulong lower) ^ lower;
            uint at = (uint)hash;
            while (slots[at & (uint)(slots.Length - 1)].High != 0) at++;
            slots[at & (uint)(slots.Length - 1)] = slot;
        }
    }
}
