using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Heed.Server;

/// <summary>A line of the log for each request: never what it says, unless the server's owner asked for it.</summary>
internal sealed partial class RequestLog(ServerOptions options, ServerMetrics metrics, ILogger<RequestLog> log)
{
    private const int GoneAway = 499; // the client did not wait for the answer

    /// <summary>A request was answered.</summary>
    public async Task Watch(HttpContext context, RequestDelegate next)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            if (!ApiPaths.IsProbe(context))
            {
                int status = context.RequestAborted.IsCancellationRequested ? GoneAway : context.Response.StatusCode;
                TimeSpan time = Stopwatch.GetElapsedTime(start);
                Answered(context.Request.Method, context.Request.Path.ToUriComponent(), status, (long)time.TotalMilliseconds);
                // Only routes that there are: whoever guesses names must not fill the memory.
                string? route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
                metrics.Answered(route ?? "none", status, time);
                Describe(context, route, status);
            }
        }
    }

    // The span that ASP.NET Core makes of a request, in OpenTelemetry's words (https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
    private static void Describe(HttpContext context, string? route, int status)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span) return;
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method).SetTag("http.route", route).SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>What a request asks a model.</summary>
    public void Prompts(string model, IEnumerable<string> prompts)
    {
        if (!options.LogPrompts) return;
        foreach (string prompt in prompts) Asked(model, JsonEncodedText.Encode(prompt, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value); // no control characters
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Milliseconds} ms")]
    private partial void Answered(string method, string path, int status, long milliseconds);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Model} is asked: {Prompt}")]
    private partial void Asked(string model, string prompt);
}
