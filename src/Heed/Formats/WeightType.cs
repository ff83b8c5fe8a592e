using Heed.Kernels;

namespace Heed.Formats;

/// <summary>How the elements of a weight are stored.</summary>
public enum WeightType
{
    /// <summary>IEEE 754 binary64.</summary>
    F64,
    /// <summary>IEEE 754 binary32.</summary>
    F32,
    /// <summary>IEEE 754 binary16.</summary>
    F16,
    /// <summary>The upper 16 bits of a binary32.</summary>
    BF16,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Signed 8-bit integer.</summary>
    I8,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
    /// <summary>Blocks, see <see cref="BlockType.Q8_0"/>.</summary>
    Q8_0,
    /// <summary>Blocks, see <see cref="BlockType.Q4_0"/>.</summary>
    Q4_0,
    /// <summary>Blocks, see <see cref="BlockType.Q4_1"/>.</summary>
    Q4_1,
    /// <summary>Blocks, see <see cref="BlockType.Q5_0"/>.</summary>
    Q5_0,
    /// <summary>Blocks, see <see cref="BlockType.Q5_1"/>.</summary>
    Q5_1,
    /// <summary>Blocks, see <see cref="BlockType.Q4_K"/>.</summary>
    Q4_K,
    /// <summary>Blocks, see <see cref="BlockType.Q5_K"/>.</summary>
    Q5_K,
    /// <summary>Blocks, see <see cref="BlockType.Q6_K"/>.</summary>
    Q6_K,
    /// <summary>Blocks, see <see cref="BlockType.IQ4_NL"/>.</summary>
    IQ4_NL,
}

/// <summary>Names and sizes of <see cref="WeightType"/>.</summary>
public static class WeightTypes
{
    // In the order of the enum; the names are those of the safetensors format.
    private static readonly string[] Names = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];

    /// <summary>Bytes of one element of a type that is stored one by one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A type that is stored in blocks (see <see cref="ByteLength"/>), or not a value of the enum.</exception>
    public static int ElementSize(this WeightType type) => type switch
    {
        WeightType.F64 or WeightType.I64 => 8,
        WeightType.F32 or WeightType.I32 => 4,
        WeightType.F16 or WeightType.BF16 or WeightType.I16 => 2,
        WeightType.I8 or WeightType.U8 or WeightType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a weight type that is stored element by element."),
    };

    /// <summary>Bytes of consecutive elements.</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="count">Elements: whole blocks of <see cref="BlockLength"/>.</param>
    /// <exception cref="ArgumentException">The count is negative or no multiple of the block's length.</exception>
    /// <exception cref="OverflowException">More bytes than a long counts.</exception>
    public static long ByteLength(this WeightType type, long count)
    {
        int length = type.BlockLength();
        if (count < 0 || count % length != 0) throw new ArgumentException($"{type.FormatName()} is stored in blocks of {length}, given {count} elements.", nameof(count));
        return checked(count / length * type.BlockBytes());
    }

    /// <summary>Elements that are stored together: 1 for a plain type. A row's length (the innermost axis) is a multiple of it.</summary>
    public static int BlockLength(this WeightType type) => type.Blocks()?.BlockLength() ?? 1;

    /// <summary>Bytes of one block; of one element for a plain type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a value of the enum.</exception>
    public static int BlockBytes(this WeightType type) => type.Blocks()?.BlockBytes() ?? type.ElementSize();

    /// <summary>Whether the elements are floating-point numbers, quantised or not.</summary>
    public static bool IsFloat(this WeightType type) => type == WeightType.F64 || type.Blocks() is not null;

    /// <summary>Whether several elements share a block (and with it a scale).</summary>
    public static bool IsBlocked(this WeightType type) => type.BlockLength() > 1;

    /// <summary>The type as the kernels know it; null where they compute with no such type.</summary>
    public static BlockType? Blocks(this WeightType type) => type switch
    {
        WeightType.F32 => BlockType.F32,
        WeightType.F16 => BlockType.F16,
        WeightType.BF16 => BlockType.BF16,
        WeightType.Q8_0 => BlockType.Q8_0,
        WeightType.Q4_0 => BlockType.Q4_0,
        WeightType.Q4_1 => BlockType.Q4_1,
        WeightType.Q5_0 => BlockType.Q5_0,
        WeightType.Q5_1 => BlockType.Q5_1,
        WeightType.Q4_K => BlockType.Q4_K,
        WeightType.Q5_K => BlockType.Q5_K,
        WeightType.Q6_K => BlockType.Q6_K,
        WeightType.IQ4_NL => BlockType.IQ4_NL,
        _ => null,
    };

    /// <summary>The type in a file of what the kernels call <paramref name="type"/>.</summary>
    public static WeightType ToWeightType(this BlockType type) => type switch
    {
        BlockType.F32 => WeightType.F32,
        BlockType.F16 => WeightType.F16,
        BlockType.BF16 => WeightType.BF16,
        BlockType.Q8_0 => WeightType.Q8_0,
        BlockType.Q4_0 => WeightType.Q4_0,
        BlockType.Q4_1 => WeightType.Q4_1,
        BlockType.Q5_0 => WeightType.Q5_0,
        BlockType.Q5_1 => WeightType.Q5_1,
        BlockType.Q4_K => WeightType.Q4_K,
        BlockType.Q5_K => WeightType.Q5_K,
        BlockType.Q6_K => WeightType.Q6_K,
        BlockType.IQ4_NL => WeightType.IQ4_NL,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a block type."),
    };

    /// <summary>The name of the type in a safetensors header, such as <c>BF16</c>, or in GGUF, such as <c>Q4_K</c>.</summary>
    public static string FormatName(this WeightType type) => (int)type < Names.Length ? Names[(int)type] : type.ToString();

    /// <summary>Every name that <see cref="TryParse"/> knows, for messages.</summary>
    internal static string Known => string.Join(", ", Names);

    // The types of the safetensors format alone.
    internal static bool TryParse(string? name, out WeightType type)
    {
        int index = Array.IndexOf(Names, name);
        type = (WeightType)Math.Max(index, 0);
        return index >= 0;
    }
}
