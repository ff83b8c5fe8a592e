using System.Globalization;
using System.Text.Json;
using Heed.Generation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Heed.Server;

/// <summary>Answers every failure of a route with an error in OpenAI's form; what went wrong inside is told to the log alone.</summary>
internal sealed partial class ApiErrors(RequestDelegate next, ILogger<ApiErrors> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is 404 or 405 or 415 && context.Response.ContentLength is null && context.Response.ContentType is null) await Write(context, NoRoute(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception e)
        {
            ApiException error = Describe(e);
            if (error.Status >= 500 && e is not ApiException) Failed(e, context.Request.Method, context.Request.Path.ToUriComponent());
            if (context.Response.HasStarted) context.Abort();
            else await Write(context, error);
        }
    }

    /// <summary>The error that stands for an exception.</summary>
    public static ApiException Describe(Exception e) => e switch
    {
        ApiException known => known,
        QueueFullException => ApiException.Busy(e.Message),
        BadHttpRequestException { StatusCode: 413 } => new ApiException(413, "invalid_request_error", "request_too_large", "the request's body is longer than the server takes"),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, "invalid_request_error", null, "the request is no valid HTTP request"),
        OperationCanceledException => new ApiException(503, "server_error", "timeout", "the request took longer than the server allows, or the server is ending"),
        OutOfMemoryException => ApiException.NoMemory("there is not enough memory for this request"),
        _ => new ApiException(500, "server_error", null, "the server failed; its log says why"),
    };

    /// <summary>Writes an error as the answer.</summary>
    public static Task Write(HttpContext context, ApiException error)
    {
        context.Response.Clear();
        SecurityHeaders.Apply(context.Response);
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait) context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (error.Status == 401) context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsJsonAsync(Body(error), ApiJson.Relaxed.ErrorResponse);
    }

    /// <summary>An error as it is written.</summary>
    public static ErrorResponse Body(ApiException error) => new(new ErrorBody(error.Message, error.Type, error.Parameter, error.Code));

    private static ApiException NoRoute(HttpContext context) => context.Response.StatusCode switch
    {
        // A web page may send plain text anywhere without asking; JSON it may not (CORS).
        415 => new ApiException(415, "invalid_request_error", "unsupported_media_type", "the body must be JSON, with Content-Type: application/json"),
        405 => new ApiException(405, "invalid_request_error", "method_not_allowed", $"{context.Request.Path} does not answer {context.Request.Method}"),
        _ => new ApiException(404, "invalid_request_error", "unknown_url", $"there is no {context.Request.Method} {context.Request.Path}"),
    };

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void Failed(Exception error, string method, string path);
}
