using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Tensors;

/// <summary>A block of 64-byte aligned memory that never moves, counted by reference.</summary>
/// <remarks>
/// The block is a pinned array: a span over it, and so a kernel that works on the span, keeps it alive after the last tensor that knew
/// it, which memory with a finalizer would not.
/// Storage born while a <see cref="MemoryScope"/> is open belongs to it and goes back to its pool when the last reference is
/// released or the scope ends. Other storage (weights, caches) is the garbage collector's to free. The version changes whenever the
/// memory is handed out anew, so that a tensor kept past its scope throws instead of reading another tensor's values.
/// </remarks>
internal sealed unsafe class Storage
{
    /// <summary>Alignment in bytes: one cache line, one AVX-512 register.</summary>
    public const int Alignment = 64;

    private readonly Line[] memory;
    private readonly int start; // bytes from the array's first element to the first aligned one

    public Storage(long bytes)
    {
        Bytes = bytes;
        // An array of lines, not of bytes: it may have more than 2 GiB.
        memory = GC.AllocateUninitializedArray<Line>(checked((int)((bytes + Alignment - 1) / Alignment + 1)), pinned: true);
        start = (int)(-(nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) & (Alignment - 1));
    }

    public long Bytes { get; }

    public int Version { get; private set; }

    public int References { get; private set; } = 1;

    /// <summary>The scope that takes the memory back, or null for storage that lives until it is collected.</summary>
    public MemoryScope? Scope { get; set; }

    /// <summary>Its place in the scope's list of births.</summary>
    public int BornIndex { get; set; }

    /// <summary>The first byte. The reference keeps the memory alive; a pointer made of it does not.</summary>
    public ref byte First => ref Unsafe.AddByteOffset(ref Unsafe.As<Line, byte>(ref MemoryMarshal.GetArrayDataReference(memory)), start);

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

    [StructLayout(LayoutKind.Sequential, Size = Alignment)]
    private struct Line;
}
