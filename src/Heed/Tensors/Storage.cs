using System.Runtime.InteropServices;

namespace Heed.Tensors;

/// <summary>A block of 64-byte aligned memory outside the garbage collector's heap, counted by reference.</summary>
/// <remarks>
/// Storage born while a <see cref="MemoryScope"/> is open belongs to it and goes back to its pool when the last reference is
/// released or the scope ends. Other storage (weights, caches) is freed by the finalizer. The version changes whenever the
/// memory is handed out anew, so that a tensor kept past its scope throws instead of reading another tensor's values.
/// </remarks>
internal sealed unsafe class Storage
{
    /// <summary>Alignment in bytes: one cache line, one AVX-512 register.</summary>
    public const int Alignment = 64;

    private readonly byte* pointer;

    public Storage(long bytes)
    {
        Bytes = bytes;
        pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
        GC.AddMemoryPressure(Math.Max(bytes, 1));
    }

    ~Storage()
    {
        NativeMemory.AlignedFree(pointer);
        GC.RemoveMemoryPressure(Math.Max(Bytes, 1));
    }

    public long Bytes { get; }

    public int Version { get; private set; }

    public int References { get; private set; } = 1;

    /// <summary>The scope that takes the memory back, or null for storage that lives until it is collected.</summary>
    public MemoryScope? Scope { get; set; }

    /// <summary>Its place in the scope's list of births.</summary>
    public int BornIndex { get; set; }

    public byte* Pointer => pointer;

    public void AddReference() => References++;

    public void Release()
    {
        if (Scope is null) return;
        if (References <= 0) throw new InvalidOperationException("a storage was released more often than it was referenced");
        if (--References == 0) Scope.Return(this);
    }

    /// <summary>Marks the memory as handed out anew.</summary>
    public void Rebirth()
    {
        Version++;
        References = 1;
    }

    /// <summary>Invalidates every tensor that still looks at this memory.</summary>
    public void Retire()
    {
        Version++;
        References = 0;
    }
}
