using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Heed.Tests.Generation.Constraints;

/// <summary>Judges values by the words of JSON Schema, keyword by keyword; it knows nothing of grammars.</summary>
internal sealed class SchemaJudge(JsonElement document)
{
    public static bool Fits(string schema, string value)
    {
        JsonElement document = JsonDocument.Parse(schema).RootElement;
        return new SchemaJudge(document).Fits(document, JsonDocument.Parse(value, new JsonDocumentOptions { MaxDepth = 1000 }).RootElement);
    }

    private bool Fits(JsonElement schema, JsonElement value) =>
        schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().All(k => Holds(schema, k.Name, k.Value, value)));

    private bool Holds(JsonElement schema, string keyword, JsonElement k, JsonElement v)
    {
        bool number = v.ValueKind == JsonValueKind.Number, text = v.ValueKind == JsonValueKind.String, array = v.ValueKind == JsonValueKind.Array, obj = v.ValueKind == JsonValueKind.Object;
        switch (keyword)
        {
            case "type": return k.ValueKind == JsonValueKind.Array ? k.EnumerateArray().Any(t => IsOf(t.GetString()!, v)) : IsOf(k.GetString()!, v);
            case "enum": return k.EnumerateArray().Any(e => JsonElement.DeepEquals(e, v));
            case "const": return JsonElement.DeepEquals(k, v);
            case "minimum": return !number || v.GetDouble() >= k.GetDouble();
            case "maximum": return !number || v.GetDouble() <= k.GetDouble();
            case "exclusiveMinimum": return !number || v.GetDouble() > k.GetDouble();
            case "exclusiveMaximum": return !number || v.GetDouble() < k.GetDouble();
            case "minLength": return !text || Length(v) >= k.GetInt32();
            case "maxLength": return !text || Length(v) <= k.GetInt32();
            case "pattern": return !text || Regex.IsMatch(v.GetString()!, k.GetString()!, RegexOptions.CultureInvariant);
            case "format": return !text || IsFormat(k.GetString()!, v.GetString()!);
            case "minItems": return !array || v.GetArrayLength() >= k.GetInt32();
            case "maxItems": return !array || v.GetArrayLength() <= k.GetInt32();
            case "prefixItems": return !array || v.EnumerateArray().Zip(k.EnumerateArray()).All(p => Fits(p.Second, p.First));
            case "items": return !array || v.EnumerateArray().Skip(schema.TryGetProperty("prefixItems", out JsonElement prefix) ? prefix.GetArrayLength() : 0).All(i => Fits(k, i));
            case "required": return !obj || k.EnumerateArray().All(n => v.TryGetProperty(n.GetString()!, out _));
            case "properties": return !obj || (v.EnumerateObject().All(m => !k.TryGetProperty(m.Name, out JsonElement s) || Fits(s, m.Value)) && v.EnumerateObject().Select(m => m.Name).Where(n => k.TryGetProperty(n, out _)).Distinct().Count() == v.EnumerateObject().Count(m => k.TryGetProperty(m.Name, out _)));
            case "additionalProperties": return !obj || v.EnumerateObject().All(m => (schema.TryGetProperty("properties", out JsonElement own) && own.TryGetProperty(m.Name, out _)) || Fits(k, m.Value));
            case "anyOf": return k.EnumerateArray().Any(s => Fits(s, v));
            case "allOf": return k.EnumerateArray().All(s => Fits(s, v));
            case "oneOf": return k.EnumerateArray().Count(s => Fits(s, v)) == 1;
            case "$ref": return Fits(Target(k.GetString()!), v);
            case "$defs" or "title": return true;
            default: throw new NotSupportedException(keyword);
        }
    }

    private JsonElement Target(string reference) => reference.Split('/').Skip(1).Aggregate(document, (at, name) => at.GetProperty(name));

    private static bool IsOf(string type, JsonElement v) => type switch
    {
        "null" => v.ValueKind == JsonValueKind.Null,
        "boolean" => v.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => v.ValueKind == JsonValueKind.Object,
        "array" => v.ValueKind == JsonValueKind.Array,
        "string" => v.ValueKind == JsonValueKind.String,
        "integer" => v.ValueKind == JsonValueKind.Number && v.GetDouble() == Math.Floor(v.GetDouble()),
        _ => v.ValueKind == JsonValueKind.Number && double.IsFinite(v.GetDouble()),
    };

    // In code points.
    private static int Length(JsonElement v) => v.GetString()!.EnumerateRunes().Count();

    private static bool IsFormat(string format, string text) => format switch
    {
        // The year 0000 is one of RFC 3339 but none of .NET.
        "date" => text.StartsWith("0000", StringComparison.Ordinal) || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "time" => text.Length >= 8 && TimeOnly.TryParse(text[..8], CultureInfo.InvariantCulture, out _),
        "date-time" => text.Length > 10 && text[10] == 'T' && IsFormat("date", text[..10]) && IsFormat("time", text[11..]),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "ipv4" or "ipv6" => System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address) && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) == (format == "ipv6"),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out _),
        "hostname" => Uri.CheckHostName(text) != UriHostNameType.Unknown,
        "duration" => System.Text.RegularExpressions.Regex.IsMatch(text, @"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"),
        _ => throw new NotSupportedException(format),
    };
}
