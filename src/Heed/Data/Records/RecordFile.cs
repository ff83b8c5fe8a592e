namespace Heed.Data.Records;

/// <summary>Reads the records of a data file, one at a time, by the end of its name.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>.jsonl</c>, <c>.ndjson</c>: a JSON object in each line.</item>
/// <item><c>.csv</c> (RFC 4180), <c>.tsv</c> (no quotes): the first line names the columns if one of the names asked for stands in it; otherwise the columns are "1", "2" and so on.</item>
/// <item>kinds that were registered with <see cref="RecordFormat"/>, such as <c>.parquet</c>.</item>
/// <item>anything else: lines of text that are not empty, in the column "text"; where the line has tabs, in "1", "2" and so on too.</item>
/// </list>
/// Each but the registered may be packed: <c>.gz</c> behind the name.
/// </remarks>
public static class RecordFile
{
    /// <summary>The column of plain text.</summary>
    public const string TextColumn = "text";

    /// <summary>The records of a file, in its order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Columns that will be asked for: they tell whether the first line of a table names them.</param>
    /// <param name="faults">Told of lines that cannot be read; null = the first ends it.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line cannot be read, and no more may be passed over; or nobody reads this kind of file.</exception>
    public static IEnumerable<DataRecord> Read(string path, IEnumerable<string>? columns = null, RecordFaults? faults = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        faults ??= new RecordFaults();
        return RecordFormat.Of(path) is { } reader ? reader(path, [.. columns ?? []], faults) : Lines(path, faults);
    }

    /// <summary>A file of text as one record, its text in the column "text"; no record if it cannot be read and may be passed over.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty or not UTF-8, and no more may be passed over.</exception>
    public static IEnumerable<DataRecord> ReadWhole(string path, RecordFaults? faults = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text;
        try
        {
            text = TextFile.Read(path);
        }
        catch (InvalidDataException e)
        {
            (faults ?? new RecordFaults()).Add(path, 1, e.Message.StartsWith(path, StringComparison.Ordinal) ? "the file" + e.Message[path.Length..] : e.Message);
            return [];
        }
        return [new DataRecord(path, 1, new Dictionary<string, RecordValue> { [TextColumn] = RecordValue.Of(text) })];
    }

    /// <summary>Whether a file holds plain text: lines without named columns.</summary>
    public static bool IsText(string path) => RecordFormat.IsText(path);

    private static IEnumerable<DataRecord> Lines(string path, RecordFaults faults)
    {
        foreach ((long number, string line) in TextLines.Read(path, faults))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            Dictionary<string, RecordValue> values = new() { [TextColumn] = RecordValue.Of(line.Trim()) };
            if (line.Contains('\t', StringComparison.Ordinal)) DelimitedText.Number(line.Split('\t'), values);
            yield return new DataRecord(path, number, values);
        }
    }
}
