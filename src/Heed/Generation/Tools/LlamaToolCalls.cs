namespace Heed.Generation;

/// <summary>Calls as the whole answer: https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1/#json-based-tool-calling.</summary>
internal sealed class LlamaToolCalls : ToolCallFormat
{
    private const string Tag = "<|python_tag|>";

    public override string Name => "llama";

    public override string Opening => "";

    public override IReadOnlyList<string> Marks => [Tag];

    private protected override string ArgumentsKey => "parameters";

    internal override int Start(string text, AnswerPlace place)
    {
        if (place == AnswerPlace.Text) return text.Length;
        int at = SkipSpace(text, 0), first = at;
        if (place == AnswerPlace.BehindCall) at = SkipSeparators(text);
        return at == text.Length || text[at] == '{' || Stands(text, at, Tag) != false ? first : text.Length;
    }

    // What is an object but calls no tool is an answer in JSON.
    internal override ToolCallMatch Match(string text, Func<string, bool> known, bool ended)
    {
        int at = SkipSeparators(text);
        switch (Stands(text, at, Tag))
        {
            case null when at < text.Length: return ToolCallMatch.Unfinished;
            case true: at = SkipSpace(text, at + Tag.Length); break;
        }
        int end = JsonExtent.Of(text, at);
        if (end == JsonExtent.Unfinished) return ToolCallMatch.Unfinished;
        return end != JsonExtent.None && ToolCallJson.Read(text[at..end]) is { } call && known(call.Name) ? new([call], end) : ToolCallMatch.None;
    }

    private protected override GrammarNode Answer(GrammarNode call, bool parallel, bool opened) => Several(call, "; ", parallel);

    private static int SkipSeparators(string text)
    {
        int at = 0;
        while (at < text.Length && (text[at] == ';' || char.IsWhiteSpace(text[at]))) at++;
        return at;
    }
}
