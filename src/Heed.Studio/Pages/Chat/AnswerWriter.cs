using System.Diagnostics;
using System.Runtime.CompilerServices;
using Heed.Generation;
using Heed.Server;
using Heed.Tokenization;

namespace Heed.Studio.Pages.Chat;

/// <summary>
/// Lets models answer. The texts go the way of every other client's: the same scheduler, the same queue, the same limits, the same measurements.
/// </summary>
internal sealed class AnswerWriter(StudioModels models, ServerMetrics metrics, ServerOptions limits)
{
    /// <summary>Alternatives that are told with each token.</summary>
    public const int Alternatives = 10;

    /// <summary>Most tokens of an answer where the reader does not say.</summary>
    public const int UsualTokens = 512;

    /// <summary>Writes an answer, or goes on with the tokens that it has.</summary>
    /// <param name="model">The model.</param>
    /// <param name="system">What the model is told before the first turn.</param>
    /// <param name="turns">What was said, the reader's text last.</param>
    /// <param name="answer">What is to be written.</param>
    /// <param name="settings">How.</param>
    /// <param name="changed">Called when there is more of it.</param>
    /// <param name="cancellation">Ends the writing, and gives its place to others.</param>
    public async Task Write(string model, string system, IReadOnlyList<ChatTurn> turns, ChatTurn answer, ChatSettings settings, Func<Task> changed, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        ModelWriter writer = lease.Model.Writer ?? throw ApiException.Unsupported("model", model, "writes no texts");
        (answer.Model, answer.Use, answer.Finish, answer.Count, answer.Seconds) = (model, ModelUses.Of(writer.Source), null, 0, 0);
        Prompt prompt = ApiException.Asking("messages", () => Read(writer, answer.Use, system, turns));
        answer.Thinking = answer.Use == ModelUse.Converse && ThoughtReader.IsOpen(writer.Tokenizer, prompt.Ids);
        using CancellationTokenSource deadline = new(limits.RequestTimeout);
        int[] given = [.. answer.Tokens.Select(t => t.Id)];
        if (given.Length > 0 && writer.Ends.Contains(given[^1]))
        {
            answer.Tokens.RemoveAt(given.Length - 1); // the end of a text is no part of it
            answer.Finish = "stop";
            return;
        }
        WritingPlan plan = new()
        {
            Prompts = [given.Length == 0 || !writer.Continues ? prompt : writer.Read([.. prompt.Ids, .. given])],
            Options = WritingOptions.Read(settings.ToRequest(), writer, limits, (settings.MaxTokens, "max_tokens"), UsualTokens, null, (writer.TellsProbabilities ? Alternatives : null, "top_logprobs")),
            LogProbs = true,
            Deadline = deadline.Token,
        };
        IAsyncEnumerable<TextPiece> pieces = writer is RewriterWriter rewriter ? Rewrite(lease.Model.Worker, rewriter, plan, given, cancellation) : ApiException.Asking("messages", () => writer.Write(plan, cancellation));
        AnswerText text = new(answer, writer);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await foreach (TextPiece piece in metrics.Watch(model, plan, pieces, cancellation))
            {
                answer.Count += piece.Count;
                foreach (WrittenToken token in piece.Tokens) text.Append(token);
                answer.Finish = piece.Finish;
                answer.Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (piece.Finish is null) await changed();
            }
        }
        finally
        {
            text.End();
        }
    }

    /// <summary>Loads a model, so that its first answer comes soon.</summary>
    public async Task Prepare(string model, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
    }

    /// <summary>How a model writes where nobody says otherwise.</summary>
    public async Task<SamplingOptions> Defaults(string model, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        return lease.Model.Writer?.Defaults.Sampling ?? new SamplingOptions();
    }

    /// <summary>Tokens of a model as people can see them.</summary>
    public async Task<string[]> Labels(string model, IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        return [.. ids.Select(id => TokenLabel.Of(lease.Model.Writer!, id))];
    }

    private static Prompt Read(ModelWriter writer, ModelUse use, string system, IReadOnlyList<ChatTurn> turns)
    {
        string last = turns[^1].Text;
        if (use != ModelUse.Converse) return writer.Read(last);
        List<TemplateValue> messages = [];
        if (!string.IsNullOrWhiteSpace(system)) messages.Add(new ChatMessage("system", system));
        // What was thought before an answer is not said again.
        foreach (ChatTurn turn in turns) messages.Add(new ChatMessage(turn.IsUser ? "user" : "assistant", turn.IsUser ? turn.Text : AnswerParts.Said(turn)));
        return writer.Read(new Conversation(messages, last, [], ""));
    }

    // A rewriter's beams come whole; then its probabilities are those of the text that they found.
    private static async IAsyncEnumerable<TextPiece> Rewrite(ModelWorker worker, RewriterWriter writer, WritingPlan plan, int[] given, [EnumeratorCancellation] CancellationToken cancellation)
    {
        GenerationOptions options = plan.Options;
        if (given.Length > 0) options = options with { DecoderPrefix = given };
        if (given.Length > 0 || options.Sampling.Temperature > 0) options = options with { Beams = new BeamOptions() };
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(plan.Deadline, cancellation);
        string source = plan.Prompts[0].Text;
        (IReadOnlyList<GeneratedToken> tokens, int written, bool ended) = await worker.Run(ending =>
        {
            using CancellationTokenSource all = CancellationTokenSource.CreateLinkedTokenSource(either.Token, ending);
            IReadOnlyList<int> found = writer.Rewriter.RewriteAll([source], options, all.Token)[0][0].Tokens;
            int[] said = [.. found.TakeWhile(id => !writer.Ends.Contains(id))];
            return (writer.Rewriter.Score(source, [.. given, .. said], Alternatives), found.Count, said.Length < found.Count);
        }, either.Token);
        WrittenToken[] told = [.. tokens.Skip(given.Length).Select(t => new WrittenToken(new TokenProbability(t.Id, t.LogProb), t.Top, 0))];
        yield return new TextPiece(0, "", told, written, told.Sum(t => t.Token.LogProb), ended ? "stop" : "length", []);
    }
}
