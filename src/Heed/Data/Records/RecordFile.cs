namespace Heed.Data.Records;

/// <summary>Reads the records of a data file, one at a time, by the end of its name.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>.jsonl</c>, <c>.ndjson</c>: a JSON object in each line.</item>
/// <item><c>.csv</c> (RFC 4180), <c>.tsv</c> (no quotes): the first line names the columns if one of the names asked for stands in it; otherwise the columns are "1", "2" and so on.</item>
/// <item>anything else: lines of text that are not empty, in the column "text"; where the line has tabs, in "1", "2" and so on too.</item>
/// </list>
/// Each may be packed: <c>.gz</c> behind the name.
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
    /// <exception cref="InvalidDataException">A line cannot be read, and no more may be passed over.</exception>
    public static IEnumerable<DataRecord> Read(string path, IEnumerable<string>? columns = null, RecordFaults? faults = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        faults ??= new RecordFaults();
        HashSet<string> wanted = [.. columns ?? []];
        return Kind(path) switch
        {
            ".jsonl" or ".ndjson" => JsonLines.Read(path, faults),
            ".csv" => DelimitedText.Read(path, ',', wanted, faults),
            ".tsv" => DelimitedText.Read(path, '\t', wanted, faults),
            _ => Lines(path, faults),
        };
    }

    /// <summary>Whether a file holds plain text: lines without named columns.</summary>
    public static bool IsText(string path) => Kind(path) is not (".jsonl" or ".ndjson" or ".csv" or ".tsv");

    private static string Kind(string path) =>
        Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();

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
