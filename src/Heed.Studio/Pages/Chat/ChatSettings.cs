using Heed.Server;

namespace Heed.Studio.Pages.Chat;

/// <summary>How texts are written; what is null is as the model's own file says.</summary>
public sealed record ChatSettings
{
    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public float? MinP { get; init; }

    public int? MaxTokens { get; init; }

    public long? Seed { get; init; }

    public float? RepetitionPenalty { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }

    /// <summary>Whether answers are shown in the colours of their tokens' probabilities.</summary>
    public bool Colours { get; init; }

    /// <summary>The model that was talked to last.</summary>
    public string? Model { get; init; }

    /// <summary>The same as a request of the server's API, with its rules.</summary>
    internal ChatRequest ToRequest() => new()
    {
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        Seed = Seed,
        RepetitionPenalty = RepetitionPenalty,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
    };

    /// <summary>The same without values that no model takes.</summary>
    public ChatSettings InRange() => this with
    {
        Temperature = Temperature is >= 0 and <= 2 ? Temperature : null,
        TopP = TopP is > 0 and <= 1 ? TopP : null,
        TopK = TopK is >= 0 and <= 1000 ? TopK : null,
        MinP = MinP is >= 0 and <= 1 ? MinP : null,
        MaxTokens = MaxTokens is >= 1 and <= 16_384 ? MaxTokens : null,
        RepetitionPenalty = RepetitionPenalty is >= 1 and <= 2 ? RepetitionPenalty : null,
        PresencePenalty = PresencePenalty is >= -2 and <= 2 ? PresencePenalty : null,
        FrequencyPenalty = FrequencyPenalty is >= -2 and <= 2 ? FrequencyPenalty : null,
    };
}
