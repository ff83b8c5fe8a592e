using System.Text.Json;

namespace Heed.Server;

/// <summary>What requests for texts have in common. All is optional; null is as if it were not there.</summary>
internal abstract record WritingFields
{
    public string? Model { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public float? MinP { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    public float? RepetitionPenalty { get; init; }

    public Dictionary<string, float>? LogitBias { get; init; }

    public long? Seed { get; init; }

    /// <summary>A text or a list of texts.</summary>
    public JsonElement? Stop { get; init; }

    public int? N { get; init; }

    public int? MaxTokens { get; init; }

    public bool? Stream { get; init; }

    public StreamFields? StreamOptions { get; init; }

    public ResponseFormat? ResponseFormat { get; init; }

    public string? User { get; init; }
}

/// <summary>What a stream has beside the text.</summary>
internal sealed record StreamFields
{
    public bool? IncludeUsage { get; init; }
}

/// <summary>The form that an answer must have.</summary>
internal sealed record ResponseFormat
{
    /// <summary>text, json_object or json_schema.</summary>
    public string? Type { get; init; }

    public SchemaFormat? JsonSchema { get; init; }
}

/// <summary>A JSON Schema with a name.</summary>
internal sealed record SchemaFormat
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public JsonElement? Schema { get; init; }

    public bool? Strict { get; init; }
}
