using System.Buffers;

namespace Heed.Tokenization;

/// <summary>A heap of numbers with four children to a node, the least at the top.</summary>
internal struct MergeHeap(int capacity) : IDisposable
{
    private ulong[] items = ArrayPool<ulong>.Shared.Rent(capacity);
    private int count;

    /// <summary>Adds a number without keeping order, before <see cref="Order"/>.</summary>
    public void Append(ulong item)
    {
        if (count == items.Length) Grow();
        items[count++] = item;
    }

    /// <summary>Makes a heap of what was appended, in linear time.</summary>
    public readonly void Order()
    {
        for (int i = (count - 2) / 4; i >= 0 && count > 1; i--) Sink(i, items[i]);
    }

    public void Add(ulong item)
    {
        Append(item);
        int at = count - 1;
        for (int parent; at > 0 && items[parent = (at - 1) / 4] > item; at = parent) items[at] = items[parent];
        items[at] = item;
    }

    public bool TryTake(out ulong least)
    {
        least = count > 0 ? items[0] : 0;
        if (count == 0) return false;
        count--;
        if (count > 0) Sink(0, items[count]);
        return true;
    }

    private readonly void Sink(int at, ulong item)
    {
        Span<ulong> heap = items.AsSpan(0, count);
        while ((4 * at) + 1 < heap.Length)
        {
            int child = (4 * at) + 1, least = child;
            for (int i = child + 1; i < Math.Min(child + 4, heap.Length); i++)
                if (heap[i] < heap[least])
                    least = i;
            if (heap[least] >= item) break;
            heap[at] = heap[least];
            at = least;
        }
        heap[at] = item;
    }

    private void Grow()
    {
        ulong[] larger = ArrayPool<ulong>.Shared.Rent(checked(2 * items.Length));
        items.AsSpan(0, count).CopyTo(larger);
        ArrayPool<ulong>.Shared.Return(items);
        items = larger;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(items);
}
