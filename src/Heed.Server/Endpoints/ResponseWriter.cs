using System.Text.Json;
using Heed.Generation;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Writes the answers of /v1/responses.</summary>
/// <param name="request">What was asked.</param>
/// <param name="scope">The model at work.</param>
/// <param name="plan">What it writes.</param>
internal sealed class ResponseWriter(ResponseRequest request, WritingScope scope, WritingPlan plan)
{
    private readonly string id = $"resp_{Guid.NewGuid():N}";
    private readonly ResponseItems items = new();
    private readonly WrittenText text = new();
    private int number; // of the next event

    /// <summary>The whole response.</summary>
    public async Task Whole(HttpContext context, IAsyncEnumerable<TextPiece> pieces)
    {
        await foreach (ResponseEvent _ in Events(pieces))
        {
            // The items are what is wanted.
        }
        await context.Response.WriteAsJsonAsync(Ended(), ApiJson.Relaxed.ResponseObject);
    }

    /// <summary>The response as it is written.</summary>
    public async Task Stream(HttpContext context, IAsyncEnumerable<TextPiece> pieces)
    {
        EventStream events = await EventStream.Start(context);
        try
        {
            await Send(new ResponseEvent("response.created", 0) { Response = Response("in_progress") });
            await Send(new ResponseEvent("response.in_progress", 0) { Response = Response("in_progress") });
            await foreach (ResponseEvent e in Events(pieces)) await Send(e);
            await Send(new ResponseEvent($"response.{Status}", 0) { Response = Ended() });
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            ApiException error = ApiErrors.Describe(e);
            await Send(new ResponseEvent("error", 0) { Message = error.Message, Code = error.Code ?? error.Type, Param = error.Parameter });
        }

        Task Send(ResponseEvent e) => events.Send(e with { SequenceNumber = number++ }, ApiJson.Relaxed.ResponseEvent, e.Type);
    }

    private string Status => text.Finish == "length" ? "incomplete" : "completed";

    private async IAsyncEnumerable<ResponseEvent> Events(IAsyncEnumerable<TextPiece> pieces)
    {
        await foreach (TextPiece piece in pieces)
        {
            text.Add(piece);
            foreach (ResponseEvent e in items.Add(piece)) yield return e;
        }
        foreach (ResponseEvent e in items.End(Status)) yield return e;
    }

    private ResponseObject Ended() => Response(Status) with
    {
        IncompleteDetails = text.Finish == "length" ? new IncompleteDetails("max_output_tokens") : null,
        Usage = new ResponseUsage(plan.PromptTokens, new PromptDetails(text.Reused), text.Count, new OutputDetails(text.ThoughtCount), plan.PromptTokens + text.Count),
    };

    private ResponseObject Response(string status)
    {
        SamplingOptions sampling = plan.Options.Sampling;
        return new ResponseObject(id, "response", scope.Created, status, scope.Writer.Source.Name, [.. items.Items])
        {
            Instructions = request.Instructions,
            MaxOutputTokens = request.MaxOutputTokens,
            Temperature = sampling.Temperature,
            TopP = sampling.TopP,
            Tools = request.Tools ?? [],
            ToolChoice = request.ToolChoice is { ValueKind: not JsonValueKind.Null } choice ? choice : JsonSerializer.SerializeToElement("auto", ApiJson.Default.String),
            ParallelToolCalls = request.ParallelToolCalls ?? true,
            Text = request.Text ?? new ResponseText { Format = new ResponseTextFormat { Type = "text" } },
            Metadata = request.Metadata,
        };
    }
}
