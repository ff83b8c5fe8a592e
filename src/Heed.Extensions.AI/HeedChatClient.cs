using System.Runtime.CompilerServices;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Heed.Extensions.AI;

/// <summary>
/// A model in this process as an <see cref="IChatClient"/>: any number of callers at once share one <see cref="Generation.Engine"/>, and each gets what it
/// would get alone. Who cancels, or stops reading, frees its place after the step that runs.
/// <code>
/// using IChatClient client = HeedChatClient.Load("models/Qwen3-0.6B").AsBuilder().UseFunctionInvocation().Build();
/// await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("Why is the sky blue?")) Console.Write(update);
/// </code>
/// </summary>
/// <remarks>
/// Of <see cref="ChatOptions.AdditionalProperties"/> these are known: <c>min_p</c>, <c>typical_p</c>, <c>top_n_sigma</c>, <c>repetition_penalty</c> (numbers),
/// <c>grammar</c> (GBNF) and <c>regex</c>, to which the answer is then held, and <c>chat_template_kwargs</c> (an object: what else the template knows by name).
/// <see cref="ChatOptions.RawRepresentationFactory"/> may give a <see cref="SamplingOptions"/> to start from, which has all there is. JSON formats and required
/// calls are constraints: what is answered always fits, unless the length breaks it off. What a model thinks before it answers becomes <see cref="TextReasoningContent"/>;
/// <see cref="ReasoningEffort.None"/> tells templates that know <c>enable_thinking</c> to leave that out.
/// </remarks>
public sealed class HeedChatClient : IChatClient
{
    private readonly LanguageModel model;
    private readonly Engine engine;
    private readonly bool ownsEngine;
    private readonly ChatText text;
    private readonly ToolCallFormat? format;
    private readonly SamplingOptions sampling;
    private readonly IReadOnlyList<int> ends;
    private readonly ConstraintCache constraints;
    private readonly ChatClientMetadata metadata;

    /// <summary>Serves a model with an engine of its own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <exception cref="ArgumentException">The model has no chat template and none is given, or it does not continue texts, or an option is out of range.</exception>
    /// <exception cref="NotSupportedException">The model is a recurrent one.</exception>
    public HeedChatClient(LanguageModel model, HeedChatClientOptions? options = null) : this(model, null, options)
    {
    }

    /// <summary>Serves a model with an engine that others use too.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">An engine of this model, which outlives the client; null = one of its own.</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <exception cref="ArgumentException">The model has no chat template and none is given, or it does not continue texts, or an option is out of range.</exception>
    /// <exception cref="NotSupportedException">The model is a recurrent one.</exception>
    public HeedChatClient(LanguageModel model, Engine? engine, HeedChatClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new HeedChatClientOptions();
        TransformerConfig config = model.Transformer.Config;
        if (config.Decoder is null || config.Encoder is not null || config.Head.Kind != HeadKind.Vocabulary) throw new ArgumentException($"a chat client needs a model that continues texts; a {config.ModelType} model of this kind does not");
        ChatTemplate template = options.Template ?? OwnTemplate(model);
        this.model = model;
        text = new ChatText(template, model.Tokenizer);
        format = options.ToolFormat ?? ToolCallFormat.Of(template);
        sampling = options.Sampling ?? OwnSampling(model);
        sampling.Validate();
        ends = model.LoadEndTokens();
        constraints = new ConstraintCache(model.Tokenizer, most: 64);
        metadata = new ChatClientMetadata("heed", null, options.ModelId ?? (model.Folder is { } folder ? ModelPath.NameOf(folder) : config.ModelType));
        ownsEngine = engine is null;
        this.engine = engine ?? new Engine(model.Transformer, options.Engine);
    }

    /// <summary>Loads a model and serves it.</summary>
    /// <param name="model">A folder in the layout of Hugging Face, a .gguf file, or the name of a model of the catalog (<see cref="ModelCatalog"/>).</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such model, or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">The model has no chat template and none is given, or it does not continue texts, or an option is out of range.</exception>
    public static HeedChatClient Load(string model, HeedChatClientOptions? options = null) => new(LanguageModel.Load(ModelPath.Find(model)), options);

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An option is out of range, or the conversation is longer than the model's context or the engine's cache.</exception>
    /// <exception cref="NotSupportedException">A message has content that is no text, or there are tools that the model cannot call.</exception>
    /// <exception cref="FormatException">The template refuses the conversation (<see cref="ChatTemplateException"/>), or a schema is wrong or asks for what is not supported.</exception>
    /// <exception cref="QueueFullException">Too many requests wait already.</exception>
    /// <exception cref="OperationCanceledException">The request was cancelled, or the client was disposed.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Demand(options);
        ToolUse tools = new(options, format);
        SamplingOptions chosen = ChatSampling.Of(options?.RawRepresentationFactory?.Invoke(this) as SamplingOptions ?? sampling, options);
        if (tools.Constraint(constraints) is { } constraint) chosen = chosen with { Constraint = constraint };
        int[] prompt = text.Encode(ChatTurns.Of(messages, options?.Instructions), tools.Shown, tools.Opening, Variables(options));

        AnswerUpdates answer = new(metadata.DefaultModelId, new ThoughtReader(ThoughtReader.IsOpen(model.Tokenizer, prompt)), tools.NewReader());
        TextPieces pieces = new(model.Tokenizer, chosen.Stop, [.. ThoughtReader.Marks, .. tools.Marks]);
        GenerationRequest request = new() { Prompt = prompt, Options = new GenerationOptions { Sampling = chosen with { Stop = [] }, EndTokens = ends } };
        GenerationStream stream = engine.Submit(request, cancellationToken).Tokens;
        FinishReason finish = FinishReason.Length; // of an answer that has no room for a token
        await foreach (GeneratedToken token in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            GeneratedText piece = pieces.Append(token);
            foreach (ChatResponseUpdate update in answer.Append(piece)) yield return update;
            finish = tools.Single && answer.Calls > 0 ? FinishReason.Stop : piece.Finish;
            if (finish != FinishReason.None) break;
        }
        foreach (ChatResponseUpdate update in answer.Finish(finish, prompt.Length, stream.ReusedTokens)) yield return update;
    }

    /// <summary>The client itself, its <see cref="ChatClientMetadata"/>, <see cref="LanguageModel"/>, <see cref="Generation.Engine"/> or <see cref="Tokenizer"/>.</summary>
    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : new object[] { this, metadata, model, engine, model.Tokenizer }.FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <summary>Ends all answers, whose readers get an <see cref="OperationCanceledException"/>, unless the engine belongs to others.</summary>
    public void Dispose()
    {
        if (ownsEngine) engine.Dispose();
    }

    private void Demand(ChatOptions? options)
    {
        if (options?.ConversationId is { } conversation) throw new ArgumentException($"the client keeps no conversations, so there is none of the id '{conversation}': send all messages");
        if (options?.ModelId is { } id && id != metadata.DefaultModelId) throw new ArgumentException($"this client serves the model '{metadata.DefaultModelId}'; '{id}' is asked for");
    }

    private static ChatTemplate OwnTemplate(LanguageModel model)
    {
        try
        {
            return model.LoadChatTemplate();
        }
        catch (Exception e) when (e is FileNotFoundException or ArgumentException)
        {
            string file = Directory.Exists(model.Folder) ? "put a chat_template.jinja into its folder, or " : "";
            string remedy = $"{file}give HeedChatClientOptions.Template, such as ChatTemplate.Parse(BuiltInChatTemplates.Source(\"chatml\")) (built in are {string.Join(", ", BuiltInChatTemplates.Names)})";
            throw new ArgumentException($"the model {model.Folder ?? model.Transformer.Config.ModelType} has no chat template, so how it wants a conversation written is not known: {remedy}", e);
        }
    }

    // A folder that does not speak of sampling means the greedy choice of pipelines; in a conversation the plain defaults serve better.
    private static SamplingOptions OwnSampling(LanguageModel model)
    {
        SamplingOptions own = model.Folder is { } folder ? GenerationConfig.Load(folder).Sampling : new SamplingOptions();
        return (own.Temperature > 0 ? own : new SamplingOptions { Rules = own.Rules }) with { MaxTokens = HeedChatClientOptions.DefaultMaxTokens };
    }

    private static IEnumerable<KeyValuePair<string, TemplateValue>> Variables(ChatOptions? options)
    {
        // The name that Qwen3's template gave it, and others took over.
        if (options?.Reasoning?.Effort == ReasoningEffort.None) yield return new("enable_thinking", false);
        foreach (KeyValuePair<string, TemplateValue> variable in options?.AdditionalProperties.Variables("chat_template_kwargs") ?? []) yield return variable;
    }
}
