using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Reads the JSON body of a request; what is wrong with it is told by parameter.</summary>
internal static class JsonBody
{
    /// <summary>The body, which its route takes only as JSON.</summary>
    /// <exception cref="ApiException">It is no JSON, or a value is of another type than its parameter.</exception>
    public static async Task<T> Read<T>(HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        using MemoryStream body = new(); // no longer than the server's limit
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        ReadOnlyMemory<byte> json = body.GetBuffer().AsMemory(0, (int)body.Length);
        DemandWholeCharacters(json.Span);
        try
        {
            return JsonSerializer.Deserialize(json.Span, type) ?? throw ApiException.Invalid(null, "the body must be a JSON object, given null");
        }
        catch (JsonException e) when (e.InnerException is null && e.Path is { Length: > 2 } path)
        {
            string parameter = path[2..];
            throw ApiException.Invalid(parameter, $"{parameter} must be {Expected(type, parameter)}");
        }
        catch (JsonException e)
        {
            string parameter = e.Path is { Length: > 2 } path ? path[2..] : "";
            // An inner exception is the reader's: the text is no JSON, or the type's own.
            if (parameter.Length > 0 && e.InnerException is InvalidOperationException or FormatException or OverflowException) throw ApiException.Invalid(parameter, $"{parameter} must be {Expected(type, parameter)}");
            throw ApiException.Invalid(null, $"the body is no JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", "invalid_json");
        }
    }

    // Half a character, as bytes or as an escaped surrogate without its other half, is no text: told here once, it cannot come up wherever a text is read.
    private static void DemandWholeCharacters(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw ApiException.Invalid(null, "the body is no UTF-8 text", "invalid_json");
        Utf8JsonReader reader = new(json);
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(null, $"the body has half a character in a text, near byte {reader.TokenStartIndex + 1}", "invalid_json");
        }
        catch (JsonException)
        {
            // Whoever reads the values tells where.
        }
    }

    private static string Expected(JsonTypeInfo type, string parameter)
    {
        // Of a nested value only its outermost name is known here.
        JsonPropertyInfo? property = type.Properties.FirstOrDefault(p => p.Name == parameter);
        Type? expected = property is null ? null : Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (expected is null) return "of another type";
        if (expected == typeof(bool)) return "true or false";
        if (expected == typeof(int) || expected == typeof(long)) return "a whole number";
        if (expected == typeof(float) || expected == typeof(double)) return "a number";
        if (expected == typeof(string)) return "a text";
        return typeof(System.Collections.IDictionary).IsAssignableFrom(expected) || !typeof(System.Collections.IEnumerable).IsAssignableFrom(expected) ? "an object" : "a list";
    }
}
