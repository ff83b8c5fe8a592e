using Heed.Data.Records;
using Parquet;
using Parquet.Schema;

namespace Heed.Parquet;

/// <summary>Reads Parquet files as records, one row group at a time and only the columns that are asked for.</summary>
/// <remarks>Numbers and times become texts that do not depend on the place; lists and structs become lists and fields, and a map the fields of its keys. The line of a record is its row.</remarks>
public static class ParquetRecords
{
    /// <summary>Makes Heed read .parquet files; call it when the program starts.</summary>
    public static void Register() => RecordFormat.Register(".parquet", Read);

    /// <summary>The records of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Columns to read; empty = all. Those that the file does not have are left to who asks for them.</param>
    /// <param name="faults">Told of row groups that cannot be read.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no Parquet file, or a row group cannot be read and no more may be passed over.</exception>
    public static IEnumerable<DataRecord> Read(string path, IReadOnlyCollection<string> columns, RecordFaults faults)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        ParquetReader reader = Guarded(path, () => Wait(ParquetReader.CreateAsync(file, leaveStreamOpen: true)));
        try
        {
            Field[] fields = [.. reader.Schema.Fields.Where(f => columns.Count == 0 || columns.Contains(f.Name))];
            long row = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                (List<DataRecord> records, long rows) = Group(reader, group, path, row, fields, faults);
                foreach (DataRecord record in records) yield return record;
                row += rows;
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // A row group that cannot be read is one fault, at its first row.
    private static (List<DataRecord> Records, long Rows) Group(ParquetReader reader, int index, string path, long before, Field[] fields, RecordFaults faults)
    {
        List<DataRecord> records = [];
        long rows = 0;
        try
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(index);
            rows = group.RowCount;
            RowAssembler[] columns = [.. fields.Select(f => new RowAssembler(group, f))];
            for (long row = 0; row < rows; row++)
                records.Add(new DataRecord(path, before + row + 1, columns.ToDictionary(c => c.Name, c => c.Next())));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or FileNotFoundException))
        {
            faults.Add(path, before + records.Count + 1, $"the row group cannot be read: {e.Message}");
        }
        return (records, rows);
    }

    // The library throws whatever a damaged file leads it to.
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{path} is no Parquet file that can be read: {e.Message}", e);
        }
    }

    internal static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
