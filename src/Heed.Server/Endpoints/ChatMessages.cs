using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>Reads the messages of a conversation.</summary>
internal static class ChatMessages
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    /// <summary>The conversation.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="tools">The tools of the request.</param>
    /// <param name="parameter">The parameter that holds the messages.</param>
    /// <param name="nameOf">What a message is called, by its place; null = parameter and place.</param>
    /// <exception cref="ApiException">A message is wrong.</exception>
    public static Conversation Read(IReadOnlyList<MessageFields>? messages, ChatTools tools, string parameter = "messages", Func<int, string>? nameOf = null)
    {
        if (messages is not { Count: > 0 }) throw ApiException.Invalid(parameter, $"{parameter} must be a list of one message or more");
        nameOf ??= i => $"{parameter}[{i}]";
        Dictionary<string, string> called = []; // names of the tools by the ids of their calls
        TemplateValue[] read = [.. messages.Select((message, i) => Read(message, nameOf(i), called))];
        int last = messages.Index().LastOrDefault(m => m.Item.Role == "user", (-1, null!)).Index;
        return new Conversation(read, last < 0 ? null : JsonParts.Content(messages[last].Content, $"{nameOf(last)}.content"), tools.Shown, tools.Opening);
    }

    /// <summary>What was said, as the log shows it.</summary>
    public static IEnumerable<string> Shown(IEnumerable<MessageFields> messages) => messages.Select(m => $"{m.Role}: {m.Content}");

    private static TemplateValue Read(MessageFields? message, string name, Dictionary<string, string> called)
    {
        if (message is null) throw ApiException.Invalid(name, $"{name} must be an object");
        if (!Roles.Contains(message.Role)) throw ApiException.Invalid($"{name}.role", $"{name}.role must be one of {string.Join(", ", Roles)}, given {message.Role ?? "none"}");
        if (message.Content is null && message.Role != "assistant") throw ApiException.Invalid($"{name}.content", $"{name}.content must be a text or a list of parts");
        string content = JsonParts.Content(message.Content, $"{name}.content");
        switch (message.Role)
        {
            case "tool":
                if (message.ToolCallId is not { Length: > 0 } id) throw ApiException.Invalid($"{name}.tool_call_id", $"{name}.tool_call_id must name the call whose result this is");
                return ToolMessages.Result(id, called.GetValueOrDefault(id), content);
            case "assistant":
                ToolCall[] calls = [.. (message.ToolCalls ?? []).Select((call, i) => Call(call, $"{name}.tool_calls[{i}]"))];
                foreach (ToolCall call in calls) called[call.Id] = call.Name;
                return ApiException.Asking($"{name}.tool_calls", () => ToolMessages.Assistant(content, calls, message.ReasoningContent ?? ""));
            default:
                // What OpenAI calls developer, templates call system.
                return new ChatMessage(message.Role == "developer" ? "system" : message.Role!, content);
        }
    }

    private static ToolCall Call(CallFields? call, string name) => call is { Id.Length: > 0, Function: { Name.Length: > 0, Arguments: { } arguments } }
        ? new ToolCall(call.Id, call.Function.Name, arguments)
        : throw ApiException.Invalid(name, $"{name} must have an id, and a function with name and arguments");
}
