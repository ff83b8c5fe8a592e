namespace Heed.Data.Records;

/// <summary>Reads the records of a file.</summary>
/// <param name="path">The file.</param>
/// <param name="columns">Columns that will be asked for; empty = all.</param>
/// <param name="faults">Told of what cannot be read.</param>
public delegate IEnumerable<DataRecord> RecordReader(string path, IReadOnlyCollection<string> columns, RecordFaults faults);

/// <summary>The kinds of record files by their extension. A library outside adds its own when the program starts.</summary>
public static class RecordFormat
{
    private static readonly Dictionary<string, RecordReader> Readers = new(StringComparer.Ordinal)
    {
        [".jsonl"] = (path, _, faults) => JsonLines.Read(path, faults),
        [".ndjson"] = (path, _, faults) => JsonLines.Read(path, faults),
        [".csv"] = (path, columns, faults) => DelimitedText.Read(path, ',', [.. columns], faults),
        [".tsv"] = (path, columns, faults) => DelimitedText.Read(path, '\t', [.. columns], faults),
    };

    // Known, but read by a library that must be registered.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal) { [".parquet"] = "Heed.Parquet (ParquetRecords.Register)" };

    /// <summary>Adds a kind of file; call it once, before anything is read.</summary>
    /// <param name="extension">The end of its files' names, with the dot, in small letters.</param>
    /// <param name="reader">Reads one.</param>
    public static void Register(string extension, RecordReader reader)
    {
        ArgumentException.ThrowIfNullOrEmpty(extension);
        ArgumentNullException.ThrowIfNull(reader);
        lock (Readers) Readers[extension] = reader;
    }

    /// <summary>The reader of a file; null for plain text.</summary>
    /// <exception cref="InvalidDataException">The kind is known, but nobody was registered who reads it.</exception>
    internal static RecordReader? Of(string path)
    {
        string kind = Kind(path);
        lock (Readers)
            if (Readers.TryGetValue(kind, out RecordReader? reader)) return reader;
        return Elsewhere.TryGetValue(kind, out string? library) ? throw new InvalidDataException($"{path}: {kind} files are read by {library}, which this program has not registered") : null;
    }

    /// <summary>Whether a file holds plain text.</summary>
    internal static bool IsText(string path)
    {
        string kind = Kind(path);
        lock (Readers) return !Readers.ContainsKey(kind) && !Elsewhere.ContainsKey(kind);
    }

    /// <summary>Whether a file in a folder is taken for data.</summary>
    internal static bool IsData(string path) => Kind(path) == ".txt" || !IsText(path);

    /// <summary>The kinds there are, for errors.</summary>
    internal static string Names()
    {
        lock (Readers) return string.Join(", ", Readers.Keys.Concat(Elsewhere.Keys).Append(".txt").Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>".jsonl" of "a.jsonl.gz".</summary>
    internal static string Kind(string path) =>
        Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();
}
