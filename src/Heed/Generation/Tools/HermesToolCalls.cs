namespace Heed.Generation;

/// <summary>Calls in tags: https://github.com/NousResearch/Hermes-Function-Calling.</summary>
internal sealed class HermesToolCalls : ToolCallFormat
{
    private const string Begin = "<tool_call>", End = "</tool_call>";

    public override string Name => "hermes";

    public override string Opening => Begin + "\n";

    public override IReadOnlyList<string> Marks => [Begin, End];

    internal override int Start(string text, AnswerPlace place) => Find(text, Begin);

    internal override ToolCallMatch Match(string text, Func<string, bool> known, bool ended)
    {
        if (Stands(text, 0, Begin) is null) return ToolCallMatch.Unfinished;
        int at = SkipSpace(text, Begin.Length), end = JsonExtent.Of(text, at);
        if (end == JsonExtent.Unfinished) return ToolCallMatch.Unfinished;
        if (end == JsonExtent.None || ToolCallJson.Read(text[at..end]) is not { } call) return ToolCallMatch.None;
        // A model may forget the closing tag: the call is one nevertheless.
        int close = SkipSpace(text, end);
        return Stands(text, close, End) switch
        {
            null when !ended => ToolCallMatch.Unfinished,
            true => new([call], close + End.Length),
            _ => new([call], end),
        };
    }

    private protected override GrammarNode Answer(GrammarNode call, bool parallel, bool opened)
    {
        GrammarNode closed = GrammarNode.Sequence(call, GrammarNode.Text("\n" + End));
        GrammarNode more = GrammarNode.Sequence(GrammarNode.Text("\n" + Opening), closed);
        GrammarNode first = opened ? closed : GrammarNode.Sequence(GrammarNode.Text(Opening), closed);
        return parallel ? GrammarNode.Sequence(first, GrammarNode.Repeat(more, 0)) : first;
    }
}
