using System.Text.Json;

namespace Heed.Generation;

/// <summary>Types and listed values of a conjunction of schemas.</summary>
internal static class SchemaTypes
{
    /// <summary>The type of a value.</summary>
    public static JsonTypes Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.Object => JsonTypes.Object,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.String => JsonTypes.String,
        _ => value.TryGetDecimal(out decimal number) && number == decimal.Floor(number) ? JsonTypes.Integer : JsonTypes.Fraction,
    };

    /// <summary>The types that every part allows; where none names types, those that their keywords are about.</summary>
    public static JsonTypes Allowed(IReadOnlyList<SchemaPart> parts)
    {
        JsonTypes named = JsonTypes.Any, about = JsonTypes.None;
        bool any = false;
        foreach (SchemaPart part in parts)
        {
            about |= part.Check();
            if (part.Find("type") is not { } type) continue;
            any = true;
            JsonElement[] names = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
            if (names.Length == 0) throw part.Error("type", "the list of types is empty");
            named &= names.Aggregate(JsonTypes.None, (all, name) => all | Named(part, name));
        }
        return any || about == JsonTypes.None ? named : about;
    }

    /// <summary>The values that the parts list; null = they list none.</summary>
    public static IReadOnlyList<JsonElement>? Values(IReadOnlyList<SchemaPart> parts)
    {
        IReadOnlyList<JsonElement>? values = null;
        foreach (SchemaPart part in parts)
        {
            if (part.Find("const") is { } one) Keep([one]);
            if (part.Find("enum") is not { } list) continue;
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) throw part.Error("enum", "it must be a list with at least one value");
            Keep([.. list.EnumerateArray()]);
        }
        return values;

        void Keep(JsonElement[] own) => values = values is null ? own : [.. values.Where(v => own.Any(o => JsonElement.DeepEquals(v, o)))];
    }

    private static JsonTypes Named(SchemaPart part, JsonElement name) => (name.ValueKind == JsonValueKind.String ? name.GetString() : null) switch
    {
        "null" => JsonTypes.Null,
        "boolean" => JsonTypes.Boolean,
        "object" => JsonTypes.Object,
        "array" => JsonTypes.Array,
        "string" => JsonTypes.String,
        "integer" => JsonTypes.Integer,
        "number" => JsonTypes.Number,
        _ => throw part.Error("type", $"the type {name.GetRawText()} is not known"),
    };
}
