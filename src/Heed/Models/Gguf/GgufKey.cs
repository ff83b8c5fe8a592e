namespace Heed.Models;

/// <summary>The type of a value in a GGUF file.</summary>
internal enum GgufKeyKind
{
    /// <summary>A whole number, 32 bits without sign.</summary>
    Whole,

    /// <summary>A number, float32.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,
}

/// <summary>One line of an architecture's table of configuration: what GGUF and what config.json call the same value.</summary>
/// <param name="Gguf">GGUF's key without the name of the architecture.</param>
/// <param name="Config">The key of the family's config.json.</param>
/// <param name="Kind">How GGUF stores it.</param>
/// <param name="Optional">Whether a file may lack it; the family's default then holds.</param>
internal sealed record GgufKey(string Gguf, string Config, GgufKeyKind Kind = GgufKeyKind.Whole, bool Optional = false);

/// <summary>A choice that GGUF files make by having a tensor or not.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Config">The key of the family's config.json: true where the tensor is there, false where it is not, unless it takes texts.</param>
/// <param name="Present">The text where the tensor is there.</param>
/// <param name="Absent">The text where it is not.</param>
internal sealed record GgufChoice(string Tensor, string Config, string? Present = null, string? Absent = null);
