using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The fields of one object of a JSON file, read strictly: a field of the wrong kind, a missing one, or at the end one that
/// nobody asked for, is a <see cref="FormatException"/> that names its place.
/// </summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    public JsonFields(JsonElement element, string place)
    {
        Place = place;
        if (element.ValueKind != JsonValueKind.Object) throw Wrong(place, "an object", element);
        foreach (JsonProperty property in element.EnumerateObject())
            if (!fields.TryAdd(property.Name, property.Value))
                throw new FormatException($"{Join(property.Name)} is given twice.");
    }

    public string Place { get; }

    public string Join(string name) => Place.Length == 0 ? name : $"{Place}.{name}";

    /// <summary>The field if it is there and not null.</summary>
    public JsonElement? Find(string name)
    {
        asked.Add(name);
        return fields.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public JsonElement Get(string name) => Find(name) ?? throw new FormatException($"{Join(name)} is missing.");

    public string String(string name) => AsString(Get(name), Join(name));

    public string? StringOrNull(string name) => Find(name) is { } value ? AsString(value, Join(name)) : null;

    public bool Bool(string name, bool otherwise) => Find(name) is not { } value ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(Join(name), "true or false", value),
    };

    public JsonElement[] Array(string name) => AsArray(Get(name), Join(name));

    /// <summary>A field that must be absent, null or this value, since anything else would change the ids.</summary>
    public void Expect(string name, string only)
    {
        if (Find(name) is { } value && value.GetRawText() != only)
            throw new FormatException($"{Join(name)} is {Shown(value)}; only {only} is supported.");
    }

    /// <summary>Fails when the object has a field which was not asked for.</summary>
    public void End()
    {
        foreach (string name in fields.Keys)
            if (!asked.Contains(name))
                throw new FormatException($"{Join(name)} is a field which is not known here.");
    }

    public static string AsString(JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(place, "a string", value);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"{place} is no valid Unicode text.");
        }
    }

    public static int AsId(JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id) || id < 0)
            throw Wrong(place, "a token id (a whole number from 0)", value);
        return id;
    }

    public static JsonElement[] AsArray(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(place, "an array", value);

    public static FormatException Wrong(string place, string expected, JsonElement value) =>
        new($"{(place.Length == 0 ? "The file" : place)} must be {expected}, but is {Shown(value)}.");

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : $"{text[..60]}…";
    }
}
