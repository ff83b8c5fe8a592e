using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>How a model writes the calls of tools within its answer.</summary>
public abstract class ToolCallFormat
{
    private protected ToolCallFormat()
    {
    }

    /// <summary>Hermes, Qwen and many others: <c>&lt;tool_call&gt;{"name": ..., "arguments": {...}}&lt;/tool_call&gt;</c>, anywhere in the answer.</summary>
    public static ToolCallFormat Hermes { get; } = new HermesToolCalls();

    /// <summary>LLaMA 3: an answer that is <c>{"name": ..., "parameters": {...}}</c>; several with semicolons between them.</summary>
    public static ToolCallFormat Llama { get; } = new LlamaToolCalls();

    /// <summary>Mistral: <c>[TOOL_CALLS] [{"name": ..., "arguments": {...}}]</c>, or <c>[TOOL_CALLS]name[ARGS]{...}</c> of its later models.</summary>
    public static ToolCallFormat Mistral { get; } = new MistralToolCalls();

    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>With what calls begin, such as <c>&lt;tool_call&gt;</c>. Behind a prompt it makes the model call. Where the tokenizer has it as a special token, that is meant.</summary>
    public abstract string Opening { get; }

    /// <summary>Tokens by which calls are known and which a decoder must therefore write, though they are special ones of some tokenizers.</summary>
    public abstract IReadOnlyList<string> Marks { get; }

    /// <summary>The format that a template teaches its model; null where it has no place for tools, or teaches another format than these.</summary>
    public static ToolCallFormat? Of(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        string source = template.Source;
        return !Has("tools") ? null
            : Has("[TOOL_CALLS]") ? Mistral
            : Has("<tool_call>") ? Hermes
            : Has("<|python_tag|>") || Has("\"parameters\"") ? Llama
            : null;

        bool Has(string text) => source.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>The answers that call one of these tools, or several where they may be called at once.</summary>
    /// <param name="tools">The tools; at least one.</param>
    /// <param name="parallel">Whether an answer may hold several calls.</param>
    /// <param name="opened">Whether <see cref="Opening"/> stands in the prompt already.</param>
    /// <exception cref="FormatException">There is no tool, or a schema is impossible or not supported.</exception>
    public Grammar Calls(IEnumerable<ToolDeclaration> tools, bool parallel = true, bool opened = false)
    {
        GrammarNode[] calls = [.. tools.Select(t => t.Call(ArgumentsKey))];
        if (calls.Length == 0) throw new FormatException("there are no tools that could be called: give at least one");
        return new Grammar(Answer(GrammarNode.Choice(calls), parallel, opened), "calls");
    }

    /// <summary>What the arguments are called.</summary>
    private protected virtual string ArgumentsKey => "arguments";

    /// <summary>Where calls begin in a text, or may begin with what is still to come; its length where they do not.</summary>
    internal abstract int Start(string text, AnswerPlace place);

    /// <summary>Reads the calls at the start of a text.</summary>
    /// <param name="text">What stands from <see cref="Start"/> on.</param>
    /// <param name="known">Whether there is a tool of a name.</param>
    /// <param name="ended">Whether nothing more will come.</param>
    internal abstract ToolCallMatch Match(string text, Func<string, bool> known, bool ended);

    private protected abstract GrammarNode Answer(GrammarNode call, bool parallel, bool opened);

    private protected static GrammarNode Several(GrammarNode item, string between, bool parallel) =>
        parallel ? GrammarNode.Sequence(item, GrammarNode.Repeat(GrammarNode.Sequence(GrammarNode.Text(between), item), 0)) : item;

    /// <summary>The place of a mark, or of what may become one.</summary>
    internal static int Find(string text, string mark, int from = 0)
    {
        int at = text.IndexOf(mark, from, StringComparison.Ordinal);
        if (at >= 0) return at;
        for (int length = Math.Min(mark.Length - 1, text.Length - from); length > 0; length--)
            if (text.AsSpan(text.Length - length).SequenceEqual(mark.AsSpan(0, length))) return text.Length - length;
        return text.Length;
    }

    private protected static int SkipSpace(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    /// <summary>Whether a mark stands at a place; null where the text ends within it.</summary>
    private protected static bool? Stands(string text, int at, string mark)
    {
        int length = Math.Min(mark.Length, text.Length - at);
        return string.CompareOrdinal(text, at, mark, 0, length) != 0 ? false : length == mark.Length ? true : null;
    }
}

/// <summary>What an answer has shown before a place.</summary>
internal enum AnswerPlace : byte
{
    /// <summary>Nothing.</summary>
    Begin,

    /// <summary>A call, last.</summary>
    BehindCall,

    /// <summary>Text, last.</summary>
    Text,
}

/// <summary>What was read of calls.</summary>
/// <param name="Calls">The calls; none where the text is no call, null where it is not finished.</param>
/// <param name="Length">Characters that they take.</param>
internal readonly record struct ToolCallMatch(IReadOnlyList<ToolCall>? Calls, int Length)
{
    public static ToolCallMatch None => new([], 0);

    public static ToolCallMatch Unfinished => new(null, 0);
}
