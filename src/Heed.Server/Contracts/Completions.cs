using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heed.Server;

/// <summary>POST /v1/completions.</summary>
internal sealed record CompletionRequest : WritingFields
{
    /// <summary>A text, a list of texts, a list of token ids, or a list of such lists.</summary>
    public JsonElement? Prompt { get; init; }

    public string? Suffix { get; init; }

    public bool? Echo { get; init; }

    public int? BestOf { get; init; }

    public int? Logprobs { get; init; }
}

/// <summary>The answer, or a piece of it.</summary>
internal sealed record CompletionResponse(string Id, string Object, long Created, string Model, IReadOnlyList<CompletionChoice> Choices, Usage? Usage = null);

/// <summary>One text, or a piece of it.</summary>
internal sealed record CompletionChoice(int Index, string Text)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public CompletionLogProbs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>The tokens of a text side by side with their logarithmic probabilities.</summary>
internal sealed record CompletionLogProbs(IReadOnlyList<string> Tokens, IReadOnlyList<float?> TokenLogprobs, IReadOnlyList<IReadOnlyDictionary<string, float>?> TopLogprobs, IReadOnlyList<int> TextOffset);

/// <summary>How many tokens were read and written.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptDetails PromptTokensDetails, OutputDetails? CompletionTokensDetails = null);

/// <summary>How many of the tokens read did not have to be computed.</summary>
internal sealed record PromptDetails(int CachedTokens);
