using System.Globalization;
using System.Text;
using Heed.Data.Records;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Heed.Parquet;

/// <summary>One column of a row group with a place in it: values where they are present, and the levels that tell how they nest (Melnik et al. 2010, Dremel).</summary>
internal sealed class LeafColumn
{
    private readonly DataField column;
    private readonly int[]? repetitions, definitions;
    private readonly Func<int, string> value;
    private readonly int entries;
    private int entry, used;

    public LeafColumn(ParquetRowGroupReader group, DataField column)
    {
        this.column = column;
        using RawColumnData data = ParquetRecords.Wait(group.ReadRawColumnDataBaseAsync(column).AsTask());
        repetitions = column.MaxRepetitionLevel > 0 ? data.RepetitionLevels.ToArray() : null;
        definitions = column.MaxDefinitionLevel > 0 ? data.DefinitionLevels.ToArray() : null;
        value = Texts(data, out int values);
        entries = definitions?.Length ?? values;
    }

    /// <summary>How deep the entry at this place is defined.</summary>
    public int Definition => entry >= entries ? throw new InvalidDataException($"the column {column.Path} ends after {entries} entries") : definitions is null ? 0 : definitions[entry];

    /// <summary>The level at which the entry at this place repeats; -1 behind the last.</summary>
    public int Repetition => entry >= entries ? -1 : repetitions is null ? 0 : repetitions[entry];

    /// <summary>The value at this place, or nothing; goes on.</summary>
    public RecordValue Next()
    {
        bool present = Definition == column.MaxDefinitionLevel;
        entry++;
        return present ? RecordValue.Of(value(used++)) : RecordValue.Nothing;
    }

    private static Func<int, string> Texts(RawColumnData data, out int count)
    {
        switch (data)
        {
            case RawColumnData<ReadOnlyMemory<char>> texts:
                return Texts(texts, v => v.ToString(), out count);
            case RawColumnData<ReadOnlyMemory<byte>> bytes:
                return Texts(bytes, v => new UTF8Encoding(false, true).GetString(v.Span), out count);
            case RawColumnData<bool> truths:
                return Texts(truths, v => v ? "true" : "false", out count);
            case RawColumnData<int> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<uint> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<long> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<ulong> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<short> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<ushort> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<sbyte> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<byte> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<float> numbers:
                return Formatted(numbers, "R", out count);
            case RawColumnData<double> numbers:
                return Formatted(numbers, "R", out count);
            case RawColumnData<decimal> numbers:
                return Formatted(numbers, null, out count);
            case RawColumnData<DateTime> times:
                return Formatted(times, "O", out count);
            case RawColumnData<DateOnly> dates:
                return Formatted(dates, "O", out count);
            case RawColumnData<TimeSpan> spans:
                return Formatted(spans, "c", out count);
            case RawColumnData<Guid> names:
                return Formatted(names, "D", out count);
            default:
                throw new InvalidDataException($"columns of {data.GetType().GenericTypeArguments.FirstOrDefault()?.Name} cannot be read");
        }
    }

    private static Func<int, string> Formatted<T>(RawColumnData<T> data, string? format, out int count) where T : struct, IFormattable =>
        Texts(data, v => v.ToString(format, CultureInfo.InvariantCulture), out count);

    // The span belongs to the library's pool, so it is copied.
    private static Func<int, string> Texts<T>(RawColumnData<T> data, Func<T, string> text, out int count) where T : struct
    {
        T[] values = data.Values.ToArray();
        count = values.Length;
        return i => text(values[i]);
    }
}
