using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Heed.Server;

/// <summary>An answer that comes as server-sent events, each a JSON object (https://html.spec.whatwg.org/multipage/server-sent-events.html).</summary>
internal sealed class EventStream
{
    private readonly HttpResponse response;
    private readonly ArrayBufferWriter<byte> buffer = new();

    private EventStream(HttpResponse response) => this.response = response;

    /// <summary>Begins the answer.</summary>
    public static async Task<EventStream> Start(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers["X-Accel-Buffering"] = "no"; // proxies shall not collect it
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.Body.FlushAsync(context.RequestAborted);
        return new EventStream(response);
    }

    /// <summary>Sends an event at once.</summary>
    /// <param name="value">Its data.</param>
    /// <param name="type">How the data is written.</param>
    /// <param name="name">The event's name; null = it has none.</param>
    public async Task Send<T>(T value, JsonTypeInfo<T> type, string? name = null)
    {
        buffer.ResetWrittenCount();
        if (name is not null)
        {
            buffer.Write("event: "u8);
            buffer.Write(Encoding.ASCII.GetBytes(name));
            buffer.Write("\n"u8);
        }
        buffer.Write("data: "u8);
        // JSON has no line ends in it.
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder })) JsonSerializer.Serialize(writer, value, type);
        buffer.Write("\n\n"u8);
        await Write(buffer.WrittenMemory);
    }

    /// <summary>Tells of a failure in the middle of the answer.</summary>
    public Task SendError(Exception error) => Send(ApiErrors.Body(ApiErrors.Describe(error)), ApiJson.Relaxed.ErrorResponse);

    /// <summary>Ends the answer as OpenAI does.</summary>
    public Task Done() => Write("data: [DONE]\n\n"u8.ToArray());

    private async Task Write(ReadOnlyMemory<byte> bytes)
    {
        CancellationToken aborted = response.HttpContext.RequestAborted;
        await response.Body.WriteAsync(bytes, aborted);
        await response.Body.FlushAsync(aborted);
        aborted.ThrowIfCancellationRequested();
    }
}
