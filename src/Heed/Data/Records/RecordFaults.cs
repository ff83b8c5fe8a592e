namespace Heed.Data.Records;

/// <summary>Counts records that cannot be used: they are told of and passed over, up to a limit.</summary>
/// <param name="limit">How many may be passed over.</param>
/// <param name="report">Told of each, with its place.</param>
public sealed class RecordFaults(long limit = 0, Action<string>? report = null)
{
    /// <summary>Records passed over.</summary>
    public long Count { get; private set; }

    /// <summary>Counts one.</summary>
    /// <exception cref="InvalidDataException">There are more than the limit.</exception>
    public void Add(string file, long line, string message)
    {
        string words = $"{file}, line {line}: {message}";
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
