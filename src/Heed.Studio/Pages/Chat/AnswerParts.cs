using Heed.Generation;

namespace Heed.Studio.Pages.Chat;

/// <summary>What a part of an answer is.</summary>
internal enum PartKind
{
    Text,
    Thought,
    Call,
}

/// <summary>A part of an answer.</summary>
internal readonly record struct ShownPart(PartKind Kind, string Text);

/// <summary>Separates what a model thinks, and the calls of tools that it writes, from what it says.</summary>
internal static class AnswerParts
{
    private const string CallBegin = "<tool_call>", CallEnd = "</tool_call>";

    /// <summary>The parts of an answer in their order.</summary>
    public static IReadOnlyList<ShownPart> Of(ChatTurn turn)
    {
        if (turn.Use != ModelUse.Converse) return [new ShownPart(PartKind.Text, turn.Text)];
        ThoughtReader reader = new(turn.Thinking);
        List<ShownPart> parts = [];
        foreach (ThoughtPart part in reader.Append(turn.Text).Concat(reader.Finish()))
        {
            if (part.IsThought) Add(parts, PartKind.Thought, part.Text);
            else AddCalls(parts, part.Text);
        }
        return parts;
    }

    /// <summary>What the model said, without its thoughts.</summary>
    public static string Said(ChatTurn turn)
    {
        if (turn.Use != ModelUse.Converse) return turn.Text;
        ThoughtReader reader = new(turn.Thinking);
        return string.Concat(reader.Append(turn.Text).Concat(reader.Finish()).Where(p => !p.IsThought).Select(p => p.Text));
    }

    private static void AddCalls(List<ShownPart> parts, string text)
    {
        while (text.Length > 0)
        {
            int begin = text.IndexOf(CallBegin, StringComparison.Ordinal);
            if (begin < 0) begin = text.Length;
            if (begin > 0) Add(parts, PartKind.Text, text[..begin]);
            text = text[begin..];
            if (text.Length == 0) return;
            int end = text.IndexOf(CallEnd, StringComparison.Ordinal);
            Add(parts, PartKind.Call, (end < 0 ? text[CallBegin.Length..] : text[CallBegin.Length..end]).Trim());
            text = end < 0 ? "" : text[(end + CallEnd.Length)..];
        }
    }

    // Neighbours of one kind are one part.
    private static void Add(List<ShownPart> parts, PartKind kind, string text)
    {
        if (kind != PartKind.Call && parts.Count > 0 && parts[^1].Kind == kind) parts[^1] = new ShownPart(kind, parts[^1].Text + text);
        else parts.Add(new ShownPart(kind, text));
    }
}
