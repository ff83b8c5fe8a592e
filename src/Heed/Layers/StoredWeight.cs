using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A weight matrix (rows, columns) that is never copied: products read it where its file is mapped, in the type that the file has. It does not train.</summary>
/// <remarks>
/// The second product of few rows keeps a quantised weight once more with rows side by side, in about the same memory again: writing token by token is then up to
/// several times as fast. The results are the same to the bit.
/// </remarks>
/// <param name="rows">A layer's outputs.</param>
/// <param name="columns">A layer's inputs.</param>
/// <param name="interleaves">Whether the weight may be kept once more.</param>
public sealed class StoredWeight(int rows, int columns, bool interleaves = true)
{
    private const int FewRows = 8;

    private PackedWeight? held;
    private int uses; // products of few rows

    /// <summary>A layer's outputs.</summary>
    public int Rows => rows;

    /// <summary>A layer's inputs.</summary>
    public int Columns => columns;

    /// <summary>Bytes that a product reads.</summary>
    public long Bytes => Held.Bytes;

    /// <summary>The weight as the device holds it.</summary>
    /// <exception cref="InvalidOperationException">It was not given yet.</exception>
    public PackedWeight Held => held ?? throw new InvalidOperationException($"a stored weight ({rows}, {columns}) was used before it was loaded");

    /// <summary>The weight for a product of some rows.</summary>
    internal PackedWeight For(int productRows)
    {
        PackedWeight weight = Held;
        if (interleaves && productRows <= FewRows && uses < 2 && Interlocked.Increment(ref uses) == 2) weight.Interleave();
        return weight;
    }

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
