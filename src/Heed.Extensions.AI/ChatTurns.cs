using System.Text.Json;
using Heed.Generation;
using Heed.Tokenization;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using Turn = Heed.Tokenization.ChatMessage;

namespace Heed.Extensions.AI;

/// <summary>Messages of Microsoft.Extensions.AI as chat templates know them, and calls in both directions.</summary>
internal static class ChatTurns
{
    /// <summary>A conversation.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="instructions">What the model is told before all else; joined with the conversation's own first system message, since many templates know one alone.</param>
    /// <exception cref="NotSupportedException">A message has content that is no text.</exception>
    /// <exception cref="ArgumentException">There is no message.</exception>
    public static TemplateValue[] Of(IEnumerable<ChatMessage> messages, string? instructions)
    {
        List<TemplateValue> turns = [];
        Dictionary<string, string> tools = []; // by the ids of their calls
        string? system = string.IsNullOrEmpty(instructions) ? null : instructions;
        foreach (ChatMessage message in messages)
        {
            string text = string.Concat(message.Contents.Select(TextOf));
            if (system is not null)
            {
                bool own = turns.Count == 0 && message.Role == ChatRole.System;
                turns.Add(new Turn("system", own ? $"{system}\n\n{text}" : system));
                system = null;
                if (own) continue;
            }
            ToolCall[] calls = [.. message.Contents.OfType<FunctionCallContent>().Select(CallOf)];
            FunctionResultContent[] results = [.. message.Contents.OfType<FunctionResultContent>()];
            foreach (ToolCall call in calls) tools[call.Id] = call.Name;
            string thoughts = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(t => t.Text));
            if (calls.Length > 0 || (thoughts.Length > 0 && message.Role == ChatRole.Assistant)) turns.Add(ToolMessages.Assistant(text, calls, thoughts));
            else if (text.Length > 0 || results.Length == 0) turns.Add(new Turn(message.Role.Value, text));
            turns.AddRange(results.Select(r => ToolMessages.Result(r.CallId, tools.GetValueOrDefault(r.CallId), ResultOf(r))));
        }
        if (system is not null) turns.Add(new Turn("system", system));
        return turns.Count > 0 ? [.. turns] : throw new ArgumentException("the conversation has no messages: give at least one, or instructions");
    }

    /// <summary>A call that the model made.</summary>
    public static FunctionCallContent ContentOf(ToolCall call) =>
        FunctionCallContent.CreateFromParsedArguments(call.Arguments, call.Id, call.Name, static json => (IDictionary<string, object?>?)JsonSerializer.Deserialize(json, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>))));

    private static ToolCall CallOf(FunctionCallContent call) =>
        new(call.CallId, call.Name, call.Arguments is null ? "{}" : JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>))));

    private static string ResultOf(FunctionResultContent result) => result.Result switch
    {
        null => result.Exception is { } e ? $"Error: {e.Message}" : "null",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        JsonElement json => json.GetRawText(),
        TextContent text => text.Text,
        IEnumerable<AIContent> contents => string.Concat(contents.Select(TextOf)),
        { } value => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType())),
    };

    private static string TextOf(AIContent content) => content switch
    {
        TextContent text => text.Text,
        ErrorContent error => error.Message,
        FunctionCallContent or FunctionResultContent or UsageContent or TextReasoningContent => "",
        _ => throw new NotSupportedException($"the model reads text alone; a message has a {content.GetType().Name}"),
    };
}
