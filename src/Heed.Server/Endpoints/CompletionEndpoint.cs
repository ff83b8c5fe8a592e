using System.Text.Json;
using Heed.Generation;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/completions: texts are continued, filled, or by an encoder-decoder rewritten.</summary>
internal static class CompletionEndpoint
{
    private const int UsualTokens = 16; // OpenAI's

    public static async Task Handle(HttpContext context, ModelRegistry registry, ServerOptions limits, RequestLog log)
    {
        CompletionRequest request = await JsonBody.Read(context, ApiJson.Default.CompletionRequest);
        using WritingScope scope = await WritingScope.Open(context, registry, limits, request.Model);
        ModelWriter writer = scope.Writer;
        Prompt[] prompts = Prompts(request, writer);
        int count = WritingOptions.Count("n", request.N, prompts.Length, limits), tries = WritingOptions.Count("best_of", request.BestOf ?? count, prompts.Length, limits);
        bool streams = request.Stream == true;
        if (tries < count) throw ApiException.Invalid("best_of", $"best_of must be at least n, which is {count}, given {tries}");
        if (tries > count && streams) throw ApiException.Invalid("best_of", "the best of several texts is known only when all are written: it cannot be streamed");
        if (tries > count && !writer.TellsProbabilities) throw ApiException.Unsupported("best_of", writer.Source.Name, "rewrites texts and tells no probabilities to choose by");
        WritingPlan plan = new()
        {
            Operation = "text_completion",
            Prompts = prompts,
            Options = WritingOptions.Read(request, writer, limits, (request.MaxTokens, "max_tokens"), UsualTokens, WritingOptions.Form(request.ResponseFormat), (request.Logprobs, "logprobs")),
            Count = tries,
            LogProbs = request.Logprobs is not null,
            Deadline = scope.Deadline,
        };
        log.Prompts(writer.Source.Name, prompts.Select(p => p.Text));
        CompletionWriter answer = new($"cmpl-{Guid.NewGuid():N}", scope, plan, await Echoes(request, scope, plan));
        IAsyncEnumerable<TextPiece> pieces = scope.Write(plan, "prompt");
        if (streams) await answer.Stream(context, pieces, request.StreamOptions?.IncludeUsage == true);
        else await answer.Whole(context, pieces, count);
    }

    private static Prompt[] Prompts(CompletionRequest request, ModelWriter writer)
    {
        const string name = "prompt";
        Prompt[] prompts;
        if (JsonParts.HoldsIds(request.Prompt))
        {
            int[][] ids = JsonParts.IdLists(request.Prompt!.Value, name);
            if (request.Suffix is not null) throw ApiException.Invalid("suffix", "with a suffix the prompt must be a text");
            prompts = [.. ids.Select(i => ApiException.Asking(name, () => writer.Read(i)))];
        }
        else
        {
            string[] texts = JsonParts.Texts(request.Prompt, name);
            // Nothing at all is the start of a text.
            if (texts.Length == 0 && request.Prompt is not { ValueKind: JsonValueKind.Array }) texts = [""];
            prompts = [.. texts.Select(text => ApiException.Asking(name, () => request.Suffix is { } suffix ? writer.ReadGap(text, suffix) : writer.Read(text)))];
        }
        return prompts.Length > 0 ? prompts : throw ApiException.Invalid(name, "the list of prompts is empty");
    }

    // What stands before each text of a prompt, and its tokens where probabilities are asked for.
    private static async Task<(string Text, IReadOnlyList<WrittenToken> Tokens)[]?> Echoes(CompletionRequest request, WritingScope scope, WritingPlan plan)
    {
        if (request.Echo != true) return null;
        if (!plan.LogProbs) return [.. plan.Prompts.Select(p => (p.Text, (IReadOnlyList<WrittenToken>)[]))];
        List<(string, IReadOnlyList<WrittenToken>)> echoes = [];
        foreach (Prompt prompt in plan.Prompts) echoes.Add((prompt.Text, await ApiException.Asking("prompt", () => scope.Model.Worker.Run(_ => scope.Writer.Score(prompt, plan.Options.Sampling.LogProbs), scope.Cancellation))));
        return [.. echoes];
    }
}
