using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// A layer's weight (rows, columns) in blocks, over memory that somebody else keeps: matrices stacked along the rows, each of its own type
/// (query, key and value of one layer, say).
/// </summary>
public sealed unsafe class BlockWeight
{
    private readonly BlockMatrix[] parts;
    private readonly object owner;

    /// <summary>Stacks matrices; nothing is copied or read.</summary>
    /// <param name="parts">One or more matrices of equal columns, the first on top.</param>
    /// <param name="owner">What keeps the memory (a mapped file); it lives as long as this object.</param>
    /// <exception cref="ArgumentException">There is no matrix, or the columns differ, or there are too many rows.</exception>
    public BlockWeight(ReadOnlySpan<BlockMatrix> parts, object owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (parts.IsEmpty) throw new ArgumentException("A weight needs one matrix at least, given none.", nameof(parts));
        long rows = 0;
        foreach (BlockMatrix part in parts)
        {
            if (part.Columns != parts[0].Columns) throw new ArgumentException($"Stacked matrices have equal columns, given {parts[0].Columns} and {part.Columns}.", nameof(parts));
            rows += part.Rows;
            Bytes += part.Rows * part.RowBytes;
        }
        if (rows > int.MaxValue) throw new ArgumentException($"A weight has at most {int.MaxValue} rows, given {rows}.", nameof(parts));
        (this.parts, this.owner, Rows, Columns) = (GC.AllocateUninitializedArray<BlockMatrix>(parts.Length, pinned: true), owner, (int)rows, parts[0].Columns);
        parts.CopyTo(this.parts);
    }

    /// <summary>A layer's outputs.</summary>
    public int Rows { get; }

    /// <summary>A layer's inputs.</summary>
    public int Columns { get; }

    /// <summary>Bytes of all blocks: what one product with few rows reads.</summary>
    public long Bytes { get; }

    /// <summary>The stacked matrices.</summary>
    public ReadOnlySpan<BlockMatrix> Parts => parts;

    /// <summary>The stacked matrices where they stand in memory.</summary>
    internal BlockMatrix* Table => (BlockMatrix*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(parts));

    /// <summary>Keeps the memory until here.</summary>
    internal void KeepAlive()
    {
        GC.KeepAlive(owner);
        GC.KeepAlive(this);
    }
}
