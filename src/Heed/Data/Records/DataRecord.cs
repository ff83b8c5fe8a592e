namespace Heed.Data.Records;

/// <summary>One row of a data file: named values and where they stand.</summary>
/// <param name="File">The file, as it was named.</param>
/// <param name="Line">The line at which the row begins, or its number where the file has no lines; from 1.</param>
/// <param name="Values">The values by column.</param>
public sealed record DataRecord(string File, long Line, IReadOnlyDictionary<string, RecordValue> Values)
{
    /// <summary>"data.jsonl, line 7".</summary>
    public string Place => $"{File}, line {Line}";

    /// <summary>The value of a column.</summary>
    /// <exception cref="RecordException">The record has no such column.</exception>
    public RecordValue this[string column] => Values.TryGetValue(column, out RecordValue? value)
        ? value
        : throw new RecordException($"the column \"{column}\" is missing; there are {(Values.Count == 0 ? "none" : string.Join(", ", Values.Keys.Take(20)))}");

    /// <summary>A column's text.</summary>
    /// <exception cref="RecordException">The record has no such column, or it is no text.</exception>
    public string Text(string column) => this[column] is { Text: { } text } ? text : throw new RecordException($"the column \"{column}\" must be a text, but is {this[column]}");
}

/// <summary>A record that cannot be used. The message says why, not where: <see cref="RecordFaults"/> adds the place.</summary>
public sealed class RecordException(string message, Exception? inner = null) : Exception(message, inner)
{
}
