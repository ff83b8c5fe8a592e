using Heed.Generation;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Writes the answers of /v1/chat/completions.</summary>
/// <param name="id">The answer's id.</param>
/// <param name="scope">The model at work.</param>
/// <param name="plan">What it writes.</param>
internal sealed class ChatWriter(string id, WritingScope scope, WritingPlan plan)
{
    /// <summary>The whole answer.</summary>
    public async Task Whole(HttpContext context, IAsyncEnumerable<TextPiece> pieces)
    {
        WrittenText[] texts = await WrittenText.All(pieces, plan.Count);
        ChatChoice[] choices = [.. texts.Select((text, i) => new ChatChoice(i, Message(text), text.Finish) { Logprobs = LogProbs(text.Tokens) })];
        Usage usage = WritingScope.Usage(plan, texts.Sum(t => t.Count), texts[0].Reused, texts.Sum(t => t.ThoughtCount));
        await context.Response.WriteAsJsonAsync(new ChatResponse(id, "chat.completion", scope.Created, scope.Writer.Source.Name, choices, usage), ApiJson.Relaxed.ChatResponse);
    }

    /// <summary>The answer piece by piece.</summary>
    public async Task Stream(HttpContext context, IAsyncEnumerable<TextPiece> pieces, bool usage)
    {
        EventStream events = await EventStream.Start(context);
        try
        {
            for (int choice = 0; choice < plan.Count; choice++) await Send(new ChunkChoice(choice, new ChunkDelta("assistant", "")));
            int written = 0, reused = 0, thought = 0;
            int[] calls = new int[plan.Count];
            await foreach (TextPiece piece in pieces)
            {
                written += piece.Count;
                thought += piece.ThoughtCount;
                if (piece.Choice == 0) reused += piece.Reused;
                if (piece.Thought.Length > 0) await Send(new ChunkChoice(piece.Choice, new ChunkDelta(ReasoningContent: piece.Thought)));
                if (piece.Text.Length > 0 || piece.Tokens.Count > 0) await Send(new ChunkChoice(piece.Choice, new ChunkDelta(Content: piece.Text)) { Logprobs = LogProbs(piece.Tokens) });
                foreach (ToolCall call in piece.Calls) await Send(new ChunkChoice(piece.Choice, new ChunkDelta(ToolCalls: [Call(call, calls[piece.Choice]++)])));
                if (piece.Finish is not null) await Send(new ChunkChoice(piece.Choice, new ChunkDelta()) { FinishReason = piece.Finish });
            }
            if (usage) await events.Send(Chunk([], WritingScope.Usage(plan, written, reused, thought)), ApiJson.Relaxed.ChatChunk);
            await events.Done();
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await events.SendError(e);
        }

        Task Send(ChunkChoice choice) => events.Send(Chunk([choice], null), ApiJson.Relaxed.ChatChunk);
    }

    // A message that only calls says nothing.
    private static AnswerMessage Message(WrittenText text) => new("assistant")
    {
        Content = text.Calls.Count == 0 || text.Text.Length > 0 ? text.Text : null,
        ReasoningContent = text.Thoughts.Length > 0 ? text.Thoughts : null,
        ToolCalls = text.Calls.Count == 0 ? null : [.. text.Calls.Select(c => Call(c, null))],
    };

    private static CallFields Call(ToolCall call, int? index) => new() { Index = index, Id = call.Id, Type = "function", Function = new CalledFunction(call.Name, call.Arguments) };

    private ChatChunk Chunk(IReadOnlyList<ChunkChoice> choices, Usage? usage) => new(id, "chat.completion.chunk", scope.Created, scope.Writer.Source.Name, choices, usage);

    private ChatLogProbs? LogProbs(IReadOnlyList<WrittenToken> tokens)
    {
        if (!plan.LogProbs) return null;
        ModelWriter writer = scope.Writer;
        return new ChatLogProbs([.. tokens.Select(t => new TokenLogProb(writer.TextOf(t.Token.Id), t.Token.LogProb, Bytes(t.Token.Id), [.. t.Top.Select(top => new TopLogProb(writer.TextOf(top.Id), top.LogProb, Bytes(top.Id)))]))]);

        int[] Bytes(int id) => [.. writer.BytesOf(id)];
    }
}
