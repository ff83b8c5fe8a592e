namespace Heed.Data.Records;

/// <summary>A value of a record: a text, a list, named fields, or nothing. Numbers and truth values are the text that the file has for them.</summary>
public sealed class RecordValue
{
    private RecordValue(string? text, IReadOnlyList<RecordValue>? items, IReadOnlyDictionary<string, RecordValue>? fields) => (Text, Items, Fields) = (text, items, fields);

    /// <summary>No value: JSON's null.</summary>
    public static RecordValue Nothing { get; } = new(null, null, null);

    /// <summary>The text; null for a list, fields or nothing.</summary>
    public string? Text { get; }

    /// <summary>The values of a list; null for anything else.</summary>
    public IReadOnlyList<RecordValue>? Items { get; }

    /// <summary>Values by name; null for anything else.</summary>
    public IReadOnlyDictionary<string, RecordValue>? Fields { get; }

    /// <summary>A text.</summary>
    public static RecordValue Of(string text) => new(text, null, null);

    /// <summary>A list.</summary>
    public static RecordValue Of(IReadOnlyList<RecordValue> items) => new(null, items, null);

    /// <summary>Named fields.</summary>
    public static RecordValue Of(IReadOnlyDictionary<string, RecordValue> fields) => new(null, null, fields);

    /// <summary>"a list of 3": the value as an error message shows it.</summary>
    public override string ToString() => Text is { } text ? $"\"{(text.Length <= 60 ? text : text[..57] + "...")}\"" : Items is { } items ? $"a list of {items.Count}" : Fields is { } fields ? $"an object with {string.Join(", ", fields.Keys.Take(8))}" : "nothing";
}
