namespace Heed.Tensors;

/// <summary>
/// The memory of one step: every tensor made while the scope is open is born in it, and all of them go back to a pool when it ends.
/// Users write one <c>using</c> for a step and no <c>Dispose</c> on tensors.
/// </summary>
/// <remarks>Scopes are per thread and nest. The pool outlives the scope, so the next step of the same shapes touches no new pages.</remarks>
public sealed class MemoryScope : IDisposable
{
    [ThreadStatic] private static MemoryScope? current;

    private readonly MemoryPool pool;
    private readonly List<Storage> born;
    private readonly MemoryScope? outer;
    private bool disposed;

    /// <summary>Opens a scope on this thread.</summary>
    /// <param name="pool">Where memory comes from and returns to; null for this thread's own pool.</param>
    public MemoryScope(MemoryPool? pool = null)
    {
        this.pool = pool ?? MemoryPool.OfThread;
        born = this.pool.RentList();
        outer = current;
        current = this;
    }

    /// <summary>The innermost open scope of this thread, or null.</summary>
    public static MemoryScope? Current => current;

    /// <summary>How many storages were born so far: a mark for <see cref="ReleaseRange"/>.</summary>
    internal int Mark => born.Count;

    internal Storage Allocate(long bytes)
    {
        Storage storage = pool.Take(bytes);
        storage.Scope = this;
        storage.BornIndex = born.Count;
        born.Add(storage);
        return storage;
    }

    /// <summary>Returns the memory of a storage whose last reference is gone, before the scope ends.</summary>
    internal void Return(Storage storage)
    {
        storage.Retire();
        storage.Scope = null;
        pool.Give(storage);
    }

    /// <summary>Releases what was born between two marks, except <paramref name="keep"/>.</summary>
    internal void ReleaseRange(int from, int to, Storage? keep = null)
    {
        for (int i = from; i < to; i++)
        {
            Storage? storage = born[i];
            if (storage is null || storage == keep) continue;
            born[i] = null!;
            // A storage returned early may have been handed out again: then a later entry of the list owns it.
            if (storage.Scope == this && storage.BornIndex == i) storage.Release();
        }
    }

    /// <summary>Ends the scope: every tensor born in it becomes invalid and its memory is pooled.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        if (current != this) throw new InvalidOperationException("memory scopes must end in the reverse order of their opening, on the thread that opened them");
        current = outer;
        foreach (Storage? storage in born)
            if (storage?.Scope == this) Return(storage);
        pool.ReturnList(born);
    }
}

/// <summary>Free memory blocks by size class, kept between steps. Not thread-safe: one pool serves one thread at a time.</summary>
public sealed class MemoryPool
{
    [ThreadStatic] private static MemoryPool? ofThread;

    private readonly Dictionary<long, Stack<Storage>> free = [];
    private readonly Stack<List<Storage>> lists = new();

    /// <summary>This thread's own pool.</summary>
    public static MemoryPool OfThread => ofThread ??= new MemoryPool();

    /// <summary>Bytes allocated by this pool so far, in use or free.</summary>
    public long AllocatedBytes { get; private set; }

    internal Storage Take(long bytes)
    {
        long size = SizeClass(bytes);
        // Steps of ever other shapes would otherwise keep a block of every size: up to twice what is asked for will do.
        for (long wide = size; wide <= 2 * size; wide = SizeClass(wide + 1))
        {
            if (!free.TryGetValue(wide, out Stack<Storage>? stack) || !stack.TryPop(out Storage? storage)) continue;
            storage.Rebirth();
            return storage;
        }
        AllocatedBytes += size;
        return new Storage(size);
    }

    internal void Give(Storage storage)
    {
        if (!free.TryGetValue(storage.Bytes, out Stack<Storage>? stack)) free.Add(storage.Bytes, stack = new());
        stack.Push(storage);
    }

    internal List<Storage> RentList() => lists.TryPop(out List<Storage>? list) ? list : new List<Storage>(256);

    internal void ReturnList(List<Storage> list)
    {
        list.Clear();
        lists.Push(list);
    }

    /// <summary>Rounds up to an eighth of a power of two, so that near sizes share blocks and at most an eighth is lost.</summary>
    private static long SizeClass(long bytes)
    {
        if (bytes <= 512) return 512;
        int log = System.Numerics.BitOperations.Log2((ulong)(bytes - 1));
        long step = 1L << Math.Max(log - 3, 6);
        return (bytes + step - 1) / step * step;
    }
}
