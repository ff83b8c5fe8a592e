using System.Text.Json;

namespace Heed.Generation;

/// <summary>Types of JSON values; a number is whole or not.</summary>
[Flags]
internal enum JsonTypes : byte
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    String = 16,
    Integer = 32,
    Fraction = 64,
    Number = Integer | Fraction,
    Any = 127,
}

/// <summary>One schema of a document. Several of them together are a conjunction: a value must fit each.</summary>
/// <param name="Element">The schema: an object, true or false.</param>
/// <param name="Path">Its place, as a JSON pointer behind #.</param>
/// <param name="Without">Keywords that have been dealt with, with commas around each.</param>
internal readonly record struct SchemaPart(JsonElement Element, string Path, string Without = ",")
{
    // What JSON Schema says about a document and not about values.
    private static readonly HashSet<string> Annotations =
    [
        "title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions", "deprecated", "readOnly", "writeOnly", "contentMediaType", "contentEncoding",
    ];

    private static readonly Dictionary<string, JsonTypes> Assertions = new()
    {
        ["properties"] = JsonTypes.Object,
        ["required"] = JsonTypes.Object,
        ["additionalProperties"] = JsonTypes.Object,
        ["items"] = JsonTypes.Array,
        ["prefixItems"] = JsonTypes.Array,
        ["minItems"] = JsonTypes.Array,
        ["maxItems"] = JsonTypes.Array,
        ["minLength"] = JsonTypes.String,
        ["maxLength"] = JsonTypes.String,
        ["pattern"] = JsonTypes.String,
        ["format"] = JsonTypes.String,
        ["minimum"] = JsonTypes.Number,
        ["maximum"] = JsonTypes.Number,
        ["exclusiveMinimum"] = JsonTypes.Number,
        ["exclusiveMaximum"] = JsonTypes.Number,
        ["type"] = JsonTypes.None,
        ["enum"] = JsonTypes.None,
        ["const"] = JsonTypes.None,
        ["anyOf"] = JsonTypes.None,
        ["oneOf"] = JsonTypes.None,
        ["allOf"] = JsonTypes.None,
        ["$ref"] = JsonTypes.None,
    };

    /// <summary>What tells this part from others.</summary>
    public string Key => Path + Without;

    /// <summary>A keyword's value, if it is there and has not been dealt with.</summary>
    public JsonElement? Find(string keyword) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(keyword, out JsonElement value) && !Without.Contains($",{keyword},", StringComparison.Ordinal) ? value : null;

    /// <summary>Whether it says anything of values.</summary>
    public bool SaysSomething => Element.ValueKind == JsonValueKind.False || (Element.ValueKind == JsonValueKind.Object && Keywords.Any());

    /// <summary>The keywords that say something of values and have not been dealt with.</summary>
    public IEnumerable<string> Keywords
    {
        get
        {
            SchemaPart self = this;
            return Element.ValueKind == JsonValueKind.Object ? Element.EnumerateObject().Select(k => k.Name).Where(k => Assertions.ContainsKey(k) && self.Find(k) is not null) : [];
        }
    }

    /// <summary>The same schema less a keyword.</summary>
    public SchemaPart Less(string keyword) => this with { Without = $"{Without}{keyword}," };

    /// <summary>A schema within this one.</summary>
    public SchemaPart Within(string way, JsonElement element) => new(element, $"{Path}/{way}");

    /// <summary>Schemas of a list.</summary>
    public IEnumerable<SchemaPart> List(string keyword, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || (list.GetArrayLength() == 0 && keyword != "prefixItems")) throw Error(keyword, "it must be a list with at least one schema");
        SchemaPart self = this;
        return list.EnumerateArray().Select((element, i) => self.Within($"{keyword}/{i}", element));
    }

    /// <summary>A name as part of a JSON pointer.</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>Which types the keywords of this schema are about; none = it says nothing of types.</summary>
    /// <exception cref="FormatException">It is no schema, or has a keyword that is not supported.</exception>
    public JsonTypes Check()
    {
        if (Element.ValueKind is JsonValueKind.True or JsonValueKind.False) return JsonTypes.None;
        if (Element.ValueKind != JsonValueKind.Object) throw new FormatException($"{Path}: a schema must be an object, true or false, given {Element.ValueKind}");
        JsonTypes about = JsonTypes.None;
        foreach (JsonProperty keyword in Element.EnumerateObject())
        {
            if (Annotations.Contains(keyword.Name) || (keyword.Name == "uniqueItems" && keyword.Value.ValueKind == JsonValueKind.False)) continue;
            if (!Assertions.TryGetValue(keyword.Name, out JsonTypes types)) throw Error(keyword.Name, "this keyword is not supported");
            about |= types;
        }
        return about;
    }

    /// <summary>A whole number from 0.</summary>
    public int? Count(string keyword)
    {
        if (Find(keyword) is not { } value) return null;
        // 3.0 is a whole number too.
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number == decimal.Floor(number) && number is >= 0 and <= int.MaxValue ? (int)number : throw Error(keyword, $"it must be a whole number from 0, given {Short(value)}");
    }

    /// <summary>A number.</summary>
    public decimal? Number(string keyword)
    {
        if (Find(keyword) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) ? number : throw Error(keyword, $"it must be a number of at most 28 digits, given {Short(value)}");
    }

    /// <summary>A text.</summary>
    public string? Text(string keyword)
    {
        if (Find(keyword) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Error(keyword, $"it must be a string, given {Short(value)}");
    }

    /// <summary>The error about a keyword, with its path.</summary>
    public FormatException Error(string keyword, string message) => new($"{Path}/{keyword}: {message}");

    private static string Short(JsonElement value) => value.GetRawText() is { Length: <= 60 } text ? text : value.GetRawText()[..60] + "...";
}
