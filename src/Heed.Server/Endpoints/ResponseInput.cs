using System.Text.Json;
using Heed.Generation;

namespace Heed.Server;

/// <summary>
/// Reads the input of /v1/responses as messages of a conversation. Thoughts, a text and calls that follow each other are one message of the assistant, as
/// templates know it.
/// </summary>
internal sealed class ResponseInput
{
    private readonly List<MessageFields> messages = [];
    private readonly List<string> names = [];
    private string thoughts = ""; // of the message to come

    /// <summary>Reads it.</summary>
    /// <exception cref="ApiException">An item is wrong, or of a kind that cannot be read.</exception>
    public ResponseInput(ResponseRequest request)
    {
        if (request.Instructions is { Length: > 0 } instructions) Add("instructions", new MessageFields { Role = "system", Content = Json(instructions) });
        switch (request.Input)
        {
            case { ValueKind: JsonValueKind.String } text:
                Add("input", new MessageFields { Role = "user", Content = text });
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                foreach ((int i, JsonElement item) in items.EnumerateArray().Index()) Read(item, $"input[{i}]");
                break;
            default:
                throw ApiException.Invalid("input", "input must be a text or a list of one item or more");
        }
    }

    /// <summary>The messages.</summary>
    public IReadOnlyList<MessageFields> Messages => messages;

    /// <summary>Which item of the request a message is.</summary>
    public string NameOf(int message) => names[message];

    private void Read(JsonElement item, string name)
    {
        if (item.ValueKind != JsonValueKind.Object) throw ApiException.Invalid(name, $"{name} must be an object");
        string type = item.TryGetProperty("type", out JsonElement given) ? JsonParts.Text(given, $"{name}.type") : "message";
        switch (type)
        {
            case "message":
                Add(name, new MessageFields { Role = Optional(item, "role", name), Content = item.TryGetProperty("content", out JsonElement content) ? content : null });
                break;
            case "function_call":
                AddCall(item, name);
                break;
            case "function_call_output":
                if (!item.TryGetProperty("output", out JsonElement output)) throw ApiException.Invalid($"{name}.output", $"{name}.output must be a text or a list of parts");
                Add(name, new MessageFields { Role = "tool", ToolCallId = Needed(item, "call_id", name), Content = Json(JsonParts.Content(output, $"{name}.output")) });
                break;
            case "reasoning":
                thoughts = item.TryGetProperty("content", out JsonElement told) ? JsonParts.Content(told, $"{name}.content") : "";
                break;
            default:
                throw ApiException.Invalid($"{name}.type", $"{name}.type must be message, function_call, function_call_output or reasoning, given {type}");
        }
    }

    private void AddCall(JsonElement item, string name)
    {
        ToolCall call = new(Needed(item, "call_id", name), Needed(item, "name", name), Needed(item, "arguments", name));
        ApiException.Asking($"{name}.arguments", call.ToTemplate); // which only a JSON object becomes
        CallFields fields = new() { Id = call.Id, Type = "function", Function = new CalledFunction(call.Name, call.Arguments) };
        if (thoughts.Length == 0 && messages is [.., { Role: "assistant" } last]) messages[^1] = last with { ToolCalls = [.. last.ToolCalls ?? [], fields] };
        else Add(name, new MessageFields { Role = "assistant", ToolCalls = [fields] });
    }

    private void Add(string name, MessageFields message)
    {
        messages.Add(message.Role == "assistant" && thoughts.Length > 0 ? message with { ReasoningContent = thoughts } : message);
        names.Add(name);
        thoughts = "";
    }

    private static string? Optional(JsonElement item, string member, string name) => item.TryGetProperty(member, out JsonElement value) ? JsonParts.Text(value, $"{name}.{member}") : null;

    private static string Needed(JsonElement item, string member, string name) => Optional(item, member, name) is { Length: > 0 } text ? text : throw ApiException.Invalid($"{name}.{member}", $"{name}.{member} must be a text that is not empty");

    private static JsonElement Json(string text) => JsonSerializer.SerializeToElement(text, ApiJson.Default.String);
}
