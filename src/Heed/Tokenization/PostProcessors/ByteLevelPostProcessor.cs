using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Adds no tokens, but may trim offsets ("ByteLevel" as a post-processor in tokenizer.json).</summary>
public sealed class ByteLevelPostProcessor : IPostProcessor
{
    /// <summary>The pre-tokenizer puts a space before the text.</summary>
    public bool AddPrefixSpace { get; init; } = true;

    /// <summary>Offsets do not cover the spaces that tokens carry.</summary>
    public bool TrimOffsets { get; init; }

    /// <summary>Kept for the file.</summary>
    public bool UseRegex { get; init; } = true;

    /// <inheritdoc/>
    public OffsetTrim? Trim => TrimOffsets ? new OffsetTrim(AddPrefixSpace) : null;

    /// <inheritdoc/>
    public TokenFrame? Frame(bool pair) => null;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "ByteLevel", w =>
    {
        w.WriteBoolean("add_prefix_space", AddPrefixSpace);
        w.WriteBoolean("trim_offsets", TrimOffsets);
        w.WriteBoolean("use_regex", UseRegex);
    });
}
