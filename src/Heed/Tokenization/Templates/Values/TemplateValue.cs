using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Heed.Tokenization.Templates;

namespace Heed.Tokenization;

/// <summary>
/// A value that a chat template works with: none, a boolean, an integer, a float, a string, a list or a dict with string keys,
/// as JSON has them. Immutable. A template sees these values and what the language makes of them, and never a .NET object.
/// </summary>
public abstract class TemplateValue
{
    private const int MaxJsonDepth = 500;

    private protected TemplateValue()
    {
    }

    /// <summary>The value <c>none</c>, JSON's null.</summary>
    public static TemplateValue None => NoneValue.Instance;

    /// <summary>A string.</summary>
    public static implicit operator TemplateValue(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new StringValue(text);
    }

    /// <summary>A boolean.</summary>
    public static implicit operator TemplateValue(bool value) => BooleanValue.Of(value);

    /// <summary>An integer.</summary>
    public static implicit operator TemplateValue(long value) => IntegerValue.Of(value);

    /// <summary>A float.</summary>
    public static implicit operator TemplateValue(double value) => new FloatValue(value);

    /// <summary>A message: a dict with <c>role</c> and <c>content</c>.</summary>
    public static implicit operator TemplateValue(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Dict(("role", message.Role), ("content", message.Content));
    }

    /// <summary>A list.</summary>
    public static TemplateValue List(IEnumerable<TemplateValue> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        TemplateValue[] values = [.. items];
        foreach (TemplateValue value in values) ArgumentNullException.ThrowIfNull(value, nameof(items));
        return new ListValue(values);
    }

    /// <summary>A dict; its order is kept. A key given twice keeps its first place and takes the last value, as in JSON read by Python.</summary>
    public static TemplateValue Dict(params IEnumerable<(string Key, TemplateValue Value)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var dict = new DictBuilder(Budget.Unlimited());
        foreach ((string key, TemplateValue value) in pairs)
        {
            ArgumentNullException.ThrowIfNull(key, nameof(pairs));
            ArgumentNullException.ThrowIfNull(value, nameof(pairs));
            dict.Set(new StringValue(key), value);
        }
        return dict.Build();
    }

    /// <summary>A JSON value. Whole numbers become integers of any size, other numbers floats.</summary>
    /// <exception cref="FormatException">A string has a lone surrogate, a number has more than 4300 digits, or the nesting is deeper than 500.</exception>
    public static TemplateValue From(JsonElement json) => From(json, 0);

    private static TemplateValue From(JsonElement json, int depth)
    {
        if (depth > MaxJsonDepth) throw new FormatException($"The JSON value is nested more than {MaxJsonDepth} deep.");
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictBuilder(Budget.Unlimited());
                foreach (JsonProperty property in json.EnumerateObject()) dict.Set(new StringValue(Text(() => property.Name)), From(property.Value, depth + 1));
                return dict.Build();
            case JsonValueKind.Array:
                var items = new TemplateValue[json.GetArrayLength()];
                int at = 0;
                foreach (JsonElement item in json.EnumerateArray()) items[at++] = From(item, depth + 1);
                return new ListValue(items);
            case JsonValueKind.String: return new StringValue(Text(() => json.GetString()!));
            case JsonValueKind.Number: return Number(json.GetRawText());
            case JsonValueKind.True: return BooleanValue.True;
            case JsonValueKind.False: return BooleanValue.False;
            default: return NoneValue.Instance;
        }
    }

    private static TemplateValue Number(string digits)
    {
        if (digits.AsSpan().ContainsAny('.', 'e', 'E')) return new FloatValue(double.Parse(digits, CultureInfo.InvariantCulture));
        if (digits.Length > Integers.MaxDigits) throw new FormatException($"A number has {digits.Length} digits; at most {Integers.MaxDigits} are supported.");
        return IntegerValue.Of(BigInteger.Parse(digits, CultureInfo.InvariantCulture));
    }

    private static string Text(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("A JSON string is no valid Unicode text.", e);
        }
    }

    /// <summary>The value as a template prints it.</summary>
    public override string ToString()
    {
        var text = new TextBuilder(Budget.Unlimited());
        WriteTo(text);
        return text.ToString();
    }

    /// <summary>The name of the type as error messages have it, which is Python's.</summary>
    internal abstract string TypeName { get; }

    internal virtual bool IsTrue => true;

    /// <summary>The number of items; null: the value has no length.</summary>
    internal virtual int? Count => null;

    internal virtual bool IsCallable => false;

    /// <summary>The items in order; null: the value cannot be iterated.</summary>
    internal virtual IEnumerable<TemplateValue>? Items => null;

    /// <summary>An attribute or method; null: there is none of that name.</summary>
    internal virtual TemplateValue? Attribute(string name) => null;

    /// <summary>The item under a key or index; null: there is none.</summary>
    internal virtual TemplateValue? Item(TemplateValue key, Budget budget) => null;

    internal virtual TemplateValue Call(Rendering rendering, Arguments arguments) => throw new TemplateError($"a value of type '{TypeName}' cannot be called");

    /// <summary>Writes the value as it prints.</summary>
    internal virtual void WriteTo(TextBuilder text) => WriteRepr(text);

    /// <summary>Writes the value as it prints inside a list: Python's <c>repr</c>.</summary>
    internal abstract void WriteRepr(TextBuilder text);
}
