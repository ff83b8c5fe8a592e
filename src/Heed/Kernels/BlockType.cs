namespace Heed.Kernels;

/// <summary>
/// How the values of a weight row are stored. The quantised types are those of GGUF: a row is a run of blocks, each with its own scale.
/// Layouts: the GGML source that defines the format (<c>ggml-common.h</c>); all fields little-endian, halves are IEEE binary16.
/// </summary>
public enum BlockType : byte
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper 16 bits of a binary32.</summary>
    BF16,

    /// <summary>32 values in 34 bytes: half d, 32 signed bytes q; x = d · q.</summary>
    Q8_0,

    /// <summary>32 values in 18 bytes: half d, 16 bytes of nibbles (value i in the low, value i + 16 in the high one); x = d · (q - 8).</summary>
    Q4_0,

    /// <summary>32 values in 20 bytes: half d, half m, nibbles as in <see cref="Q4_0"/>; x = d · q + m.</summary>
    Q4_1,

    /// <summary>32 values in 22 bytes: half d, 32 fifth bits, nibbles as in <see cref="Q4_0"/>; x = d · (q - 16).</summary>
    Q5_0,

    /// <summary>32 values in 24 bytes: half d, half m, 32 fifth bits, nibbles; x = d · q + m.</summary>
    Q5_1,

    /// <summary>256 values in 144 bytes: half d, half dmin, 12 bytes of 6-bit scales and minima for 8 runs of 32, nibbles; x = d · scale · q - dmin · min.</summary>
    Q4_K,

    /// <summary>256 values in 176 bytes: as <see cref="Q4_K"/> with a fifth bit for each value.</summary>
    Q5_K,

    /// <summary>256 values in 210 bytes: low nibbles, high bit pairs, 16 signed scales for runs of 16, half d; x = d · scale · (q - 32).</summary>
    Q6_K,

    /// <summary>32 values in 18 bytes: half d, nibbles that choose from a fixed table of 16 signed values; x = d · table[q].</summary>
    IQ4_NL,
}

/// <summary>Sizes of <see cref="BlockType"/>.</summary>
public static class BlockTypes
{
    /// <summary>Values in a block; a row's length is a multiple of it.</summary>
    public static int BlockLength(this BlockType type) => type switch
    {
        BlockType.F32 or BlockType.F16 or BlockType.BF16 => 1,
        BlockType.Q4_K or BlockType.Q5_K or BlockType.Q6_K => 256,
        _ => 32,
    };

    /// <summary>Bytes of a block.</summary>
    public static int BlockBytes(this BlockType type) => type switch
    {
        BlockType.F32 => 4,
        BlockType.F16 or BlockType.BF16 => 2,
        BlockType.Q8_0 => 34,
        BlockType.Q4_0 or BlockType.IQ4_NL => 18,
        BlockType.Q4_1 => 20,
        BlockType.Q5_0 => 22,
        BlockType.Q5_1 => 24,
        BlockType.Q4_K => 144,
        BlockType.Q5_K => 176,
        BlockType.Q6_K => 210,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a block type"),
    };

    /// <summary>Whether values are stored one by one, without a shared scale.</summary>
    public static bool IsPlain(this BlockType type) => type is BlockType.F32 or BlockType.F16 or BlockType.BF16;

    /// <summary>Bytes of a row.</summary>
    /// <exception cref="ArgumentException">The length is no multiple of the block's.</exception>
    public static long RowBytes(this BlockType type, int columns) => columns % type.BlockLength() == 0
        ? (long)columns / type.BlockLength() * type.BlockBytes()
        : throw new ArgumentException($"rows of {type} are whole blocks of {type.BlockLength()} values, given {columns}");
}
