using System.Text.Json;

namespace Heed.Server;

/// <summary>Reads parameters that may be written in several ways.</summary>
internal static class JsonParts
{
    // Of chat/completions, and of what users and models say in responses.
    private static readonly string[] TextTypes = ["text", "input_text", "output_text", "reasoning_text"];

    /// <summary>A text, a list of texts, or nothing.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static string[] Texts(JsonElement? value, string parameter) => value switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } text => [Text(text, parameter)],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select((item, i) => Text(item, $"{parameter}[{i}]"))],
        _ => throw ApiException.Invalid(parameter, $"{parameter} must be a text or a list of texts"),
    };

    /// <summary>A text.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static string Text(JsonElement value, string parameter) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw ApiException.Invalid(parameter, $"{parameter} must be a text");

    /// <summary>Whether a value is a list of numbers.</summary>
    public static bool IsIds(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number;

    /// <summary>A list of token ids.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static int[] Ids(JsonElement value, string parameter) =>
        [.. value.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) ? id : throw ApiException.Invalid($"{parameter}[{i}]", $"{parameter}[{i}] must be a token id"))];

    /// <summary>Whether a value is a list of token ids, or of such lists.</summary>
    public static bool HoldsIds(JsonElement? value) => value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && list[0].ValueKind is JsonValueKind.Number or JsonValueKind.Array;

    /// <summary>A list of token ids, or a list of such lists.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static int[][] IdLists(JsonElement list, string parameter) => IsIds(list) ? [Ids(list, parameter)]
        : [.. list.EnumerateArray().Select((item, i) => IsIds(item) ? Ids(item, $"{parameter}[{i}]") : throw ApiException.Invalid($"{parameter}[{i}]", $"{parameter}[{i}] must be a list of token ids"))];

    /// <summary>What a message says: a text, or the texts of its parts one behind the other.</summary>
    /// <exception cref="ApiException">A part is no text.</exception>
    public static string Content(JsonElement? value, string parameter)
    {
        if (value is not { ValueKind: JsonValueKind.Array } list) return value switch
        {
            null or { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } text => Text(text, parameter),
            _ => throw ApiException.Invalid(parameter, $"{parameter} must be a text or a list of parts"),
        };
        return string.Concat(list.EnumerateArray().Select((part, i) =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && TextTypes.Any(t => type.ValueEquals(t)) && part.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? Text(text, $"{parameter}[{i}].text")
                : throw ApiException.Invalid($"{parameter}[{i}]", $"{parameter}[{i}] must be a part of type text: the models of this server read nothing else")));
    }
}
