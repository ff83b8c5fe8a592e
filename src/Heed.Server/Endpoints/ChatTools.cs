using System.Text.Json;
using Heed.Generation;

namespace Heed.Server;

/// <summary>The tools of a request: whether the model may, must or must not call them, and which.</summary>
internal sealed class ChatTools
{
    private readonly ToolDeclaration[] offered, callable;
    private readonly ToolCallFormat? format;
    private readonly bool required, single;

    /// <summary>Reads the tools.</summary>
    /// <param name="tools">The declarations.</param>
    /// <param name="choice">none, auto, required, or an object that names one.</param>
    /// <param name="parallel">Whether several calls may come at once.</param>
    /// <param name="writer">The model.</param>
    /// <param name="within">Where in a declaration the function's fields stand.</param>
    /// <exception cref="ApiException">They are wrong, or the model calls no tools.</exception>
    public ChatTools(IReadOnlyList<ToolFields>? tools, JsonElement? choice, bool? parallel, ModelWriter writer, string within = ".function")
    {
        offered = [.. (tools ?? []).Select((tool, i) => Declared(tool, $"tools[{i}]", within))];
        callable = offered;
        single = parallel == false;
        if (offered.GroupBy(t => t.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw ApiException.Invalid("tools", $"two tools have the name {twice.Key}");
        switch (choice)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                break;
            case { ValueKind: JsonValueKind.String } word when word.ValueEquals("none"u8):
                offered = []; // without permission to call, a model is better not told of tools
                break;
            case { ValueKind: JsonValueKind.String } word when word.ValueEquals("auto"u8):
                break;
            case { ValueKind: JsonValueKind.String } word when word.ValueEquals("required"u8):
                required = true;
                break;
            case { ValueKind: JsonValueKind.Object } named when Within(named, within) is { ValueKind: JsonValueKind.Object } function && function.TryGetProperty("name", out JsonElement name):
                string wanted = JsonParts.Text(name, $"tool_choice{within}.name");
                (required, single, callable) = (true, true, [.. offered.Where(t => t.Name == wanted)]);
                if (callable.Length == 0) throw ApiException.Invalid("tool_choice", $"tool_choice names the tool {wanted}, which is not among tools");
                break;
            default:
                throw ApiException.Invalid("tool_choice", "tool_choice must be none, auto, required, or an object that names a function");
        }
        if (required && offered.Length == 0) throw ApiException.Invalid("tool_choice", "tool_choice demands a call, but there are no tools");
        if (offered.Length > 0) format = writer.ToolFormat ?? throw ApiException.Unsupported("tools", writer.Source.Name, "has no chat template with a place for tools");
    }

    /// <summary>The tools as the template shows them.</summary>
    public Tokenization.TemplateValue[] Shown => ApiException.Asking("tools", () => offered.Select(t => t.ToTemplate()).ToArray());

    /// <summary>How the answer begins, already in the prompt.</summary>
    public string Opening => required ? format!.Opening : "";

    /// <summary>How calls are found in the answer; null where there are none.</summary>
    public ToolReading? Reading => format is null ? null : new ToolReading(format.Marks, single, NewReader);

    /// <summary>The form that the answer must have, given what else is demanded of it.</summary>
    public TextForm? Form(TextForm? answer)
    {
        if (format is null || (!required && answer is null)) return answer;
        string key = $"calls {format.Name} {required} {single} {string.Join(' ', callable.Select(t => $"{t.Name} {t.Parameters?.GetRawText()}"))}";
        Grammar Calls() => format.Calls(callable, parallel: !single, opened: required);
        return required ? new TextForm(key, Calls, "tools") : new TextForm($"{key} or {answer!.Key}", () => Grammar.AnyOf(Calls(), answer.Make()), answer.Parameter);
    }

    private ToolCallReader NewReader()
    {
        ToolCallReader reader = new(format!, offered.Select(t => t.Name));
        reader.Append(Opening);
        return reader;
    }

    private static JsonElement? Within(JsonElement choice, string within) => within.Length == 0 ? choice : choice.TryGetProperty(within[1..], out JsonElement inner) ? inner : null;

    private static ToolDeclaration Declared(ToolFields? tool, string name, string within)
    {
        if (tool?.Type != "function") throw ApiException.Invalid($"{name}.type", $"{name}.type must be function, given {tool?.Type ?? "none"}");
        if (tool.Function?.Name is not { Length: > 0 and <= 64 } called || called.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))) throw ApiException.Invalid($"{name}{within}.name", $"{name}{within}.name must be 1 to 64 letters, digits, _ or -");
        if (tool.Function.Parameters is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) }) throw ApiException.Invalid($"{name}{within}.parameters", $"{name}{within}.parameters must be a JSON Schema");
        return new ToolDeclaration(called, tool.Function.Description, tool.Function.Parameters);
    }
}
