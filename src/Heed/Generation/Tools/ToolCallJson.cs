using System.Text.Json;

namespace Heed.Generation;

/// <summary>Reads calls that are written as JSON objects.</summary>
internal static class ToolCallJson
{
    /// <summary>A call; null where the text is none.</summary>
    public static ToolCall? Read(string json) => Parse(json, Call);

    /// <summary>A list of calls, or one; null where the text is neither.</summary>
    public static IReadOnlyList<ToolCall>? ReadList(string json) => Parse(json, root =>
    {
        if (root.ValueKind != JsonValueKind.Array) return Call(root) is { } one ? [one] : null;
        ToolCall?[] calls = [.. root.EnumerateArray().Select(Call)];
        return calls.Contains(null) ? null : (IReadOnlyList<ToolCall>)calls!;
    });

    /// <summary>Arguments as they stand; null where they are no JSON object.</summary>
    public static string? Arguments(string json) => Parse(json, root => root.ValueKind == JsonValueKind.Object ? json : null);

    // The arguments are called so or "parameters"; some models write them as a string that holds the object, and leave them out where there are none.
    private static ToolCall? Call(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { Length: > 0 } tool) return null;
        string? arguments = !root.TryGetProperty("arguments", out JsonElement given) && !root.TryGetProperty("parameters", out given) ? "{}" : given.ValueKind switch
        {
            JsonValueKind.Object => given.GetRawText(),
            JsonValueKind.String => Arguments(given.GetString()!),
            JsonValueKind.Null => "{}",
            _ => null,
        };
        string? id = root.TryGetProperty("id", out JsonElement own) && own.ValueKind == JsonValueKind.String ? own.GetString() : null;
        return arguments is null ? null : new ToolCall(string.IsNullOrEmpty(id) ? ToolCall.NewId() : id, tool, arguments);
    }

    private static T? Parse<T>(string json, Func<JsonElement, T?> read) where T : class
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, or a string that is no Unicode text
        }
    }
}
