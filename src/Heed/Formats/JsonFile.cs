using System.Text.Json;

namespace Heed.Formats;

/// <summary>Reading JSON files of others: every failure is a <see cref="WeightFormatException"/> that says where.</summary>
internal static class JsonFile
{
    /// <summary>Parses a file that must be one JSON value without duplicate keys and at most 64 levels deep, and reads it.</summary>
    public static T Read<T>(string path, long maxLength, Func<JsonElement, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (!stream.CanSeek) throw new WeightFormatException(path, null, "not a regular file.");
        if (stream.Length > maxLength) throw new WeightFormatException(path, null, $"{stream.Length} bytes of JSON, expected at most {maxLength}.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or an escape such as \ud800 that is no character; noticed when the text is read.
            throw new WeightFormatException(path, null, $"not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>A member of an object that must be there and be of a kind.</summary>
    public static JsonElement Member(string path, JsonElement parent, string where, string key, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object) throw new WeightFormatException(path, null, $"{where} is {Kind(parent)}, expected an object.");
        if (!parent.TryGetProperty(key, out JsonElement value)) throw new WeightFormatException(path, null, $"{where} has no \"{key}\".");
        if (value.ValueKind != kind) throw new WeightFormatException(path, null, $"{where}: \"{key}\" is {Kind(value)}, expected {Kind(kind)}.");
        return value;
    }

    public static string Kind(JsonElement element) => Kind(element.ValueKind);

    private static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
