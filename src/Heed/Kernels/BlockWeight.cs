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

    /// <summary>The weight as the product of many rows reads it fastest; null before <see cref="Repack"/>.</summary>
    internal PackedMatrix? Panels { get; private set; }

    /// <summary>
    /// Keeps a weight of plain values once more, as floats in the order of the product: products of many rows then save that step, at the cost of
    /// 4 bytes a value. Weights in blocks stay as they are: unpacking them is a small part of their product.
    /// </summary>
    public void Repack()
    {
        if (Panels is not null || Rows == 0 || (long)Rows * Columns > Array.MaxLength) return;
        foreach (BlockMatrix part in parts)
            if (!part.Type.IsPlain()) return;
        float* rows = (float*)NativeMemory.Alloc((nuint)((long)Rows * Columns), sizeof(float));
        try
        {
            float* to = rows;
            foreach (BlockMatrix part in parts)
                for (int r = 0; r < part.Rows; r++, to += Columns) BlockDecoding.Decode(part.Type, part.Row(r), to, Columns);
            Panels = new PackedMatrix(Rows, Columns, new(rows, Rows * Columns), Columns);
        }
        finally
        {
            NativeMemory.Free(rows);
        }
        KeepAlive();
    }

    /// <summary>Keeps the memory until here.</summary>
    internal void KeepAlive()
    {
        GC.KeepAlive(owner);
        GC.KeepAlive(this);
    }
}
