using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// A layer's weight (rows, columns) in blocks, over memory that somebody else keeps: matrices stacked along the rows, each of its own type
/// (query, key and value of one layer, say).
/// </summary>
public sealed unsafe class BlockWeight
{
    /// <summary>Bytes of the weight in one part of a product: enough to outweigh its claim, few enough to keep all threads busy to the end.</summary>
    private const long MinPartBytes = 16 * 1024, MaxPartBytes = 256 * 1024;

    private readonly BlockMatrix[] parts;
    private readonly RowRange[] ranges;
    private readonly object owner;
    private byte* interleaved;

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
        ranges = Divide();
    }

    /// <summary>Frees what <see cref="Repack"/> made.</summary>
    ~BlockWeight()
    {
        if (interleaved == null) return;
        NativeMemory.AlignedFree(interleaved);
        GC.RemoveMemoryPressure(RepackedBytes);
    }

    /// <summary>A layer's outputs.</summary>
    public int Rows { get; }

    /// <summary>A layer's inputs.</summary>
    public int Columns { get; }

    /// <summary>Bytes of all blocks: what one product with few rows reads.</summary>
    public long Bytes { get; }

    /// <summary>Bytes that <see cref="Repack"/> has taken, or 0.</summary>
    public long RepackedBytes { get; private set; }

    /// <summary>The stacked matrices.</summary>
    public ReadOnlySpan<BlockMatrix> Parts => parts;

    /// <summary>The stacked matrices where they stand in memory.</summary>
    internal BlockMatrix* Table => (BlockMatrix*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(parts));

    /// <summary>A weight of plain values as products of many rows read it fastest; null before <see cref="Pack"/>.</summary>
    internal PackedMatrix? Panels { get; private set; }

    /// <summary>The parts of a product, each within one matrix.</summary>
    internal RowRange* Ranges => (RowRange*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(ranges));

    /// <summary>Number of <see cref="Ranges"/>.</summary>
    internal int RangeCount => ranges.Length;

    /// <summary>
    /// Keeps a copy of the quantised matrices with 8 rows side by side, which products with few rows otherwise make anew each time: up to twice as fast where the
    /// weights come from a cache and not from memory. It takes as much memory as the blocks (Q4_K and Q5_K 3% more; rows filled up to a multiple of 8), and results stay
    /// the same bits. A second call does nothing. Products may run meanwhile.
    /// </summary>
    public void Repack()
    {
        lock (parts)
        {
            if (interleaved == null) Interleave();
        }
        KeepAlive();
    }

    private void Interleave()
    {
        long bytes = 0;
        foreach (RowRange range in ranges)
            if (!parts[range.Matrix].Type.IsPlain()) bytes += range.Groups * GroupBytes(parts[range.Matrix].Type, Columns);
        if (bytes == 0) return;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        GC.AddMemoryPressure(bytes);
        RepackedBytes = bytes;
        nint[] targets = GC.AllocateArray<nint>(ranges.Length, pinned: true);
        byte* next = memory;
        for (int i = 0; i < ranges.Length; i++)
        {
            BlockType type = parts[ranges[i].Matrix].Type;
            if (type.IsPlain()) continue;
            targets[i] = (nint)next;
            next += ranges[i].Groups * GroupBytes(type, Columns);
        }
        WorkerTeam.Run(new RepackJob(Table, Ranges, (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(targets))), ranges.Length);
        // Only now do products see it: those that run meanwhile read the rows as they lie, to the same bits.
        for (int i = 0; i < ranges.Length; i++) Volatile.Write(ref *(nint*)&Ranges[i].Interleaved, targets[i]);
        interleaved = memory;
    }

    /// <summary>
    /// Keeps a weight of plain values once more as floats in the order of the products of many rows, which otherwise pack it anew each time: 4 bytes a value.
    /// Quantised matrices stay as they are: unpacking them is a small part of their product.
    /// </summary>
    public void Pack()
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

    /// <summary>Bytes of the scales of 8 interleaved rows; runs follow.</summary>
    internal static long GroupScaleBytes(BlockType type, int columns) => (columns / type.BlockLength() * (long)BlockRows.For(type, BlockRows.Best).ScaleBytes + 63) & ~63;

    /// <summary>Bytes of 8 interleaved rows.</summary>
    internal static long GroupBytes(BlockType type, int columns) =>
        (GroupScaleBytes(type, columns) + columns / type.BlockLength() * (long)BlockRows.For(type, BlockRows.Best).UnitBytes + 63) & ~63;

    /// <summary>Sets 8 rows from <paramref name="first"/> side by side; missing rows repeat the last one.</summary>
    internal static void Interleave(BlockMatrix* matrix, int first, int unit, int units, byte* scales, byte* runs)
    {
        int bytes = matrix->Type.BlockBytes(), valid = matrix->Rows - first;
        byte* block = matrix->Row(first) + (nint)unit * bytes, ahead = matrix->Row(first + 8) + 8 * (nint)unit * bytes;
        if (valid >= 8)
        {
            BlockInterleave.Run(matrix->Type, block, (nint)matrix->RowBytes, ahead, units, scales, runs);
            return;
        }
        nint rowBytes = (nint)units * bytes;
        byte* rows = BlockScratch.Rows(8 * rowBytes);
        for (int r = 0; r < 8; r++) Buffer.MemoryCopy(block + Math.Min(r, valid - 1) * matrix->RowBytes, rows + r * rowBytes, rowBytes, rowBytes);
        BlockInterleave.Run(matrix->Type, rows, rowBytes, ahead, units, scales, runs);
    }

    private RowRange[] Divide()
    {
        List<RowRange> list = [];
        long partBytes = Math.Clamp(Bytes / 8, MinPartBytes, MaxPartBytes);
        int output = 0;
        for (int p = 0; p < parts.Length; p++)
        {
            int step = (int)Math.Max(8, Math.Min(partBytes / Math.Max(1, parts[p].RowBytes), 1 << 20) / 8 * 8);
            for (int row = 0; row < parts[p].Rows; row += step)
                list.Add(new() { Matrix = p, Row = row, Rows = Math.Min(step, parts[p].Rows - row), Output = output + row });
            output += parts[p].Rows;
        }
        RowRange[] pinned = GC.AllocateUninitializedArray<RowRange>(list.Count, pinned: true);
        list.CopyTo(pinned);
        return pinned;
    }

    private readonly struct RepackJob(BlockMatrix* parts, RowRange* ranges, nint* targets) : IPartJob
    {
        public void Run(int part)
        {
            RowRange* range = ranges + part;
            BlockMatrix* matrix = parts + range->Matrix;
            if (matrix->Type.IsPlain()) return;
            long scaleBytes = GroupScaleBytes(matrix->Type, matrix->Columns), bytes = GroupBytes(matrix->Type, matrix->Columns);
            for (int g = 0; g < range->Groups; g++)
            {
                byte* target = (byte*)targets[part] + g * bytes;
                Interleave(matrix, range->Row + 8 * g, 0, matrix->Columns / matrix->Type.BlockLength(), target, target + scaleBytes);
            }
        }
    }
}

/// <summary>Rows of one matrix that one part of a product computes.</summary>
internal unsafe struct RowRange
{
    /// <summary>Which matrix; the first row in it; the number of rows; the first row's place in the output.</summary>
    public int Matrix, Row, Rows, Output;

    /// <summary>The rows in groups of 8 side by side, or null.</summary>
    public byte* Interleaved;

    /// <summary>Groups of 8 rows, the last one filled up.</summary>
    public readonly int Groups => (Rows + 7) / 8;
}
