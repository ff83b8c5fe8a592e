using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/responses: thoughts, texts and calls of tools, whole or streamed. Responses are not kept, so each request holds the whole conversation.</summary>
internal static class ResponseEndpoint
{
    private const string NothingKept = "the server keeps nothing between requests";

    public static async Task Handle(HttpContext context, ModelRegistry registry, ServerOptions limits, RequestLog log)
    {
        ResponseRequest request = await JsonBody.Read(context, ApiJson.Default.ResponseRequest);
        DemandStateless(request);
        using WritingScope scope = await WritingScope.Open(context, registry, limits, request.Model);
        ModelWriter writer = scope.Writer;
        ChatTools tools = new(request.Tools?.Select(Declared).ToArray(), request.ToolChoice, request.ParallelToolCalls, writer, within: "");
        ResponseInput input = new(request);
        Conversation conversation = ChatMessages.Read(input.Messages, tools, "input", input.NameOf);
        TextForm? form = tools.Form(WritingOptions.Form(Format(request.Text?.Format), "text.format"));
        WritingPlan plan = new()
        {
            Prompts = [ApiException.Asking("input", () => writer.Read(conversation))],
            Options = WritingOptions.Read(request, writer, limits, (request.MaxOutputTokens, "max_output_tokens"), limits.MaxTokens, form, (null, "")),
            Tools = tools.Reading,
            Thoughts = form is null,
            Deadline = scope.Deadline,
        };
        log.Prompts(writer.Source.Name, ChatMessages.Shown(input.Messages));
        ResponseWriter answer = new(request, scope, plan);
        IAsyncEnumerable<TextPiece> pieces = scope.Write(plan, "input");
        if (request.Stream == true) await answer.Stream(context, pieces);
        else await answer.Whole(context, pieces);
    }

    private static void DemandStateless(ResponseRequest request)
    {
        if (request.PreviousResponseId is not null) throw ApiException.Invalid("previous_response_id", $"{NothingKept}: send the whole conversation as input", "unsupported");
        if (request.Conversation is not null) throw ApiException.Invalid("conversation", $"{NothingKept}: send the whole conversation as input", "unsupported");
        if (request.Prompt is not null) throw ApiException.Invalid("prompt", $"{NothingKept}: send instructions and input", "unsupported");
        if (request.Store == true) throw ApiException.Invalid("store", $"{NothingKept}: leave store out, or false", "unsupported");
        if (request.Background == true) throw ApiException.Invalid("background", $"{NothingKept}: leave background out, or false, and listen", "unsupported");
    }

    // In the words of /v1/chat/completions.
    private static ToolFields Declared(ResponseTool? tool) => new() { Type = tool?.Type, Function = new FunctionFields { Name = tool?.Name, Description = tool?.Description, Parameters = tool?.Parameters, Strict = tool?.Strict } };

    private static ResponseFormat? Format(ResponseTextFormat? format) => format is null ? null
        : new ResponseFormat { Type = format.Type, JsonSchema = format.Type == "json_schema" ? new SchemaFormat { Name = format.Name, Schema = format.Schema, Strict = format.Strict } : null };
}
