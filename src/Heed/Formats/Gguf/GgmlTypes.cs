namespace Heed.Formats.Gguf;

/// <summary>The tensor types of the format by number (<c>enum ggml_type</c> of the GGUF specification).</summary>
internal static class GgmlTypes
{
    // By number; null: not in use any more.
    private static readonly string?[] Names =
    [
        "F32", "F16", "Q4_0", "Q4_1", null, null, "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K",
        "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
        null, null, null, "TQ1_0", "TQ2_0", null, null, null, "MXFP4",
    ];

    private static readonly Dictionary<string, WeightType> Types = Enum.GetValues<WeightType>()
        .Where(type => Array.IndexOf(Names, type.FormatName()) >= 0)
        .ToDictionary(type => type.FormatName());

    /// <summary>The types that are read, for messages.</summary>
    public static string Known => string.Join(", ", Types.Keys);

    /// <summary>The type of a number; false for one that is not read.</summary>
    public static bool TryGet(uint id, out WeightType type)
    {
        type = default;
        return id < Names.Length && Names[id] is string name && Types.TryGetValue(name, out type);
    }

    /// <summary>What a number stands for, for messages.</summary>
    public static string Describe(uint id) => id < Names.Length && Names[id] is string name ? $"{name} ({id})" : $"{id}";

    /// <summary>The number of a type; false for U8 and Bool, which the format has not.</summary>
    public static bool TryGetId(WeightType type, out uint id)
    {
        int index = Array.IndexOf(Names, type.FormatName());
        id = (uint)Math.Max(index, 0);
        return index >= 0;
    }
}
