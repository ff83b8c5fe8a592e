using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heed.Server;

/// <summary>POST /v1/chat/completions.</summary>
internal sealed record ChatRequest : WritingFields
{
    public IReadOnlyList<MessageFields>? Messages { get; init; }

    public int? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    /// <summary>Functions that the model may call.</summary>
    public IReadOnlyList<ToolFields>? Tools { get; init; }

    /// <summary>none, auto, required, or an object that names the one to call.</summary>
    public JsonElement? ToolChoice { get; init; }

    public bool? ParallelToolCalls { get; init; }
}

/// <summary>A message of a conversation.</summary>
internal sealed record MessageFields
{
    public string? Role { get; init; }

    /// <summary>A text, or a list of parts of type text.</summary>
    public JsonElement? Content { get; init; }

    public string? Name { get; init; }

    /// <summary>What the model thought before; its template says whether it sees that again.</summary>
    public string? ReasoningContent { get; init; }

    /// <summary>Calls that the model made.</summary>
    public IReadOnlyList<CallFields>? ToolCalls { get; init; }

    /// <summary>The call whose result this is.</summary>
    public string? ToolCallId { get; init; }
}

/// <summary>A tool.</summary>
internal sealed record ToolFields
{
    /// <summary>function.</summary>
    public string? Type { get; init; }

    public FunctionFields? Function { get; init; }
}

/// <summary>A function.</summary>
internal sealed record FunctionFields
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>JSON Schema of the arguments.</summary>
    public JsonElement? Parameters { get; init; }

    public bool? Strict { get; init; }
}

/// <summary>A call of a function; in a piece of an answer with its place among the calls.</summary>
internal sealed record CallFields
{
    public int? Index { get; init; }

    public string? Id { get; init; }

    public string? Type { get; init; }

    public CalledFunction? Function { get; init; }
}

/// <summary>A function's name and arguments, a JSON object as text.</summary>
internal sealed record CalledFunction(string? Name, string? Arguments);

/// <summary>The answer.</summary>
internal sealed record ChatResponse(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, Usage Usage);

/// <summary>One answer of those asked for.</summary>
internal sealed record ChatChoice(int Index, AnswerMessage Message, string FinishReason)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ChatLogProbs? Logprobs { get; init; }
}

/// <summary>What the model says.</summary>
internal sealed record AnswerMessage(string Role)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; init; }

    /// <summary>What it thought before.</summary>
    public string? ReasoningContent { get; init; }

    public IReadOnlyList<CallFields>? ToolCalls { get; init; }
}

/// <summary>A piece of the answer.</summary>
internal sealed record ChatChunk(string Id, string Object, long Created, string Model, IReadOnlyList<ChunkChoice> Choices, Usage? Usage = null);

/// <summary>A piece of one answer.</summary>
internal sealed record ChunkChoice(int Index, ChunkDelta Delta)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ChatLogProbs? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? FinishReason { get; init; }
}

/// <summary>What is new.</summary>
internal sealed record ChunkDelta(string? Role = null, string? Content = null, IReadOnlyList<CallFields>? ToolCalls = null, string? ReasoningContent = null);

/// <summary>The tokens of an answer with their logarithmic probabilities.</summary>
internal sealed record ChatLogProbs(IReadOnlyList<TokenLogProb> Content);

/// <summary>A token, and what might have stood in its place.</summary>
internal sealed record TokenLogProb(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<TopLogProb> TopLogprobs);

/// <summary>A token that might have stood there.</summary>
internal sealed record TopLogProb(string Token, float Logprob, IReadOnlyList<int> Bytes);
