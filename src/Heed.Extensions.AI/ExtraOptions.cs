using System.Globalization;
using System.Text.Json;
using Heed.Tokenization;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI;

/// <summary>The additional properties of a request, by the names that servers give them.</summary>
internal static class ExtraOptions
{
    /// <summary>A number; null where the key is absent.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static float? Number(this AdditionalPropertiesDictionary? properties, string key)
    {
        if (properties is null || !properties.TryGetValue(key, out object? value) || value is null) return null;
        try
        {
            return value is JsonElement json ? json.GetSingle() : Convert.ToSingle(value, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or InvalidCastException or OverflowException)
        {
            throw new ArgumentException($"the additional property {key} must be a number, given {value}", e);
        }
    }

    /// <summary>A text; null where the key is absent.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string? Text(this AdditionalPropertiesDictionary? properties, string key)
    {
        if (properties is null || !properties.TryGetValue(key, out object? value)) return null;
        return value switch
        {
            null => null,
            string text => text,
            JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
            _ => throw new ArgumentException($"the additional property {key} must be a text, given {value}"),
        };
    }

    /// <summary>Names and values for a chat template.</summary>
    /// <exception cref="ArgumentException">They are no object.</exception>
    public static IEnumerable<KeyValuePair<string, TemplateValue>> Variables(this AdditionalPropertiesDictionary? properties, string key)
    {
        if (properties is null || !properties.TryGetValue(key, out object? value) || value is null) return [];
        JsonElement json = value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));
        if (json.ValueKind != JsonValueKind.Object) throw new ArgumentException($"the additional property {key} must be an object, given {json.ValueKind}");
        return [.. json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, TemplateValue.From(p.Value)))];
    }
}
