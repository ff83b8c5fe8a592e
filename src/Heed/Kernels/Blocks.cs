namespace Heed.Kernels;

/// <summary>Values to blocks of a <see cref="BlockType"/> and back. Both run on the <see cref="WorkerTeam"/> when the span is long.</summary>
public static unsafe class Blocks
{
    /// <summary>Values in one part of the work; a multiple of every block's length.</summary>
    private const int PartValues = 8192;

    /// <summary>The values that blocks stand for, to the bit as the format's formula gives them in float32.</summary>
    /// <param name="type">How the values are stored.</param>
    /// <param name="blocks">Whole blocks for at least values.Length values; what is behind them is not read.</param>
    /// <param name="values">Receives the values; its length is a multiple of the block's.</param>
    /// <exception cref="ArgumentException">The number of values is no whole number of blocks, or there are too few bytes.</exception>
    public static void Decode(BlockType type, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        SpanCheck.AtLeast(blocks.Length, Bytes(type, values.Length), nameof(blocks));
        fixed (byte* pb = blocks)
        fixed (float* pv = values)
            WorkerTeam.Run(new DecodeJob(type, pb, pv, values.Length), VectorLoop.Parts(values.Length, PartValues));
    }

    /// <summary>
    /// Blocks that stand for values. F16 and BF16 round to nearest even. Q8_0, and the other types of 32 values without an importance, follow the
    /// format's reference rule; the rest search the scale (and minimum) with the least weighted squared error.
    /// </summary>
    /// <param name="type">How to store the values.</param>
    /// <param name="values">Finite values; the length is a multiple of the block's.</param>
    /// <param name="blocks">Receives the blocks.</param>
    /// <param name="importance">
    /// Empty, or one weight for each column of a row, 0 or more (the mean square of the layer's input there): the squared error of a value counts as
    /// many times. Its length divides the number of values and is a multiple of the block's. Q8_0, F16, BF16 and F32 have nothing to choose and ignore it.
    /// </param>
    /// <exception cref="ArgumentException">A length is no whole number of blocks or rows, or there is too little room.</exception>
    public static void Encode(BlockType type, ReadOnlySpan<float> values, Span<byte> blocks, ReadOnlySpan<float> importance = default)
    {
        SpanCheck.AtLeast(blocks.Length, Bytes(type, values.Length), nameof(blocks));
        if (!importance.IsEmpty && (values.Length % importance.Length != 0 || importance.Length % type.BlockLength() != 0))
            throw new ArgumentException($"The importance has {importance.Length} columns, which must be whole blocks of {type.BlockLength()} and divide the {values.Length} values.", nameof(importance));
        fixed (float* pv = values, pi = importance)
        fixed (byte* pb = blocks)
            WorkerTeam.Run(new EncodeJob(type, pv, pb, values.Length, pi, importance.Length), VectorLoop.Parts(values.Length, PartValues));
    }

    private static long Bytes(BlockType type, int values)
    {
        int length = type.BlockLength();
        return values % length == 0 ? (long)values / length * type.BlockBytes() : throw new ArgumentException($"{values} values are no whole number of {type} blocks, which hold {length}.");
    }

    private readonly struct DecodeJob(BlockType type, byte* blocks, float* values, int count) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * PartValues;
            BlockDecoding.Decode(type, blocks + (nint)(start / type.BlockLength()) * type.BlockBytes(), values + start, Math.Min(PartValues, count - start));
        }
    }

    private readonly struct EncodeJob(BlockType type, float* values, byte* blocks, int count, float* importance, int columns) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * PartValues;
            int length = type.BlockLength(), bytes = type.BlockBytes(), end = Math.Min(start + PartValues, count);
            if (type.IsPlain()) BlockEncoding.Plain(type, values + start, blocks + (nint)start * bytes, end - start);
            else
                for (int i = start; i < end; i += length)
                    BlockEncoding.Block(type, values + i, blocks + (nint)(i / length) * bytes, importance == null ? null : importance + i % columns);
        }
    }
}
