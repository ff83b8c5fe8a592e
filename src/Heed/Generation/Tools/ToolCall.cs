using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A call of a tool that a model wants made.</summary>
/// <param name="Id">What the result refers to. Nine letters and digits where the model gave none: what the strictest templates accept.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">A JSON object, as text.</param>
public sealed record ToolCall(string Id, string Name, string Arguments)
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdLength = 9;

    /// <summary>An id that no other call has.</summary>
    public static string NewId() => Random.Shared.GetString(Digits, IdLength);

    /// <summary>As chat templates know it: id, type and function, with the arguments as a dict.</summary>
    /// <exception cref="FormatException">The arguments are no JSON object.</exception>
    public TemplateValue ToTemplate()
    {
        try
        {
            using JsonDocument arguments = JsonDocument.Parse(Arguments);
            if (arguments.RootElement.ValueKind != JsonValueKind.Object) throw new FormatException($"the arguments of a call of {Name} must be a JSON object, given {arguments.RootElement.ValueKind}");
            return TemplateValue.Dict(("id", Id), ("type", "function"), ("function", TemplateValue.Dict(("name", Name), ("arguments", TemplateValue.From(arguments.RootElement)))));
        }
        catch (JsonException e)
        {
            throw new FormatException($"the arguments of a call of {Name} are no JSON: {e.Message}", e);
        }
    }
}

/// <summary>The messages of conversations with tools, as chat templates know them.</summary>
public static class ToolMessages
{
    /// <summary>What the model said, with the calls that it made.</summary>
    /// <param name="content">What it said.</param>
    /// <param name="calls">The calls.</param>
    /// <param name="thoughts">What it thought before (<c>reasoning_content</c>); templates that know of thoughts show those that belong to unfinished work.</param>
    /// <exception cref="FormatException">The arguments of a call are no JSON object.</exception>
    public static TemplateValue Assistant(string content, IEnumerable<ToolCall> calls, string thoughts = "")
    {
        List<(string, TemplateValue)> message = [("role", "assistant"), ("content", content)];
        if (thoughts.Length > 0) message.Add(("reasoning_content", thoughts));
        TemplateValue[] made = [.. calls.Select(c => c.ToTemplate())];
        if (made.Length > 0) message.Add(("tool_calls", TemplateValue.List(made)));
        return TemplateValue.Dict(message);
    }

    /// <summary>What came of a call.</summary>
    /// <param name="id">The call's id.</param>
    /// <param name="name">The tool, where it is known.</param>
    /// <param name="content">The result as text.</param>
    public static TemplateValue Result(string id, string? name, string content) => name is null
        ? TemplateValue.Dict(("role", "tool"), ("tool_call_id", id), ("content", content))
        : TemplateValue.Dict(("role", "tool"), ("tool_call_id", id), ("name", name), ("content", content));
}
