using System.Text;
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
            if (!fields.TryAdd(NameOf(property, place), property.Value))
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

    /// <summary>A whole number from 0.</summary>
    public int Number(string name, int? otherwise = null)
    {
        if (Find(name) is not { } value) return otherwise ?? throw new FormatException($"{Join(name)} is missing.");
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < 0)
            throw Wrong(Join(name), "a whole number from 0", value);
        return number;
    }

    /// <summary>A string of one character.</summary>
    public Rune Character(string name)
    {
        string text = String(name);
        if (Rune.DecodeFromUtf16(text, out Rune rune, out int length) != System.Buffers.OperationStatus.Done || length != text.Length)
            throw Wrong(Join(name), "one character", Get(name));
        return rune;
    }

    public byte[] Base64(string name)
    {
        JsonElement value = Get(name);
        if (value.ValueKind != JsonValueKind.String || !value.TryGetBytesFromBase64(out byte[]? bytes)) throw Wrong(Join(name), "bytes in base64", value);
        return bytes;
    }

    /// <summary>One of several words; the first when it is absent.</summary>
    public T Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (StringOrNull(name) is not { } word) return choices[0].Value;
        var words = new List<string>();
        foreach ((string known, T value) in choices)
        {
            if (known == word) return value;
            words.Add($"'{known}'");
        }
        throw new FormatException($"{Join(name)} is '{word}'; one of {string.Join(", ", words)} is expected.");
    }

    public JsonElement[] Array(string name) => AsArray(Get(name), Join(name));

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

    public static JsonElement.ObjectEnumerator AsObject(JsonElement value, string place) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Wrong(place, "an object", value);

    /// <summary>The name of a property; a name that is no Unicode text is an error.</summary>
    public static string NameOf(JsonProperty property, string place)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"{(place.Length == 0 ? "The file" : place)} has a name that is no valid Unicode text.");
        }
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
