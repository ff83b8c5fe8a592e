using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Extensions.AI;

/// <summary>How a <see cref="HeedChatClient"/> serves its model.</summary>
public sealed record HeedChatClientOptions
{
    /// <summary>Tokens of an answer at most, where neither <see cref="Sampling"/> nor the request says it.</summary>
    internal const int DefaultMaxTokens = 1024;

    /// <summary>How the model wants a conversation written; null = as its folder says. For a model that brings no template: <c>ChatTemplate.Parse(BuiltInChatTemplates.Source("chatml"))</c> or one of your own.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>How the model writes calls of tools; null = as the template says (<see cref="ToolCallFormat.Of"/>).</summary>
    public ToolCallFormat? ToolFormat { get; init; }

    /// <summary>What holds where a request says nothing else; null = the folder's generation_config.json where it speaks of sampling, else plain sampling; up to 1,024 tokens.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>Sizes and limits of the engine; not used where an engine is given.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>What the model is called in answers; null = the name of its folder or file.</summary>
    public string? ModelId { get; init; }
}
