using Heed.Formats.Gguf;

namespace Heed.Models;

/// <summary>Metadata to be written, in order.</summary>
internal sealed class GgufKeys
{
    private readonly string architecture;
    private readonly OrderedDictionary<string, GgufValue> values = [];

    /// <summary>Metadata of an architecture.</summary>
    /// <param name="architecture">The name that stands before every key but those of the file and of the tokenizer.</param>
    public GgufKeys(string architecture) => this["general.architecture"] = this.architecture = architecture;

    /// <summary>All of them.</summary>
    public OrderedDictionary<string, GgufValue> Values => values;

    /// <summary>Sets a value.</summary>
    public GgufValue this[string key]
    {
        set => values[FullName(architecture, key)] = value;
    }

    /// <summary>A key with the name of the architecture before it, unless it is one of the file or of the tokenizer.</summary>
    public static string FullName(string architecture, string key) =>
        key.StartsWith("general.", StringComparison.Ordinal) || key.StartsWith("tokenizer.", StringComparison.Ordinal) ? key : $"{architecture}.{key}";
}
