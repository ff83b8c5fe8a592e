using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Writes the answers of /v1/completions.</summary>
/// <param name="id">The answer's id.</param>
/// <param name="scope">The model at work.</param>
/// <param name="plan">What it writes.</param>
/// <param name="echoes">What stands before the texts of each prompt, if anything.</param>
internal sealed class CompletionWriter(string id, WritingScope scope, WritingPlan plan, (string Text, IReadOnlyList<WrittenToken> Tokens)[]? echoes)
{
    /// <summary>All texts at once, of each prompt the best.</summary>
    public async Task Whole(HttpContext context, IAsyncEnumerable<TextPiece> pieces, int count)
    {
        WrittenText[] texts = await WrittenText.All(pieces, plan.Prompts.Count * plan.Count);
        List<CompletionChoice> choices = [];
        foreach ((int prompt, WrittenText[] own) in texts.Chunk(plan.Count).Index())
            foreach (WrittenText text in count == plan.Count ? own : own.OrderByDescending(t => t.Score).Take(count))
            {
                (string before, IReadOnlyList<WrittenToken> read) = echoes?[prompt] ?? ("", []);
                choices.Add(new CompletionChoice(choices.Count, before + text.Text) { Logprobs = plan.LogProbs ? LogProbs([(read, 0), (text.Tokens, before.Length)]) : null, FinishReason = text.Finish });
            }
        Usage usage = WritingScope.Usage(plan, texts.Sum(t => t.Count), texts.Chunk(plan.Count).Sum(own => own[0].Reused));
        await context.Response.WriteAsJsonAsync(Response(choices, usage), ApiJson.Relaxed.CompletionResponse);
    }

    /// <summary>The texts piece by piece.</summary>
    public async Task Stream(HttpContext context, IAsyncEnumerable<TextPiece> pieces, bool usage)
    {
        EventStream events = await EventStream.Start(context);
        try
        {
            if (echoes is not null)
                for (int choice = 0; choice < plan.Prompts.Count * plan.Count; choice++)
                    await Send(choice, echoes[choice / plan.Count].Text, [(echoes[choice / plan.Count].Tokens, 0)], null);
            int written = 0, reused = 0;
            await foreach (TextPiece piece in pieces)
            {
                written += piece.Count;
                if (piece.Choice % plan.Count == 0) reused += piece.Reused;
                if (piece.Text.Length > 0 || piece.Tokens.Count > 0 || piece.Finish is not null) await Send(piece.Choice, piece.Text, [(piece.Tokens, echoes?[piece.Choice / plan.Count].Text.Length ?? 0)], piece.Finish);
            }
            if (usage) await events.Send(Response([], WritingScope.Usage(plan, written, reused)), ApiJson.Relaxed.CompletionResponse);
            await events.Done();
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await events.SendError(e);
        }

        Task Send(int choice, string text, IReadOnlyList<(IReadOnlyList<WrittenToken>, int)> tokens, string? finish) =>
            events.Send(Response([new CompletionChoice(choice, text) { Logprobs = plan.LogProbs ? LogProbs(tokens) : null, FinishReason = finish }], null), ApiJson.Relaxed.CompletionResponse);
    }

    private CompletionResponse Response(IReadOnlyList<CompletionChoice> choices, Usage? usage) => new(id, "text_completion", scope.Created, scope.Writer.Source.Name, choices, usage);

    private CompletionLogProbs LogProbs(IReadOnlyList<(IReadOnlyList<WrittenToken> Tokens, int Offset)> parts)
    {
        (WrittenToken Token, int Start)[] all = [.. parts.SelectMany(p => p.Tokens.Select(t => (t, t.Start + p.Offset)))];
        return new CompletionLogProbs(
            [.. all.Select(t => scope.Writer.TextOf(t.Token.Token.Id))],
            [.. all.Select(t => float.IsNaN(t.Token.Token.LogProb) ? (float?)null : t.Token.Token.LogProb)],
            [.. all.Select(t => float.IsNaN(t.Token.Token.LogProb) ? null : Top(t.Token))],
            [.. all.Select(t => t.Start)]);
    }

    // Of tokens that look alike the most probable one has the name.
    private Dictionary<string, float> Top(WrittenToken token)
    {
        Dictionary<string, float> top = [];
        foreach (Heed.Generation.TokenProbability t in token.Top) top.TryAdd(scope.Writer.TextOf(t.Id), t.LogProb);
        return top;
    }
}
