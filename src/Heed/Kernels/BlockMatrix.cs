namespace Heed.Kernels;

/// <summary>A weight (rows, columns) over memory that somebody else keeps: a mapped file, as a rule. Rows lie one after the other, without gaps.</summary>
public readonly unsafe struct BlockMatrix
{
    /// <summary>Looks at memory.</summary>
    /// <param name="type">How values are stored.</param>
    /// <param name="rows">A layer's outputs.</param>
    /// <param name="columns">A layer's inputs: a multiple of the block's length.</param>
    /// <param name="data">The first row; no alignment is asked for. rows · <see cref="BlockTypes.RowBytes"/> bytes must be readable.</param>
    /// <exception cref="ArgumentException">A size is negative, or a row is no whole number of blocks.</exception>
    public BlockMatrix(BlockType type, int rows, int columns, void* data)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        (Type, Rows, Columns, RowBytes) = (type, rows, columns, type.RowBytes(columns));
        Data = (byte*)data;
    }

    /// <summary>How values are stored.</summary>
    public BlockType Type { get; }

    /// <summary>Rows: a layer's outputs.</summary>
    public int Rows { get; }

    /// <summary>Columns: a layer's inputs.</summary>
    public int Columns { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public long RowBytes { get; }

    /// <summary>The first row.</summary>
    public byte* Data { get; }

    /// <summary>A row's first byte.</summary>
    public byte* Row(int row) => Data + row * RowBytes;
}
