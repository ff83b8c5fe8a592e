using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Adds no tokens. ("ByteLevel" in tokenizer.json, where it only trims the offsets which other libraries report.)</summary>
public sealed class ByteLevelPostProcessor : IPostProcessor
{
    /// <summary>Kept for the file.</summary>
    public bool AddPrefixSpace { get; init; } = true;

    /// <summary>Kept for the file.</summary>
    public bool TrimOffsets { get; init; }

    /// <summary>Kept for the file.</summary>
    public bool UseRegex { get; init; } = true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Token, int Id)> Tokens => [];

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> ids, List<int> output) => output.AddRange(ids);

    /// <inheritdoc/>
    public void ProcessPair(ReadOnlySpan<int> first, ReadOnlySpan<int> second, List<int> output)
    {
        output.AddRange(first);
        output.AddRange(second);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", AddPrefixSpace);
        writer.WriteBoolean("trim_offsets", TrimOffsets);
        writer.WriteBoolean("use_regex", UseRegex);
        writer.WriteEndObject();
    }
}
