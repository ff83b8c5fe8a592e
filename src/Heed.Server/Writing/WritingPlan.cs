using Heed.Generation;

namespace Heed.Server;

/// <summary>What a model is to continue or rewrite.</summary>
/// <param name="Ids">Its token ids.</param>
/// <param name="Text">The same as text.</param>
internal sealed record Prompt(int[] Ids, string Text);

/// <summary>A form that a text must have.</summary>
/// <param name="Key">What tells it from others.</param>
/// <param name="Make">Its grammar.</param>
/// <param name="Parameter">The parameter that demands it.</param>
internal sealed record TextForm(string Key, Func<Grammar> Make, string Parameter);

/// <summary>What a request wants written.</summary>
internal sealed record WritingPlan
{
    /// <summary>What is done, in OpenTelemetry's words.</summary>
    public string Operation { get; init; } = "chat";

    /// <summary>The prompts.</summary>
    public required IReadOnlyList<Prompt> Prompts { get; init; }

    /// <summary>How.</summary>
    public required GenerationOptions Options { get; init; }

    /// <summary>Texts for each prompt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether probabilities are asked for; of how many alternatives the sampling options say.</summary>
    public bool LogProbs { get; init; }

    /// <summary>How calls of tools are found in the texts; null = there are none.</summary>
    public ToolReading? Tools { get; init; }

    /// <summary>Whether the texts are answers, which may begin with thoughts.</summary>
    public bool Thoughts { get; init; }

    /// <summary>When all texts end as they are.</summary>
    public CancellationToken Deadline { get; init; }

    /// <summary>Tokens of all prompts.</summary>
    public int PromptTokens => Prompts.Sum(p => p.Ids.Length);
}

/// <summary>A piece of one of the texts of a request.</summary>
/// <param name="Choice">Which text: that of prompt <c>i</c> and number <c>j</c> is <c>i * count + j</c>.</param>
/// <param name="Text">What is new.</param>
/// <param name="Tokens">The tokens of it, where probabilities were asked for.</param>
/// <param name="Count">Tokens that were written for it.</param>
/// <param name="LogProb">The sum of their logarithmic probabilities.</param>
/// <param name="Finish">Why the text ends here: "stop", "length" or "tool_calls"; null = it goes on.</param>
/// <param name="Calls">Calls of tools that are complete with it.</param>
/// <param name="Reused">With the last piece: tokens of the prompt that did not have to be computed.</param>
internal sealed record TextPiece(int Choice, string Text, IReadOnlyList<WrittenToken> Tokens, int Count, float LogProb, string? Finish, IReadOnlyList<ToolCall> Calls, int Reused = 0)
{
    /// <summary>What is new of its thoughts.</summary>
    public string Thought { get; init; } = "";

    /// <summary>Tokens that were written for them, of all.</summary>
    public int ThoughtCount { get; init; }
}

/// <summary>How calls of tools are found in a text.</summary>
/// <param name="Marks">Special tokens that are text to the reader.</param>
/// <param name="Single">Whether a text ends with its first call.</param>
/// <param name="NewReader">A reader for one text.</param>
internal sealed record ToolReading(IReadOnlyList<string> Marks, bool Single, Func<ToolCallReader> NewReader);

/// <summary>A token of a text.</summary>
/// <param name="Token">Id and probability.</param>
/// <param name="Top">The most probable ones in its place.</param>
/// <param name="Start">Where in the text it begins.</param>
internal sealed record WrittenToken(TokenProbability Token, IReadOnlyList<TokenProbability> Top, int Start);
