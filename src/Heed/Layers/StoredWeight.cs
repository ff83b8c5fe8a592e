using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A weight matrix (rows, columns) that is never copied: products read it where its file is mapped, in the type that the file has. It does not train.</summary>
public sealed class StoredWeight(int rows, int columns)
{
    private PackedWeight? held;

    /// <summary>A layer's outputs.</summary>
    public int Rows => rows;

    /// <summary>A layer's inputs.</summary>
    public int Columns => columns;

    /// <summary>Bytes that a product reads.</summary>
    public long Bytes => Held.Bytes;

    /// <summary>The weight as the device holds it.</summary>
    /// <exception cref="InvalidOperationException">It was not given yet.</exception>
    public PackedWeight Held => held ?? throw new InvalidOperationException($"a stored weight ({rows}, {columns}) was used before it was loaded");

    /// <summary>Says where the weight is.</summary>
    /// <param name="parts">Matrices of this weight's columns, one below the other.</param>
    /// <param name="owner">What keeps their memory: the open file.</param>
    /// <exception cref="ArgumentException">The parts do not make up the weight.</exception>
    public void Hold(ReadOnlySpan<BlockMatrix> parts, object owner)
    {
        long given = 0;
        foreach (BlockMatrix part in parts)
        {
            if (part.Columns != columns) throw new ArgumentException($"a stored weight ({rows}, {columns}) was given a part ({part.Rows}, {part.Columns})");
            given += part.Rows;
        }
        if (given != rows) throw new ArgumentException($"a stored weight ({rows}, {columns}) was given {given} rows");
        held = Device.Cpu.Backend.Hold(parts, owner);
    }
}
