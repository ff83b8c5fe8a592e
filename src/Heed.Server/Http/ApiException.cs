using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A request that is answered with an error, in OpenAI's form.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="type">The class of error.</param>
/// <param name="code">The error's short name, if it has one.</param>
/// <param name="message">What is wrong, for people.</param>
/// <param name="parameter">The parameter that is wrong, if it is one.</param>
internal sealed class ApiException(int status, string type, string? code, string message, string? parameter = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Code { get; } = code;

    public string? Parameter { get; } = parameter;

    /// <summary>When to try again, where that helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiException Invalid(string? parameter, string message, string? code = null) => new(400, "invalid_request_error", code, message, parameter);

    public static ApiException NoModel(string name) => new(404, "invalid_request_error", "model_not_found", $"there is no model '{name}'; /v1/models lists those that there are", "model");

    public static ApiException NoMemory(string message) => new(503, "server_error", "no_memory", message, "model") { RetryAfter = TimeSpan.FromSeconds(5) };

    public static ApiException Busy(string message) => new(429, "rate_limit_error", "queue_full", message) { RetryAfter = TimeSpan.FromSeconds(1) };

    public static ApiException Unsupported(string parameter, string model, string what) => Invalid(parameter, $"the model {model} {what}", "unsupported");

    /// <summary>Runs what the library may refuse because of a parameter's value.</summary>
    public static T Asking<T>(string? parameter, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (Refusal(e, parameter) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <inheritdoc cref="Asking{T}(string?, Func{T})"/>
    public static async Task<T> Asking<T>(string? parameter, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (Refusal(e, parameter) is { } refusal)
        {
            throw refusal;
        }
    }

    private static ApiException? Refusal(Exception e, string? parameter) => e switch
    {
        ObjectDisposedException => null,
        QueueFullException => Busy(e.Message),
        ChatTemplateException { IsRaisedByTemplate: true } t => Invalid(parameter, $"the model's chat template refuses the conversation: {t.Reason}"),
        ChatTemplateException t => Invalid(parameter, $"the model's chat template cannot write the conversation: {t.Reason}"),
        ArgumentException a => Invalid(parameter, a.ParamName is { } name ? a.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : a.Message),
        FormatException => Invalid(parameter, e.Message),
        _ => null,
    };
}
