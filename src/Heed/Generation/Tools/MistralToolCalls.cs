namespace Heed.Generation;

/// <summary>Calls behind a mark, as a list or each behind its name: https://docs.mistral.ai/capabilities/function_calling, and the formats of mistral-common.</summary>
internal sealed class MistralToolCalls : ToolCallFormat
{
    private const string Mark = "[TOOL_CALLS]", IdMark = "[CALL_ID]", ArgumentsMark = "[ARGS]";

    public override string Name => "mistral";

    public override string Opening => Mark;

    public override IReadOnlyList<string> Marks => [Mark, IdMark, ArgumentsMark];

    internal override int Start(string text, AnswerPlace place) => Find(text, Mark);

    internal override ToolCallMatch Match(string text, Func<string, bool> known, bool ended)
    {
        if (Stands(text, 0, Mark) is null) return ToolCallMatch.Unfinished;
        int at = SkipSpace(text, Mark.Length);
        if (at == text.Length) return ToolCallMatch.Unfinished;
        return text[at] is '[' or '{' ? Listed(text, at) : Named(text, at);
    }

    private static ToolCallMatch Listed(string text, int at)
    {
        int end = JsonExtent.Of(text, at);
        return end == JsonExtent.Unfinished ? ToolCallMatch.Unfinished
            : end != JsonExtent.None && ToolCallJson.ReadList(text[at..end]) is { Count: > 0 } calls ? new(calls, end)
            : ToolCallMatch.None;
    }

    // name[CALL_ID]id[ARGS]{...}, of which the marks may be missing.
    private static ToolCallMatch Named(string text, int at)
    {
        int open = text.IndexOf('{', at);
        string head = text[at..(open < 0 ? text.Length : open)];
        if (head.AsSpan().ContainsAny('\n', '}', '"')) return ToolCallMatch.None;
        if (open < 0) return ToolCallMatch.Unfinished;
        int end = JsonExtent.Of(text, open);
        if (end == JsonExtent.Unfinished) return ToolCallMatch.Unfinished;
        string[] parts = head.Replace(ArgumentsMark, "", StringComparison.Ordinal).Split(IdMark);
        string name = parts[0].Trim(), id = parts is [_, var given] && given.Trim().Length > 0 ? given.Trim() : ToolCall.NewId();
        return end != JsonExtent.None && name.Length > 0 && ToolCallJson.Arguments(text[open..end]) is { } arguments ? new([new ToolCall(id, name, arguments)], end) : ToolCallMatch.None;
    }

    private protected override GrammarNode Answer(GrammarNode call, bool parallel, bool opened)
    {
        GrammarNode list = GrammarNode.Sequence(GrammarNode.Optional(GrammarNode.Text(" ")), GrammarNode.Text("["), Several(call, ", ", parallel), GrammarNode.Text("]"));
        return opened ? list : GrammarNode.Sequence(GrammarNode.Text(Mark), list);
    }
}
