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

    public bool? Background { get; init; }

    public IReadOnlyList<JsonElement>? Tools { get; init; }
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

    public bool ParallelToolCalls { get; init; }

    public bool Store { get; init; }

    public float Temperature { get; init; }

    public float TopP { get; init; }

    public string ToolChoice { get; init; } = "none";

    public IReadOnlyList<ToolFields> Tools { get; init; } = [];

    public ResponseText Text { get; init; } = new();

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ResponseUsage? Usage { get; init; }
}

/// <summary>Why a response is not whole.</summary>
internal sealed record IncompleteDetails(string Reason);

/// <summary>A message of the model.</summary>
internal sealed record ResponseItem(string Type, string Id, string Status, string Role, IReadOnlyList<ResponsePart> Content);

/// <summary>A part of the message.</summary>
internal sealed record ResponsePart(string Type, string Text, IReadOnlyList<string> Annotations, IReadOnlyList<string> Logprobs);

/// <summary>How many tokens were read and written.</summary>
internal sealed record ResponseUsage(int InputTokens, PromptDetails InputTokensDetails, int OutputTokens, OutputDetails OutputTokensDetails, int TotalTokens);

/// <summary>How many of the tokens written were thoughts: none is told apart.</summary>
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

    public IReadOnlyList<string>? Logprobs { get; init; }

    public string? Message { get; init; }

    public string? Code { get; init; }

    public string? Param { get; init; }
}
