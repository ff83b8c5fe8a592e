namespace Heed.Server;

/// <summary>An error in OpenAI's form.</summary>
internal sealed record ErrorResponse(ErrorBody Error);

/// <summary>What is wrong, and which parameter.</summary>
internal sealed record ErrorBody(string Message, string Type, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? Param, [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? Code);

/// <summary>GET /v1/models.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelCard> Data);

/// <summary>GET /v1/models/NAME. Beside OpenAI's fields: what the model is good for, its size, and whether it is in memory.</summary>
internal sealed record ModelCard(string Id, string Object, long Created, string OwnedBy, string Kind, long Bytes, bool Loaded);

/// <summary>GET /health and /ready.</summary>
internal sealed record Health(string Status);
