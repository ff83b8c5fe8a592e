namespace Heed.Formats.Gguf;

/// <summary>The type of a metadata value; the numbers are those of the file format.</summary>
public enum GgufValueType : uint
{
    /// <summary><see cref="byte"/>.</summary>
    UInt8,
    /// <summary><see cref="sbyte"/>.</summary>
    Int8,
    /// <summary><see cref="ushort"/>.</summary>
    UInt16,
    /// <summary><see cref="short"/>.</summary>
    Int16,
    /// <summary><see cref="uint"/>.</summary>
    UInt32,
    /// <summary><see cref="int"/>.</summary>
    Int32,
    /// <summary><see cref="float"/>.</summary>
    Float32,
    /// <summary><see cref="bool"/>, one byte that is 0 or 1.</summary>
    Bool,
    /// <summary><see cref="string"/>, UTF-8 behind its length.</summary>
    String,
    /// <summary>Values of one type, arrays too.</summary>
    Array,
    /// <summary><see cref="ulong"/>.</summary>
    UInt64,
    /// <summary><see cref="long"/>.</summary>
    Int64,
    /// <summary><see cref="double"/>.</summary>
    Float64,
}
