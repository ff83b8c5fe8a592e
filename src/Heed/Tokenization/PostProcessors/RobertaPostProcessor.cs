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
    private readonly TokenFrame single = new([FramePart.Special(start), FramePart.Text(0), FramePart.Special(end)]) { SetsOverflow = true };

    private readonly TokenFrame pairFrame = new(
        [FramePart.Special(start), FramePart.Text(0), FramePart.Special(end), FramePart.Special(end), FramePart.Text(1), FramePart.Special(end)])
    { SetsOverflow = true };

    /// <summary>Offsets do not cover the spaces that tokens carry.</summary>
    public bool TrimOffsets { get; init; } = true;

    /// <summary>The pre-tokenizer puts a space before the text.</summary>
    public bool AddPrefixSpace { get; init; } = true;

    /// <inheritdoc/>
    public OffsetTrim? Trim => TrimOffsets ? new OffsetTrim(AddPrefixSpace) : null;

    /// <inheritdoc/>
    public TokenFrame? Frame(bool pair) => pair ? pairFrame : single;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "RobertaProcessing", w =>
    {
        BertPostProcessor.WriteToken(w, "sep", end);
        BertPostProcessor.WriteToken(w, "cls", start);
        w.WriteBoolean("trim_offsets", TrimOffsets);
        w.WriteBoolean("add_prefix_space", AddPrefixSpace);
    });
}
