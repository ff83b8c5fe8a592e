using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// RoBERTa's frame: <c>&lt;s&gt; A &lt;/s&gt;</c>, and for a pair <c>&lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;</c>
/// (Liu et al. 2019; "RobertaProcessing" in tokenizer.json).
/// </summary>
/// <param name="start">Token and id put first (`cls`).</param>
/// <param name="end">Token and id put after each text (`sep`).</param>
public sealed class RobertaPostProcessor((string Token, int Id) start, (string Token, int Id) end) : IPostProcessor
{
    /// <summary>Kept for the file.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>Kept for the file.</summary>
    public bool AddPrefixSpace { get; init; } = true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Token, int Id)> Tokens => [start, end];

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> ids, List<int> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Add(start.Id);
        output.AddRange(ids);
        output.Add(end.Id);
    }

    /// <inheritdoc/>
    public void ProcessPair(ReadOnlySpan<int> first, ReadOnlySpan<int> second, List<int> output)
    {
        Process(first, output);
        output.Add(end.Id);
        output.AddRange(second);
        output.Add(end.Id);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "RobertaProcessing");
        WritePair("sep", end);
        WritePair("cls", start);
        writer.WriteBoolean("trim_offsets", TrimOffsets);
        writer.WriteBoolean("add_prefix_space", AddPrefixSpace);
        writer.WriteEndObject();

        void WritePair(string name, (string Token, int Id) pair)
        {
            writer.WriteStartArray(name);
            writer.WriteStringValue(pair.Token);
            writer.WriteNumberValue(pair.Id);
            writer.WriteEndArray();
        }
    }
}
