using Heed.Autograd;
using Heed.Formats;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>Rows of a weight that one tensor of the file has.</summary>
/// <param name="Place">The weight's line of the name table.</param>
/// <param name="Part">The tensor, and its rows where it holds those of other weights too.</param>
/// <param name="First">First row of the weight (first element, where it is a vector).</param>
/// <param name="Count">Rows (elements, where it is a vector).</param>
public readonly record struct WeightRows(WeightName Place, WeightPart Part, int First, int Count);

/// <summary>A tensor of the file: some rows of a weight of the model.</summary>
/// <param name="Name">The model's name of the weight.</param>
/// <param name="RowSize">Values of a row; 1 where the weight is a vector.</param>
/// <param name="IsVector">Whether the weight is a vector.</param>
/// <param name="At">Which rows.</param>
public abstract record WeightSlot(string Name, int RowSize, bool IsVector, WeightRows At)
{
    /// <summary>The tensor's name in the file.</summary>
    public string File => At.Part.File;

    private bool Transposed => At.Place.Transposed && !IsVector;

    private int FileRows => At.Part.FileRows == 0 ? At.Count : At.Part.FileRows;

    private int HeadRows => Math.Max(At.Part.PairedRows, At.Part.HalvedRows);

    /// <summary>Whether the file has the rows as the model has them, perhaps among others.</summary>
    private protected bool InOrder => !Transposed && At is { Place: { InterleavedHeads: 0, FileOffset: 0 }, Part: { PairedRows: 0, HalvedRows: 0 } };

    /// <summary>The shape of the file's tensor.</summary>
    public IReadOnlyList<long> Shape => At.Place.FileShape ?? (IsVector ? [FileRows] : Transposed ? [RowSize, FileRows] : [FileRows, RowSize]);

    /// <summary>The elements in the order of the file.</summary>
    public abstract float[] Export();

    /// <summary>Rows of the model in the order of the file.</summary>
    private protected float[] ToFile(ReadOnlySpan<float> rows)
    {
        if (Transposed) return Transpose(rows, At.Count, RowSize);
        float[] values = rows.ToArray();
        if (At.Place.InterleavedHeads > 0) Reorder(rows, values, toFile: true);
        if (HeadRows > 0) Pair(rows, values, toFile: true);
        if (At.Place.FileOffset != 0) Shift(values, At.Place.FileOffset);
        return values;
    }

    /// <summary>Reads the file's elements in the order of the model.</summary>
    private protected void Read(WeightSource source, string name, Span<float> rows)
    {
        if (InOrder && At.Part.FileRows == 0)
        {
            source.ReadFloats(name, rows);
            return;
        }
        float[] values = new float[checked(FileRows * RowSize)];
        source.ReadFloats(name, values);
        if (At.Part.FileRows > 0)
        {
            values.AsSpan(At.Part.FileRow * RowSize, rows.Length).CopyTo(rows);
            return;
        }
        if (At.Place.FileOffset != 0) Shift(values, -At.Place.FileOffset);
        if (Transposed) Transpose(values, RowSize, At.Count).CopyTo(rows);
        else if (At.Place.InterleavedHeads > 0) Reorder(values, rows, toFile: false);
        else if (HeadRows > 0) Pair(values, rows, toFile: false);
        else values.CopyTo(rows);
    }

    // Heed: (query | key | value, head, column). File: (head, query | key | value, column).
    private void Reorder(ReadOnlySpan<float> from, Span<float> to, bool toFile)
    {
        int heads = At.Place.InterleavedHeads, size = from.Length / (3 * heads);
        for (int part = 0; part < 3; part++)
            for (int head = 0; head < heads; head++)
            {
                int heed = (part * heads + head) * size, file = (head * 3 + part) * size;
                from.Slice(toFile ? heed : file, size).CopyTo(to[(toFile ? file : heed)..]);
            }
    }

    // Heed: (head, half, pair). File: (head, pair, half). Halved rows the other way round.
    private void Pair(ReadOnlySpan<float> from, Span<float> to, bool toFile)
    {
        int size = HeadRows, half = size / 2;
        toFile ^= At.Part.HalvedRows > 0;
        for (int row = 0; row < At.Count; row++)
        {
            int place = row % size, file = row - place + place % half * 2 + place / half;
            from.Slice((toFile ? row : file) * RowSize, RowSize).CopyTo(to[((toFile ? file : row) * RowSize)..]);
        }
    }

    private static void Shift(Span<float> values, float offset)
    {
        foreach (ref float value in values) value += offset;
    }

    private static float[] Transpose(ReadOnlySpan<float> values, int rows, int columns)
    {
        float[] result = new float[values.Length];
        Kernels.Transpose.Copy(rows, columns, values, result);
        return result;
    }
}

/// <summary>A tensor of the file that is copied into a weight.</summary>
/// <param name="Name">The model's name of the weight.</param>
/// <param name="Weight">The weight.</param>
/// <param name="At">Which rows.</param>
public sealed record WeightEntry(string Name, Tensor Weight, WeightRows At) : WeightSlot(Name, Weight.Shape.Rank == 1 ? 1 : Weight.Columns, Weight.Shape.Rank == 1, At)
{
    /// <inheritdoc/>
    public override float[] Export() => Export(Weight);

    /// <summary>The elements in the order of the file, taken from a tensor of the weight's shape: a gradient, a moment.</summary>
    public float[] Export(Tensor from) => ToFile(RowsOf(from));

    /// <summary>Fills the weight's rows from the file.</summary>
    internal void Import(WeightSource source, string name) => Read(source, name, RowsOf(Weight));

    private Span<float> RowsOf(Tensor tensor) => tensor.Span.Slice(checked(At.First * RowSize), checked(At.Count * RowSize));
}

/// <summary>A tensor of the file that stays there.</summary>
/// <param name="Name">The model's name of the weight.</param>
/// <param name="Weight">The weight.</param>
/// <param name="At">Which rows.</param>
public sealed record StoredEntry(string Name, StoredWeight Weight, WeightRows At) : WeightSlot(Name, Weight.Columns, IsVector: false, At)
{
    /// <inheritdoc/>
    public override float[] Export()
    {
        int[] ids = new int[At.Count];
        for (int i = 0; i < ids.Length; i++) ids[i] = At.First + i;
        using MemoryScope scope = new();
        return ToFile(NeuralOps.Embed(Weight.Held, Tensor.From(new Shape(ids.Length), ids)).Span);
    }

    /// <summary>The rows where the file has them; where it has them in another order, a copy.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor in it.</param>
    /// <param name="owners">Takes the copy, so that it lives as long as the weight.</param>
    internal unsafe BlockMatrix Find(WeightSource source, string name, List<object> owners)
    {
        if (InOrder && source.Weights[name].Type.Blocks() is not null) return source.Map(name, At.Part.FileRow, At.Count);
        Tensor copy = Tensor.Persistent(new Shape(At.Count, RowSize));
        Read(source, name, copy.Span);
        owners.Add(copy);
        return new BlockMatrix(BlockType.F32, At.Count, RowSize, copy.Pointer);
    }
}
