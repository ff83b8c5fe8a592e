namespace Heed.Data.Records;

/// <summary>Counts records that cannot be used: they are told of and passed over, up to a limit.</summary>
/// <param name="limit">How many may be passed over.</param>
/// <param name="report">Told of each, with its place.</param>
public sealed class RecordFaults(long limit = 0, Action<string>? report = null)
{
    private const int NamedFiles = 5;

    private readonly Dictionary<string, HashSet<long>> places = [];

    /// <summary>Records passed over.</summary>
    public long Count { get; private set; }

    /// <summary>"3 records were passed over: 2 of a.jsonl, 1 of b.jsonl".</summary>
    public string Summary
    {
        get
        {
            string files = string.Join(", ", places.Take(NamedFiles).Select(f => $"{f.Value.Count} of {f.Key}"));
            return $"{Count} {(Count == 1 ? "record was" : "records were")} passed over: {files}{(places.Count > NamedFiles ? $" and of {places.Count - NamedFiles} other files" : "")}";
        }
    }

    /// <summary>Counts one; a place that is met again, because the file is read once more, counts no more.</summary>
    /// <exception cref="InvalidDataException">There are more than the limit.</exception>
    public void Add(string file, long line, string message)
    {
        string words = $"{file}, line {line}: {message}";
        if (!places.TryGetValue(file, out HashSet<long>? lines)) places[file] = lines = [];
        if (!lines.Add(line)) return;
        Count++;
        if (Count > limit) throw new InvalidDataException(limit == 0 ? words : $"{words}. {Count} records cannot be used, at most {limit} may be passed over (data.corrupt_limit)");
        report?.Invoke(words);
    }

    /// <summary>What <paramref name="use"/> makes of each record; those it refuses with a <see cref="RecordException"/> are counted.</summary>
    public IEnumerable<T> Select<T>(IEnumerable<DataRecord> records, Func<DataRecord, T> use)
    {
        foreach (DataRecord record in records)
        {
            T result;
            try
            {
                result = use(record);
            }
            catch (RecordException e)
            {
                Add(record.File, record.Line, e.Message);
                continue;
            }
            yield return result;
        }
    }
}
