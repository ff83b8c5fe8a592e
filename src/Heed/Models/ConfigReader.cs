using System.Text.Json;
using Heed.Kernels;

namespace Heed.Models;

/// <summary>Reads the keys of a <c>config.json</c>; an absent or null key takes the family's default, a wrong one throws with file, key, value and what was expected.</summary>
public sealed class ConfigReader(string file, JsonElement root)
{
    /// <summary>The head that the caller wants, whatever the file's own class has; null = that of the file.</summary>
    public HeadKind? Head { get; init; }

    /// <summary>A whole number.</summary>
    public int Int(string key, int? otherwise = null) => Optional(key) switch
    {
        null => otherwise ?? throw Missing(key, "a whole number"),
        { ValueKind: JsonValueKind.Number } e when e.TryGetInt32(out int value) => value,
        { } e => throw Wrong(key, "a whole number", e),
    };

    /// <summary>A whole number, or null where the key is absent or null.</summary>
    public int? OptionalInt(string key) => Optional(key) is null ? null : Int(key);

    /// <summary>A whole number, or null where the key is null; the default where it is absent.</summary>
    public int? OptionalInt(string key, int? otherwise) => IsAbsent(key) ? otherwise : OptionalInt(key);

    /// <summary>A number.</summary>
    public double Number(string key, double? otherwise = null) => Optional(key) switch
    {
        null => otherwise ?? throw Missing(key, "a number"),
        { ValueKind: JsonValueKind.Number } e when e.TryGetDouble(out double value) && double.IsFinite(value) => value,
        { } e => throw Wrong(key, "a number", e),
    };

    /// <summary>A number, or null where the key is null; the default where it is absent.</summary>
    public double? OptionalNumber(string key, double? otherwise) => IsAbsent(key) ? otherwise : Has(key) ? Number(key) : null;

    /// <summary>True or false.</summary>
    public bool Bool(string key, bool otherwise) => Optional(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } e => throw Wrong(key, "true or false", e),
    };

    /// <summary>A text.</summary>
    public string Text(string key, string? otherwise = null) => Optional(key) switch
    {
        null => otherwise ?? throw Missing(key, "a text"),
        { ValueKind: JsonValueKind.String } e => e.GetString()!,
        { } e => throw Wrong(key, "a text", e),
    };

    /// <summary>A number or a list of numbers: token ids.</summary>
    public IReadOnlyList<int> Ints(string key) => Optional(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } e => [.. e.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out int v) ? v : throw Wrong(key, "whole numbers", e))],
        _ => [Int(key)],
    };

    /// <summary>A number or a list of numbers, none where the key is null; the default where it is absent.</summary>
    public IReadOnlyList<int> Ints(string key, IReadOnlyList<int> otherwise) => IsAbsent(key) ? otherwise : Ints(key);

    /// <summary>A list of texts; empty where the key is absent.</summary>
    public IReadOnlyList<string> Texts(string key) => Optional(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } e => [.. e.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.String ? i.GetString()! : throw Wrong(key, "texts", e))],
        { } e => throw Wrong(key, "a list of texts", e),
    };

    /// <summary>A list of numbers; empty where the key is absent.</summary>
    public IReadOnlyList<double> Numbers(string key) => Optional(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } e => [.. e.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetDouble(out double v) ? v : throw Wrong(key, "numbers", e))],
        { } e => throw Wrong(key, "a list of numbers", e),
    };

    /// <summary>A section of texts by name; empty where the key is absent.</summary>
    public IReadOnlyDictionary<string, string> TextMap(string key) => Optional(key) switch
    {
        null => new Dictionary<string, string>(),
        { ValueKind: JsonValueKind.Object } e => e.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : throw Wrong($"{key}.{p.Name}", "a text", p.Value)),
        { } e => throw Wrong(key, "a section of texts", e),
    };

    /// <summary>The file, for messages.</summary>
    public string File => file;

    /// <summary>The value of a key as it stands there; null where the key is absent or null.</summary>
    public JsonElement? Element(string key) => Optional(key);

    /// <summary>Whether the key is there, be it null.</summary>
    public bool Names(string key) => root.TryGetProperty(key, out _);

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Optional(key) is not null;

    /// <summary>A section, or null.</summary>
    public ConfigReader? Section(string key) => Optional(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } e => new ConfigReader($"{file}: {key}", e),
        { } e => throw Wrong(key, "a section", e),
    };

    /// <summary>An activation by its Hugging Face name.</summary>
    public ActivationKind Activation(string key, string otherwise) => Text(key, otherwise) switch
    {
        "gelu" => ActivationKind.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => ActivationKind.GeluTanh,
        "relu" => ActivationKind.Relu,
        "silu" or "swish" => ActivationKind.Silu,
        string name => throw new InvalidDataException($"{file}: {key} is \"{name}\"; known are gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu, swish"),
    };

    /// <summary>A configuration that is right in form but says what Heed cannot do.</summary>
    public InvalidDataException Unsupported(string key, string detail) => new($"{file}: {key}: {detail}");

    private bool IsAbsent(string key) => !root.TryGetProperty(key, out _);

    private JsonElement? Optional(string key) =>
        root.TryGetProperty(key, out JsonElement e) && e.ValueKind != JsonValueKind.Null ? e : null;

    private InvalidDataException Missing(string key, string expected) => new($"{file}: {key} is missing; expected {expected}");

    /// <summary>A value of the wrong kind.</summary>
    public InvalidDataException Wrong(string key, string expected, JsonElement given)
    {
        string text = given.GetRawText();
        return new InvalidDataException($"{file}: {key} must be {expected}, given {(text.Length > 60 ? text[..60] + "..." : text)}");
    }
}
