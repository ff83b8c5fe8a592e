using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/responses: texts, whole or streamed. Responses are not kept, so each request holds the whole conversation.</summary>
internal static class ResponseEndpoint
{
    public static async Task Handle(HttpContext context, ModelRegistry registry, ServerOptions limits, RequestLog log)
    {
        ResponseRequest request = await JsonBody.Read(context, ApiJson.Default.ResponseRequest);
        using WritingScope scope = await WritingScope.Open(context, registry, limits, request.Model);
        ModelWriter writer = scope.Writer;
        if (request.PreviousResponseId is not null) throw ApiException.Unsupported("previous_response_id", writer.Source.Name, "keeps no responses: send the whole conversation as input");
        if (request.Background == true) throw ApiException.Unsupported("background", writer.Source.Name, "answers while it is listened to, not in the background");
        if (request.Tools is { Count: > 0 }) throw ApiException.Unsupported("tools", writer.Source.Name, "calls tools in /v1/chat/completions only");
        (List<MessageFields> messages, int before) = Messages(request);
        Conversation conversation = ChatMessages.Read(messages, new ChatTools(null, null, null, writer), "input", before);
        WritingPlan plan = new()
        {
            Prompts = [ApiException.Asking("input", () => writer.Read(conversation))],
            Options = WritingOptions.Read(request, writer, limits, (request.MaxOutputTokens, "max_output_tokens"), limits.MaxTokens, WritingOptions.Form(Format(request.Text?.Format), "text.format"), (null, "")),
            Deadline = scope.Deadline,
        };
        log.Prompts(writer.Source.Name, ChatMessages.Shown(messages));
        ResponseWriter answer = new(request, scope, plan);
        IAsyncEnumerable<TextPiece> pieces = scope.Write(plan, "input");
        if (request.Stream == true) await answer.Stream(context, pieces);
        else await answer.Whole(context, pieces);
    }

    // The form in the words of /v1/chat/completions.
    private static ResponseFormat? Format(ResponseTextFormat? format) => format is null ? null
        : new ResponseFormat { Type = format.Type, JsonSchema = format.Type == "json_schema" ? new SchemaFormat { Name = format.Name, Schema = format.Schema, Strict = format.Strict } : null };

    private static (List<MessageFields> Messages, int Before) Messages(ResponseRequest request)
    {
        List<MessageFields> messages = [];
        if (request.Instructions is { Length: > 0 } instructions) messages.Add(new MessageFields { Role = "system", Content = JsonSerializer.SerializeToElement(instructions, ApiJson.Default.String) });
        int before = messages.Count;
        switch (request.Input)
        {
            case { ValueKind: JsonValueKind.String } text:
                messages.Add(new MessageFields { Role = "user", Content = text });
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                foreach (JsonElement item in items.EnumerateArray()) messages.Add(Message(item, $"input[{messages.Count - before}]"));
                break;
            default:
                throw ApiException.Invalid("input", "input must be a text or a list of one message or more");
        }
        return (messages, before);
    }

    private static MessageFields Message(JsonElement item, string name)
    {
        if (item.ValueKind != JsonValueKind.Object) throw ApiException.Invalid(name, $"{name} must be a message");
        if (item.TryGetProperty("type", out JsonElement type) && JsonParts.Text(type, $"{name}.type") != "message") throw ApiException.Invalid($"{name}.type", $"{name}.type must be message: nothing else is read");
        return new MessageFields
        {
            Role = item.TryGetProperty("role", out JsonElement role) ? JsonParts.Text(role, $"{name}.role") : null,
            Content = item.TryGetProperty("content", out JsonElement content) ? content : null,
        };
    }
}
