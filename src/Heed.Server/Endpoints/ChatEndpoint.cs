using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/chat/completions: the model answers a conversation; an encoder-decoder rewrites the user's last message.</summary>
internal static class ChatEndpoint
{
    public static async Task Handle(HttpContext context, ModelRegistry registry, ServerOptions limits, RequestLog log)
    {
        ChatRequest request = await JsonBody.Read(context, ApiJson.Default.ChatRequest);
        using WritingScope scope = await WritingScope.Open(context, registry, limits, request.Model);
        ModelWriter writer = scope.Writer;
        ChatTools tools = new(request.Tools, request.ToolChoice, request.ParallelToolCalls, writer);
        Conversation conversation = ChatMessages.Read(request.Messages, tools);
        Prompt prompt = ApiException.Asking("messages", () => writer.Read(conversation));
        if (request.TopLogprobs is not null && request.Logprobs != true) throw ApiException.Invalid("top_logprobs", "top_logprobs needs logprobs to be true");
        bool logs = request.Logprobs == true;
        TextForm? form = tools.Form(WritingOptions.Form(request.ResponseFormat));
        (int?, string) most = request.MaxCompletionTokens is { } tokens ? (tokens, "max_completion_tokens") : (request.MaxTokens, "max_tokens");
        WritingPlan plan = new()
        {
            Prompts = [prompt],
            Options = WritingOptions.Read(request, writer, limits, most, limits.MaxTokens, form, logs ? (request.TopLogprobs ?? 0, "top_logprobs") : (null, "logprobs")),
            Count = WritingOptions.Count("n", request.N, 1, limits),
            LogProbs = logs,
            Tools = tools.Reading,
            Thoughts = form is null,
            Deadline = scope.Deadline,
        };
        log.Prompts(writer.Source.Name, ChatMessages.Shown(request.Messages!));
        ChatWriter answer = new($"chatcmpl-{Guid.NewGuid():N}", scope, plan);
        IAsyncEnumerable<TextPiece> pieces = scope.Write(plan, "messages");
        if (request.Stream == true) await answer.Stream(context, pieces, request.StreamOptions?.IncludeUsage == true);
        else await answer.Whole(context, pieces);
    }
}
