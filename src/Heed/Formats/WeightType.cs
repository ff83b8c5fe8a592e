namespace Heed.Formats;

/// <summary>The type of the stored elements of a weight.</summary>
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
}

/// <summary>Names and sizes of <see cref="WeightType"/>.</summary>
public static class WeightTypes
{
    // In the order of the enum; the names are those of the safetensors format.
    private static readonly string[] Names = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];

    /// <summary>Bytes of one element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a value of the enum.</exception>
    public static int ElementSize(this WeightType type) => type switch
    {
        WeightType.F64 or WeightType.I64 => 8,
        WeightType.F32 or WeightType.I32 => 4,
        WeightType.F16 or WeightType.BF16 or WeightType.I16 => 2,
        WeightType.I8 or WeightType.U8 or WeightType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a weight type."),
    };

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloat(this WeightType type) => type is WeightType.F64 or WeightType.F32 or WeightType.F16 or WeightType.BF16;

    /// <summary>The name of the type in a safetensors header, such as <c>BF16</c>.</summary>
    public static string FormatName(this WeightType type) => Names[(int)type];

    /// <summary>Every name that <see cref="TryParse"/> knows, for messages.</summary>
    internal static string Known => string.Join(", ", Names);

    internal static bool TryParse(string? name, out WeightType type)
    {
        int index = Array.IndexOf(Names, name);
        type = (WeightType)Math.Max(index, 0);
        return index >= 0;
    }
}
