using System.Text.Json;

namespace Heed.Training;

/// <summary>What a run has used and found so far. A checkpoint keeps it, so that a resumed run counts on.</summary>
public sealed record RunProgress
{
    /// <summary>Tokens that the model has read while it learned.</summary>
    public long Tokens { get; init; }

    /// <summary>Time spent on steps, in seconds.</summary>
    public double Seconds { get; init; }

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("tokens", Tokens);
        writer.WriteNumber("seconds", Seconds);
    }

    // What an older checkpoint does not tell is 0.
    internal static RunProgress Read(JsonElement state) => new()
    {
        Tokens = state.TryGetProperty("tokens", out JsonElement tokens) ? tokens.GetInt64() : 0,
        Seconds = state.TryGetProperty("seconds", out JsonElement seconds) ? seconds.GetDouble() : 0,
    };
}
