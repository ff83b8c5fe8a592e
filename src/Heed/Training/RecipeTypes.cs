using System.Globalization;
using System.Text.Json;

namespace Heed.Training;

/// <summary>The type of a recipe key's value: how it is read, judged, shown, written and described.</summary>
internal abstract class RecipeType<TValue>
{
    /// <summary>What is accepted, as the end of "must be ...".</summary>
    public abstract string Expected { get; }

    /// <summary>Reads a JSON value; false when it is not of this type (the range is judged by <see cref="Accepts"/>).</summary>
    public abstract bool TryRead(RecipeNode node, out TValue value);

    public abstract bool Accepts(TValue value);

    /// <summary>Whether values may name files or folders.</summary>
    public virtual bool MayNameFiles => false;

    /// <summary>Whether this value names files or folders, and is no word of the recipe's own such as "bpe".</summary>
    public virtual bool NamesFiles(TValue value) => false;

    public abstract void Write(Utf8JsonWriter writer, TValue value);

    /// <summary>Writes the members of the JSON Schema object; <paramref name="nullable"/> adds null to what is accepted.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer, bool nullable);

    protected static void WriteSchemaType(Utf8JsonWriter writer, string type, bool nullable)
    {
        if (!nullable)
        {
            writer.WriteString("type", type);
            return;
        }
        writer.WriteStartArray("type");
        writer.WriteStringValue(type);
        writer.WriteStringValue("null");
        writer.WriteEndArray();
    }
}

/// <summary>An integer from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
internal sealed class IntegerType(int min, int max) : RecipeType<int>
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture, $"an integer from {min} to {max}");

    public override bool TryRead(RecipeNode node, out int value)
    {
        value = 0;
        // As in JSON Schema, 1000, 1e3 and 1000.0 are the same integer.
        if (node.Kind != JsonValueKind.Number || !double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || number != Math.Floor(number) || number < int.MinValue || number > int.MaxValue)
            return false;
        value = (int)number;
        return true;
    }

    public override bool Accepts(int value) => value >= min && value <= max;

    public override void Write(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable)
    {
        WriteSchemaType(writer, "integer", nullable);
        writer.WriteNumber("minimum", min);
        writer.WriteNumber("maximum", max);
    }
}

/// <summary>A number between <paramref name="min"/> and <paramref name="max"/>; a bound is included unless it is said to be open.</summary>
internal sealed class NumberType(double min, double max, bool minOpen = false, bool maxOpen = false) : RecipeType<double>
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture,
        $"a number {(minOpen ? "above" : "of at least")} {min} and {(maxOpen ? "below" : "at most")} {max}");

    public override bool TryRead(RecipeNode node, out double value)
    {
        value = 0;
        return node.Kind == JsonValueKind.Number && double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    // Written so that NaN is refused.
    public override bool Accepts(double value) => (minOpen ? value > min : value >= min) && (maxOpen ? value < max : value <= max);

    public override void Write(Utf8JsonWriter writer, double value) => writer.WriteNumberValue(value);

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable)
    {
        WriteSchemaType(writer, "number", nullable);
        writer.WriteNumber(minOpen ? "exclusiveMinimum" : "minimum", min);
        writer.WriteNumber(maxOpen ? "exclusiveMaximum" : "maximum", max);
    }
}

/// <summary>true or false.</summary>
internal sealed class BooleanType : RecipeType<bool>
{
    public override string Expected => "true or false";

    public override bool TryRead(RecipeNode node, out bool value)
    {
        value = node.Kind == JsonValueKind.True;
        return node.Kind is JsonValueKind.True or JsonValueKind.False;
    }

    public override bool Accepts(bool value) => true;

    public override void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable) => WriteSchemaType(writer, "boolean", nullable);
}

/// <summary>A text that is not empty: one of <paramref name="choices"/>, or (when <paramref name="other"/> says what else it may be) any other text.</summary>
/// <param name="choices">Words that mean something.</param>
/// <param name="other">What any other text is; null = there are no others.</param>
/// <param name="path">Whether any other text names files or folders.</param>
internal sealed class TextType(string[] choices, string? other = null, bool path = false) : RecipeType<string>
{
    public override bool MayNameFiles => path;

    public override bool NamesFiles(string value) => path && !choices.Contains(value);

    public override string Expected
    {
        get
        {
            string quoted = string.Join(", ", choices.Select(c => $"\"{c}\""));
            return other is null ? "one of " + quoted : choices.Length == 0 ? other : $"{quoted} or {other}";
        }
    }

    public override bool TryRead(RecipeNode node, out string value)
    {
        // An override such as compute.output=2026 means the text "2026".
        bool text = node.Kind == JsonValueKind.String || (node.Override is not null && node.Kind != JsonValueKind.Null);
        value = node.Override is not null && node.Kind != JsonValueKind.String ? node.OverrideText : node.Text;
        return text;
    }

    public override bool Accepts(string value) => !string.IsNullOrEmpty(value) && (other is not null || choices.Contains(value));

    public override void Write(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable)
    {
        if (other is null)
        {
            WriteChoices(writer);
            return;
        }
        if (choices.Length == 0)
        {
            WriteSchemaType(writer, "string", nullable);
            writer.WriteNumber("minLength", 1);
            return;
        }
        // Two alternatives, so that an editor offers the words and still accepts a path.
        writer.WriteStartArray("anyOf");
        writer.WriteStartObject();
        WriteChoices(writer);
        writer.WriteEndObject();
        writer.WriteStartObject();
        WriteSchemaType(writer, "string", nullable);
        writer.WriteNumber("minLength", 1);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void WriteChoices(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("enum");
        foreach (string choice in choices) writer.WriteStringValue(choice);
        writer.WriteEndArray();
    }
}

/// <summary>A value of another type, or null.</summary>
internal sealed class NullOrValue<TValue>(RecipeType<TValue> type) : RecipeType<TValue?> where TValue : struct
{
    public override string Expected => type.Expected + ", or null";

    public override bool TryRead(RecipeNode node, out TValue? value)
    {
        value = null;
        if (node.Kind == JsonValueKind.Null) return true;
        if (!type.TryRead(node, out TValue inner)) return false;
        value = inner;
        return true;
    }

    public override bool Accepts(TValue? value) => value is null || type.Accepts(value.Value);

    public override void Write(Utf8JsonWriter writer, TValue? value)
    {
        if (value is null) writer.WriteNullValue();
        else type.Write(writer, value.Value);
    }

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable) => type.WriteSchema(writer, nullable: true);
}

/// <summary>A text or a list of texts, or null.</summary>
internal sealed class NullOr<TValue>(RecipeType<TValue> type) : RecipeType<TValue?> where TValue : class
{
    public override string Expected => type.Expected + ", or null";

    public override bool TryRead(RecipeNode node, out TValue? value)
    {
        value = null;
        if (node.Kind == JsonValueKind.Null) return true;
        bool read = type.TryRead(node, out TValue inner);
        value = inner;
        return read;
    }

    public override bool Accepts(TValue? value) => value is null || type.Accepts(value);

    public override bool MayNameFiles => type.MayNameFiles;

    public override bool NamesFiles(TValue? value) => value is not null && type.NamesFiles(value);

    public override void Write(Utf8JsonWriter writer, TValue? value)
    {
        if (value is null) writer.WriteNullValue();
        else type.Write(writer, value);
    }

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable) => type.WriteSchema(writer, nullable: true);
}

/// <summary>A text as <see cref="TextType"/> takes it, or a list of such texts.</summary>
internal sealed class TextListType(string[] choices, string other, bool path = false) : RecipeType<TextList>
{
    private readonly TextType text = new(choices, other, path);

    public override string Expected => $"{text.Expected}, or a list of such";

    public override bool TryRead(RecipeNode node, out TextList value)
    {
        value = [];
        if (node.Kind == JsonValueKind.Array)
        {
            if (node.Items.Exists(i => i.Kind != JsonValueKind.String)) return false;
            value = [.. node.Items.Select(i => i.Text)];
            return true;
        }
        bool read = text.TryRead(node, out string single);
        if (read) value = single;
        return read;
    }

    public override bool Accepts(TextList value) => value is { Count: > 0 } && value.All(text.Accepts);

    public override bool MayNameFiles => path;

    // In a list of several also the words are paths.
    public override bool NamesFiles(TextList value) => path && (value.Count != 1 || text.NamesFiles(value[0]));

    public override void Write(Utf8JsonWriter writer, TextList value)
    {
        if (value.Count == 1)
        {
            text.Write(writer, value[0]);
            return;
        }
        writer.WriteStartArray();
        foreach (string item in value) text.Write(writer, item);
        writer.WriteEndArray();
    }

    public override void WriteSchema(Utf8JsonWriter writer, bool nullable)
    {
        writer.WriteStartArray("anyOf");
        writer.WriteStartObject();
        text.WriteSchema(writer, nullable);
        writer.WriteEndObject();
        writer.WriteStartObject();
        WriteSchemaType(writer, "array", nullable: false);
        writer.WriteNumber("minItems", 1);
        writer.WriteStartObject("items");
        new TextType([], other).WriteSchema(writer, nullable: false);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}
