using Heed.Generation;
using Heed.Tokenization;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI;

/// <summary>What a request says of tools and of the answer's form: what the template shows, how the answer begins, to what it is held, and how it is read.</summary>
internal sealed class ToolUse
{
    private readonly ToolDeclaration[] offered;
    private readonly ToolDeclaration[] callable;
    private readonly ToolCallFormat? format;
    private readonly ChatResponseFormatJson? json;
    private readonly ChatOptions? options;
    private readonly bool required;

    /// <summary>Reads a request.</summary>
    /// <param name="options">The request's options.</param>
    /// <param name="format">How the model writes calls; null where it cannot.</param>
    /// <exception cref="NotSupportedException">There are tools, but the template has no place for them, or they are no functions.</exception>
    /// <exception cref="ArgumentException">A tool is required that is not among them.</exception>
    public ToolUse(ChatOptions? options, ToolCallFormat? format)
    {
        this.options = options;
        json = options?.ResponseFormat as ChatResponseFormatJson;
        // Without permission to call, a model is better not told of tools.
        offered = options?.ToolMode is NoneChatToolMode ? [] : [.. (options?.Tools ?? []).Select(Declare)];
        callable = offered;
        if (options?.ToolMode is RequiredChatToolMode mode)
        {
            required = true;
            if (offered.Length == 0) throw new ArgumentException("a call is required, but there are no tools: give at least one");
            if (mode.RequiredFunctionName is { } name) callable = [.. offered.Where(t => t.Name == name)];
            if (callable.Length == 0) throw new ArgumentException($"a call of {mode.RequiredFunctionName} is required, which is not among the tools {string.Join(", ", offered.Select(t => t.Name))}");
        }
        if (offered.Length == 0) return;
        this.format = format ?? throw new NotSupportedException("the model's chat template has no place for tools, or has its calls written in a way that is not known: leave them out, or give a template or format with which the model was trained (HeedChatClientOptions.Template, .ToolFormat)");
    }

    /// <summary>The tools as the template shows them.</summary>
    public TemplateValue[] Shown => [.. offered.Select(t => t.ToTemplate())];

    /// <summary>How the answer begins, already in the prompt.</summary>
    public string Opening => required ? format!.Opening : "";

    /// <summary>Special tokens that the answer's text shows.</summary>
    public IReadOnlyList<string> Marks => format?.Marks ?? [];

    /// <summary>Whether the answer ends with its first call.</summary>
    public bool Single => options?.AllowMultipleToolCalls == false;

    /// <summary>Who separates the answer's text from its calls; null where there are none.</summary>
    public ToolCallReader? NewReader()
    {
        if (format is null) return null;
        ToolCallReader reader = new(format, offered.Select(t => t.Name));
        reader.Append(Opening);
        return reader;
    }

    /// <summary>To what the answer is held; null = to nothing.</summary>
    /// <exception cref="FormatException">A schema or grammar is wrong, or asks for what is not supported.</exception>
    /// <exception cref="ArgumentException">Several forms are asked for at once.</exception>
    public TokenConstraint? Constraint(ConstraintCache cache)
    {
        string? gbnf = options?.AdditionalProperties.Text("grammar"), regex = options?.AdditionalProperties.Text("regex");
        if ((json is null ? 0 : 1) + (gbnf is null ? 0 : 1) + (regex is null ? 0 : 1) > 1) throw new ArgumentException("an answer has one form: give either a response format, or a grammar, or a regex");
        (string Key, Func<Grammar> Make)? form =
            json?.Schema is { } schema ? ($"schema {schema.GetRawText()}", () => Grammar.JsonSchema(schema))
            : json is not null ? ("json", () => Grammar.JsonObject())
            : gbnf is not null ? ($"gbnf {gbnf}", () => Grammar.Gbnf(gbnf))
            : regex is not null ? ($"regex {regex}", () => Grammar.Regex(regex))
            : null;
        if (format is null || (!required && form is null)) return form is { } alone ? cache.Find(alone.Key, alone.Make) : null;
        string calls = $"calls {format.Name} {required} {Single} {string.Join(' ', callable.Select(t => $"{t.Name} {t.Parameters?.GetRawText()}"))}";
        Grammar Calls() => format.Calls(callable, parallel: !Single, opened: required);
        return required ? cache.Find(calls, Calls) : cache.Find($"{calls} or {form!.Value.Key}", () => Grammar.AnyOf(Calls(), form.Value.Make()));
    }

    private static ToolDeclaration Declare(AITool tool) => tool is AIFunctionDeclaration function
        ? new ToolDeclaration(function.Name, function.Description, function.JsonSchema)
        : throw new NotSupportedException($"the tool {tool.Name} is a {tool.GetType().Name}; a model in this process can call functions alone");
}
