namespace Heed.Server;

/// <summary>The names by which collectors such as OpenTelemetry's find what the server measures. Nothing is sent anywhere unless a program adds one.</summary>
public static class HeedTelemetry
{
    /// <summary>The meter: requests, tokens, times to and between tokens, the engines and their caches.</summary>
    public const string MeterName = "Heed.Server";

    /// <summary>The source of spans: one for each piece of work of a model. They hold no prompt and no answer.</summary>
    public const string SourceName = "Heed.Server";
}
