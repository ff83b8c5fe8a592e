using Heed.Generation;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Writes the answers of /v1/responses.</summary>
/// <param name="request">What was asked.</param>
/// <param name="scope">The model at work.</param>
/// <param name="plan">What it writes.</param>
internal sealed class ResponseWriter(ResponseRequest request, WritingScope scope, WritingPlan plan)
{
    private readonly string id = $"resp_{Guid.NewGuid():N}", messageId = $"msg_{Guid.NewGuid():N}";
    private int number; // of the next event

    /// <summary>The whole response.</summary>
    public async Task Whole(HttpContext context, IAsyncEnumerable<TextPiece> pieces)
    {
        WrittenText text = (await WrittenText.All(pieces, 1))[0];
        await context.Response.WriteAsJsonAsync(Ended(text), ApiJson.Relaxed.ResponseObject);
    }

    /// <summary>The response as it is written.</summary>
    public async Task Stream(HttpContext context, IAsyncEnumerable<TextPiece> pieces)
    {
        EventStream events = await EventStream.Start(context);
        try
        {
            await Send(Event("response.created") with { Response = Response("in_progress", []) });
            await Send(Event("response.in_progress") with { Response = Response("in_progress", []) });
            await Send(Event("response.output_item.added") with { OutputIndex = 0, Item = Item("in_progress", []) });
            await Send(InPart("response.content_part.added") with { Part = Part("") });
            WrittenText text = new();
            await foreach (TextPiece piece in pieces)
            {
                text.Add(piece);
                if (piece.Text.Length > 0) await Send(InPart("response.output_text.delta") with { Delta = piece.Text, Logprobs = [] });
            }
            ResponseObject ended = Ended(text);
            await Send(InPart("response.output_text.done") with { Text = text.Text, Logprobs = [] });
            await Send(InPart("response.content_part.done") with { Part = Part(text.Text) });
            await Send(Event("response.output_item.done") with { OutputIndex = 0, Item = ended.Output[0] });
            await Send(Event($"response.{ended.Status}") with { Response = ended });
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            ApiException error = ApiErrors.Describe(e);
            await Send(Event("error") with { Message = error.Message, Code = error.Code ?? error.Type, Param = error.Parameter });
        }

        Task Send(ResponseEvent e) => events.Send(e, ApiJson.Relaxed.ResponseEvent, e.Type);
    }

    private ResponseEvent Event(string type) => new(type, number++);

    private ResponseEvent InPart(string type) => Event(type) with { OutputIndex = 0, ContentIndex = 0, ItemId = messageId };

    private static ResponsePart Part(string text) => new("output_text", text, [], []);

    private ResponseItem Item(string status, IReadOnlyList<ResponsePart> content) => new("message", messageId, status, "assistant", content);

    private ResponseObject Ended(WrittenText text)
    {
        string status = text.Finish == "length" ? "incomplete" : "completed";
        return Response(status, [Item(status, [Part(text.Text)])]) with
        {
            IncompleteDetails = text.Finish == "length" ? new IncompleteDetails("max_output_tokens") : null,
            Usage = new ResponseUsage(plan.PromptTokens, new PromptDetails(text.Reused), text.Count, new OutputDetails(0), plan.PromptTokens + text.Count),
        };
    }

    private ResponseObject Response(string status, IReadOnlyList<ResponseItem> output)
    {
        SamplingOptions sampling = plan.Options.Sampling;
        return new ResponseObject(id, "response", scope.Created, status, scope.Writer.Source.Name, output)
        {
            Instructions = request.Instructions,
            MaxOutputTokens = request.MaxOutputTokens,
            Temperature = sampling.Temperature,
            TopP = sampling.TopP,
            Text = request.Text ?? new ResponseText { Format = new ResponseTextFormat { Type = "text" } },
        };
    }
}
