using System.Threading.Channels;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A decoder: one engine writes the texts of all callers side by side.</summary>
internal sealed class DecoderWriter : ModelWriter
{
    private readonly LanguageModel model;
    private readonly Engine engine;
    private readonly ChatText? chat;
    private readonly int[] ends, gapEnds;

    public DecoderWriter(ModelSource source, LanguageModel model, ServerOptions options) : base(source, model.Tokenizer, UsualOptions(source.Path))
    {
        this.model = model;
        if (ModelTokenizer.HasTemplate(source.Path))
        {
            ChatTemplate template = model.LoadChatTemplate();
            (chat, ToolFormat) = (new ChatText(template, model.Tokenizer), ToolCallFormat.Of(template));
        }
        ends = [.. model.LoadEndTokens()];
        gapEnds = [.. ends.Concat(GapTokens.EndsOf(model.Tokenizer)).Distinct()];
        engine = new Engine(model.Transformer, new EngineOptions
        {
            MaxSequences = options.Parallel,
            MaxTokensPerStep = Math.Max(256, 2 * options.Parallel),
            QueueLimit = options.QueueLimit,
            Cache = new() { Bytes = source.CacheBytes(options) },
        });
    }

    public override int Vocabulary => model.Vocabulary;

    public override IReadOnlyList<int> Ends => ends;

    public override ToolCallFormat? ToolFormat { get; }

    /// <summary>What the engine does.</summary>
    public EngineStatistics Statistics => engine.Statistics;

    public override Prompt Read(string text)
    {
        int[] ids = Tokenizer.Encode(text, SpecialTokens.Add);
        if (ids.Length == 0) ids = model.BeginToken is { } begin ? [begin] : throw new ArgumentException("the prompt is empty and the model has no token that starts a text: give a prompt");
        return new Prompt(ids, text);
    }

    public override Prompt ReadGap(string prefix, string suffix) => GapTokens.Find(Tokenizer) is null ? base.ReadGap(prefix, suffix) : new Prompt(model.EncodeGap(prefix, suffix), prefix);

    public override Prompt Read(Conversation conversation)
    {
        if (chat is null) throw ApiException.Unsupported("model", Source.Name, "has no chat template: it continues texts, /v1/completions");
        return new Prompt(chat.Encode(conversation.Messages, conversation.Tools, conversation.Opening), "");
    }

    public override IReadOnlyList<WrittenToken> Score(Prompt prompt, int top) => prompt.Ids.Length <= model.Context ? PromptScores.Of(model.Transformer, Tokenizer, prompt.Ids, top)
        : throw new ArgumentException($"the prompt has {prompt.Ids.Length} tokens; the model's context is {model.Context}");

    public override IAsyncEnumerable<TextPiece> Write(WritingPlan plan, CancellationToken cancellation)
    {
        GenerationOptions options = plan.Options with { EndTokens = plan.Prompts.Any(p => p.Ids is [.., var last] && last == GapTokens.Find(Tokenizer)?.Middle) ? gapEnds : ends };
        List<(GenerationStream Tokens, ChoiceText Text)> sequences = [];
        try
        {
            foreach (Prompt prompt in plan.Prompts)
                foreach (GenerationStream tokens in engine.Submit(new GenerationRequest { Prompt = prompt.Ids, Options = options, Count = plan.Count }, cancellation).Sequences)
                    sequences.Add((tokens, new ChoiceText(sequences.Count, Tokenizer, plan, prompt)));
        }
        catch
        {
            foreach ((GenerationStream tokens, _) in sequences) tokens.Cancel();
            throw;
        }
        return PieceStream.Join(sequences.Select(s => (Func<ChannelWriter<TextPiece>, Task>)(pieces => Run(s.Tokens, s.Text, pieces, plan.Deadline, cancellation))), cancellation);
    }

    public override void Dispose() => engine.Dispose();

    private static async Task Run(GenerationStream tokens, ChoiceText text, ChannelWriter<TextPiece> pieces, CancellationToken deadline, CancellationToken cancellation)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline, cancellation);
        try
        {
            await foreach (GeneratedToken token in tokens.WithCancellation(either.Token).ConfigureAwait(false))
            {
                TextPiece piece = text.Append(token);
                pieces.TryWrite(piece.Finish is null ? piece : piece with { Reused = tokens.ReusedTokens });
                if (piece.Finish is not null) return; // whoever stops reading early ends the sequence
            }
            pieces.TryWrite(text.Cut()); // the prompt left no room
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            pieces.TryWrite(text.Cut());
        }
    }
}
