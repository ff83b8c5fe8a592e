using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heed.Server;

/// <summary>POST /v1/embeddings.</summary>
internal sealed record EmbeddingRequest
{
    public string? Model { get; init; }

    /// <summary>A text, a list of texts, a list of token ids that are read as they are, or a list of such lists.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>float or base64.</summary>
    public string? EncodingFormat { get; init; }

    public int? Dimensions { get; init; }

    /// <summary>Which of the model's own prompts stands before each text.</summary>
    public string? PromptName { get; init; }

    public string? User { get; init; }
}

/// <summary>The vectors.</summary>
internal sealed record EmbeddingResponse(string Object, IReadOnlyList<EmbeddingData> Data, string Model, ReadingUsage Usage);

/// <summary>The vector of a text: a list of numbers, or their bytes (little-endian) in base64.</summary>
internal sealed record EmbeddingData(string Object, int Index, JsonElement Embedding);

/// <summary>How many tokens were read.</summary>
internal sealed record ReadingUsage(int PromptTokens, int TotalTokens);

/// <summary>POST /v1/rerank.</summary>
internal sealed record RerankRequest
{
    public string? Model { get; init; }

    public string? Query { get; init; }

    /// <summary>Texts, or objects with a member text.</summary>
    public IReadOnlyList<JsonElement>? Documents { get; init; }

    public int? TopN { get; init; }

    public bool? ReturnDocuments { get; init; }
}

/// <summary>The documents, the best first.</summary>
internal sealed record RerankResponse(string Id, string Model, IReadOnlyList<RerankResult> Results);

/// <summary>A document's place in the request and how well it fits.</summary>
internal sealed record RerankResult(int Index, double RelevanceScore, RerankDocument? Document);

/// <summary>A document.</summary>
internal sealed record RerankDocument(string Text);

/// <summary>POST /v1/classify.</summary>
internal sealed record ClassifyRequest
{
    public string? Model { get; init; }

    /// <summary>A text or a list of texts.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>Where pairs are classified: the second text of each.</summary>
    public JsonElement? Pair { get; init; }

    public int? TopN { get; init; }
}

/// <summary>The labels of each text.</summary>
internal sealed record ClassifyResponse(string Object, string Model, IReadOnlyList<ClassifyData> Data);

/// <summary>The best label of a text, and all of them.</summary>
internal sealed record ClassifyData(int Index, string Label, double Score, IReadOnlyList<LabelData> Labels);

/// <summary>A label and how much it is the text's.</summary>
internal sealed record LabelData(string Label, double Score);

/// <summary>POST /v1/fill-mask.</summary>
internal sealed record FillMaskRequest
{
    public string? Model { get; init; }

    /// <summary>A text or a list of texts, each with a mask.</summary>
    public JsonElement? Input { get; init; }

    public int? TopK { get; init; }
}

/// <summary>The candidates of each mask of each text.</summary>
internal sealed record FillMaskResponse(string Object, string Model, IReadOnlyList<FillMaskData> Data);

/// <summary>The masks of a text.</summary>
internal sealed record FillMaskData(int Index, IReadOnlyList<IReadOnlyList<MaskData>> Masks);

/// <summary>A token that may stand at a mask, and the text with it.</summary>
internal sealed record MaskData(string Token, int Id, double Score, string Text);
