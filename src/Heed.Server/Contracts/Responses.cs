using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heed.Server;

/// <summary>POST /v1/responses.</summary>
internal sealed record ResponseRequest : WritingFields
{
    /// <summary>What the user says, or a list of messages.</summary>
    public JsonElement? Input { get; init; }

    public string? Instructions { get; init; }

    public int? MaxOutputTokens { get; init; }

    public ResponseText? Text { get; init; }

    public string? PreviousResponseId { get; init; }

    /// <summary>A kept conversation: there is none.</summary>
    public JsonElement? Conversation { get; init; }

    /// <summary>A kept prompt: there is none.</summary>
    public JsonElement? Prompt { get; init; }

    public bool? Store { get; init; }

    public bool? Background { get; init; }

    public IReadOnlyList<ResponseTool>? Tools { get; init; }

    /// <summary>none, auto, required, or an object that names the function to call.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary>Whatever the caller wants to find again in the response.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>A function that the model may call.</summary>
internal sealed record ResponseTool
{
    /// <summary>function.</summary>
    public string? Type { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON Schema of the arguments.</summary>
    public JsonElement? Parameters { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>How the text is to be written.</summary>
internal sealed record ResponseText
{
    public ResponseTextFormat? Format { get; init; }
}

/// <summary>The form that the text must have.</summary>
internal sealed record ResponseTextFormat
{
    /// <summary>text, json_object or json_schema.</summary>
    public string? Type { get; init; }

    public string? Name { get; init; }

    public JsonElement? Schema { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>The response, whole or as far as it came.</summary>
internal sealed record ResponseObject(string Id, string Object, long CreatedAt, string Status, string Model, IReadOnlyList<ResponseItem> Output)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ErrorBody? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IncompleteDetails? IncompleteDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Instructions { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? MaxOutputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? PreviousResponseId { get; init; }

    public bool ParallelToolCalls { get; init; } = true;

    public bool Store { get; init; }

    public float Temperature { get; init; }

    public float TopP { get; init; }

    public JsonElement ToolChoice { get; init; }

    public IReadOnlyList<ResponseTool> Tools { get; init; } = [];

    public ResponseText Text { get; init; } = new();

    public JsonElement? Metadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResponseUsage? Usage { get; init; }
}

/// <summary>Why a response is not whole.</summary>
internal sealed record IncompleteDetails(string Reason);

/// <summary>What the model thinks (reasoning), says (message) or wants called (function_call).</summary>
internal sealed record ResponseItem(string Type, string Id, string Status)
{
    public string? Role { get; init; }

    public IReadOnlyList<ResponsePart>? Content { get; init; }

    /// <summary>Of thoughts: none is made.</summary>
    public IReadOnlyList<ResponsePart>? Summary { get; init; }

    /// <summary>What the result of a call refers to.</summary>
    public string? CallId { get; init; }

    public string? Name { get; init; }

    public string? Arguments { get; init; }
}

/// <summary>A part of a message (output_text) or of thoughts (reasoning_text).</summary>
internal sealed record ResponsePart(string Type, string Text)
{
    public IReadOnlyList<string>? Annotations { get; init; }

    public IReadOnlyList<string>? Logprobs { get; init; }
}

/// <summary>How many tokens were read and written.</summary>
internal sealed record ResponseUsage(int InputTokens, PromptDetails InputTokensDetails, int OutputTokens, OutputDetails OutputTokensDetails, int TotalTokens);

/// <summary>How many of the tokens written were thoughts.</summary>
internal sealed record OutputDetails(int ReasoningTokens);

/// <summary>Something that happens to a response while it is written.</summary>
internal sealed record ResponseEvent(string Type, int SequenceNumber)
{
    public ResponseObject? Response { get; init; }

    public int? OutputIndex { get; init; }

    public string? ItemId { get; init; }

    public int? ContentIndex { get; init; }

    public ResponseItem? Item { get; init; }

    public ResponsePart? Part { get; init; }

    public string? Delta { get; init; }

    public string? Text { get; init; }

    public string? Name { get; init; }

    public string? Arguments { get; init; }

    public IReadOnlyList<string>? Logprobs { get; init; }

    public string? Message { get; init; }

    public string? Code { get; init; }

    public string? Param { get; init; }
}
