using Heed.Generation;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI;

/// <summary>How tokens are chosen for a request.</summary>
internal static class ChatSampling
{
    /// <summary>The client's options with what the request says instead.</summary>
    /// <exception cref="ArgumentException">A value is out of range or of the wrong kind.</exception>
    public static SamplingOptions Of(SamplingOptions own, ChatOptions? options)
    {
        if (options is null) return own;
        AdditionalPropertiesDictionary? more = options.AdditionalProperties;
        SamplingOptions sampling = own with
        {
            Temperature = options.Temperature ?? own.Temperature,
            TopP = options.TopP ?? own.TopP,
            TopK = options.TopK ?? own.TopK,
            MinP = more.Number("min_p") ?? own.MinP,
            Cutoffs = own.Cutoffs with { Typical = more.Number("typical_p") ?? own.Cutoffs.Typical, TopNSigma = more.Number("top_n_sigma") ?? own.Cutoffs.TopNSigma },
            RepetitionPenalty = more.Number("repetition_penalty") ?? own.RepetitionPenalty,
            FrequencyPenalty = options.FrequencyPenalty ?? own.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty ?? own.PresencePenalty,
            Seed = options.Seed is { } seed ? unchecked((ulong)seed) : own.Seed,
            MaxTokens = options.MaxOutputTokens ?? own.MaxTokens,
            Stop = options.StopSequences is { Count: > 0 } stop ? [.. stop] : own.Stop,
        };
        sampling.Validate();
        return sampling;
    }
}
