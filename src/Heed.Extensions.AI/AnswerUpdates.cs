using Heed.Generation;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI;

/// <summary>Makes the updates of one answer from its text as it comes: thoughts, text and calls, and at last why it ended and what was used.</summary>
/// <param name="modelId">What the model is called.</param>
/// <param name="thoughts">Who separates thoughts.</param>
/// <param name="tools">Who separates calls; null where there are no tools.</param>
internal sealed class AnswerUpdates(string? modelId, ThoughtReader thoughts, ToolCallReader? tools)
{
    private readonly string id = Guid.NewGuid().ToString("N");
    private int written, thought;

    /// <summary>Calls so far.</summary>
    public int Calls => tools?.Calls ?? 0;

    /// <summary>Takes the text of the next token.</summary>
    public IEnumerable<ChatResponseUpdate> Append(GeneratedText piece)
    {
        written++;
        if (thoughts.IsThinking) thought++;
        return Updates(thoughts.Append(piece.Text), piece);
    }

    /// <summary>Ends the answer.</summary>
    /// <param name="finish">Why it ended.</param>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="reused">Those of them that were known.</param>
    public IEnumerable<ChatResponseUpdate> Finish(FinishReason finish, int prompt, int reused)
    {
        foreach (ChatResponseUpdate update in Updates(thoughts.Finish(), null)) yield return update;
        foreach (AnswerPart part in tools?.Finish() ?? []) yield return Update(ContentOf(part), null);
        UsageDetails usage = new()
        {
            InputTokenCount = prompt,
            OutputTokenCount = written,
            TotalTokenCount = prompt + written,
            CachedInputTokenCount = reused,
            ReasoningTokenCount = thought,
        };
        ChatResponseUpdate last = Update(new UsageContent(usage), null);
        last.FinishReason = finish == FinishReason.Length ? ChatFinishReason.Length : Calls > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        yield return last;
    }

    private IEnumerable<ChatResponseUpdate> Updates(IReadOnlyList<ThoughtPart> parts, GeneratedText? source)
    {
        foreach (ThoughtPart part in parts)
            if (part.IsThought) yield return Update(new TextReasoningContent(part.Text), source);
            else if (tools is null) yield return Update(new TextContent(part.Text), source);
            else
                foreach (AnswerPart said in tools.Append(part.Text)) yield return Update(ContentOf(said), source);
    }

    private static AIContent ContentOf(AnswerPart part) => part.Call is { } call ? ChatTurns.ContentOf(call) : new TextContent(part.Text);

    private ChatResponseUpdate Update(AIContent content, GeneratedText? source) => new(ChatRole.Assistant, [content])
    {
        ResponseId = id,
        MessageId = id,
        ModelId = modelId,
        CreatedAt = DateTimeOffset.UtcNow,
        RawRepresentation = source,
    };
}
