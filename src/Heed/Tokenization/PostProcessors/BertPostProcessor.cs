using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// BERT's frame: <c>[CLS] A [SEP]</c>, and for a pair <c>[CLS] A [SEP] B [SEP]</c> with the type id 1 from B on
/// (Devlin et al. 2019; "BertProcessing" in tokenizer.json).
/// </summary>
/// <param name="start">Token and id put first (`cls`).</param>
/// <param name="end">Token and id put after each text (`sep`).</param>
public sealed class BertPostProcessor((string Token, int Id) start, (string Token, int Id) end) : IPostProcessor
{
    private readonly TokenFrame single = new([FramePart.Special(start), FramePart.Text(0), FramePart.Special(end)])
    { OnlyWithSpecialTokens = true, SetsOverflow = true };

    private readonly TokenFrame pairFrame = new([FramePart.Special(start), FramePart.Text(0), FramePart.Special(end), FramePart.Text(1, 1), FramePart.Special(end, 1)])
    { OnlyWithSpecialTokens = true, SetsOverflow = true };

    /// <inheritdoc/>
    public TokenFrame? Frame(bool pair) => pair ? pairFrame : single;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "BertProcessing", w =>
    {
        WriteToken(w, "sep", end);
        WriteToken(w, "cls", start);
    });

    internal static void WriteToken(Utf8JsonWriter writer, string name, (string Token, int Id) pair)
    {
        writer.WriteStartArray(name);
        writer.WriteStringValue(pair.Token);
        writer.WriteNumberValue(pair.Id);
        writer.WriteEndArray();
    }
}
