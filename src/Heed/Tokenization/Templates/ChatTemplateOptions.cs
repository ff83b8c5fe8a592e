namespace Heed.Tokenization;

/// <summary>
/// How a chat template is rendered. Templates come with models from strangers, so what one rendering may use is bounded; the
/// defaults are far above what a conversation of a million tokens needs.
/// </summary>
public sealed record ChatTemplateOptions
{
    /// <summary>What <c>strftime_now</c> takes for the present moment. Default: the local time when the rendering starts.</summary>
    public DateTime? Now { get; init; }

    /// <summary>Most steps (evaluated nodes and visited elements) of one rendering. Default 5 million.</summary>
    public int MaxSteps { get; init; } = 5_000_000;

    /// <summary>Most UTF-16 units that one rendering may build, intermediate strings included. Default 2^28.</summary>
    public long MaxCharacters { get; init; } = 1L << 28;

    /// <summary>Most UTF-16 units of the rendered text, and of any one string. Default 2^25.</summary>
    public int MaxLength { get; init; } = 1 << 25;

    /// <summary>How deep calls and nested values may go. Default 200.</summary>
    public int MaxDepth { get; init; } = 200;
}
