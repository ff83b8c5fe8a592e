using System.Globalization;
using Heed.Data.Records;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>A table in memory: named columns, rows of texts. An empty field and a missing one are the same: null.</summary>
public sealed class TabularTable
{
    private readonly Dictionary<string, int> places;
    private readonly string?[][] rows;

    private TabularTable(IReadOnlyList<string> columns, string?[][] rows)
    {
        (Columns, this.rows) = (columns, rows);
        places = columns.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
    }

    /// <summary>The columns, in the order of the file.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Number of rows.</summary>
    public int Count => rows.Length;

    /// <summary>Reads a file of records (<see cref="RecordFile"/>) with one line of column names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Columns that it is known to have, at least one.</param>
    /// <param name="faults">Told of records that cannot be read; null = the first ends it.</param>
    /// <exception cref="InvalidDataException">A record cannot be read, or there is none.</exception>
    public static TabularTable Read(string path, IEnumerable<string> columns, RecordFaults? faults = null) => Of(RecordFile.Read(path, columns, faults), path);

    /// <summary>The table of records; a column that a record lacks is empty there.</summary>
    /// <param name="records">The records.</param>
    /// <param name="name">What they are called in errors.</param>
    /// <exception cref="InvalidDataException">A record cannot be read, or there is none.</exception>
    public static TabularTable Of(IEnumerable<DataRecord> records, string name)
    {
        List<string> names = [];
        Dictionary<string, int> places = [];
        List<string?[]> rows = [];
        foreach (DataRecord record in records)
        {
            foreach (string column in record.Values.Keys)
                if (places.TryAdd(column, names.Count)) names.Add(column);
            string?[] row = new string?[names.Count];
            foreach ((string column, RecordValue value) in record.Values) row[places[column]] = value.Text is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
            rows.Add(row);
        }
        if (rows.Count == 0) throw new InvalidDataException($"{name} has no rows");
        return new TabularTable(names, [.. rows.Select(r => r.Length == names.Count ? r : [.. r, .. new string?[names.Count - r.Length]])]);
    }

    /// <summary>Some of the rows.</summary>
    public TabularTable Rows(ReadOnlySpan<int> numbers)
    {
        string?[][] taken = new string?[numbers.Length][];
        for (int i = 0; i < taken.Length; i++) taken[i] = rows[numbers[i]];
        return new TabularTable(Columns, taken);
    }

    /// <summary>Draws the rows for validation and for the test, always the same ones for a seed: rows are often sorted by what they are about.</summary>
    /// <param name="validation">Share of the rows for validation, at least one row; 0 = none.</param>
    /// <param name="test">Share for the test; 0 = none.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <exception cref="InvalidDataException">None is left to learn from.</exception>
    public (TabularTable Training, TabularTable? Validation, TabularTable? Test) Split(double validation, double test, int seed)
    {
        int[] order = RowOrder.Draw(Count, new RandomSource((ulong)seed).Split("split"));
        int tested = (int)Math.Round(Count * test), validated = validation > 0 ? Math.Max(1, (int)Math.Round(Count * validation)) : 0;
        if (Count - tested - validated < 1) throw new InvalidDataException($"the table has {Count} rows; with {validated} for validation and {tested} for the test none is left to learn from");
        return (Rows(order.AsSpan(tested + validated)), validated == 0 ? null : Rows(order.AsSpan(tested, validated)), tested == 0 ? null : Rows(order.AsSpan(0, tested)));
    }

    /// <summary>Whether there is a column of this name.</summary>
    public bool Has(string column) => places.ContainsKey(column);

    /// <summary>A field; null where it is empty.</summary>
    /// <exception cref="InvalidDataException">There is no such column.</exception>
    public string? this[int row, string column] => places.TryGetValue(column, out int place) ? rows[row][place]
        : throw new InvalidDataException($"the table has no column \"{column}\"; it has {string.Join(", ", Columns)}");

    /// <summary>A column as numbers; NaN where a field is empty.</summary>
    /// <exception cref="InvalidDataException">A field is no number.</exception>
    public double[] Numbers(string column)
    {
        double[] numbers = new double[Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = this[i, column] is not { } text ? double.NaN
                : IsNumber(text, out double number) ? number
                : throw new InvalidDataException($"row {i + 1}: the column \"{column}\" must be a number, but is \"{(text.Length > 40 ? text[..40] + "..." : text)}\"");
        return numbers;
    }

    /// <summary>The columns to predict from: numbers where every field is one, else names.</summary>
    /// <param name="target">The column to be predicted, which is left out.</param>
    /// <param name="exclude">Columns to leave out.</param>
    /// <exception cref="InvalidDataException">A column to leave out is not there.</exception>
    public (IReadOnlyList<NumberColumn> Numbers, IReadOnlyList<CategoryColumn> Categories) Learn(string target, IReadOnlyCollection<string> exclude)
    {
        foreach (string name in exclude)
            if (!Has(name)) throw new InvalidDataException($"the column \"{name}\" that is to be left out is not there; the table has {string.Join(", ", Columns)}");
        List<NumberColumn> numbers = [];
        List<CategoryColumn> categories = [];
        foreach (string column in Columns)
        {
            if (column == target || exclude.Contains(column)) continue;
            string[] texts = [.. Enumerable.Range(0, Count).Select(i => this[i, column]).OfType<string>()];
            if (texts.Length == 0) continue; // nothing to learn from
            if (texts.All(t => IsNumber(t, out _)))
            {
                (double mean, double deviation) = Spread(Numbers(column).Where(n => !double.IsNaN(n)));
                numbers.Add(new NumberColumn(column, mean, deviation));
            }
            else categories.Add(new CategoryColumn(column, [.. texts.Distinct().Order(StringComparer.Ordinal)]));
        }
        return (numbers, categories);
    }

    /// <summary>Mean and standard deviation; 1 where all are equal.</summary>
    public static (double Mean, double Deviation) Spread(IEnumerable<double> numbers)
    {
        double[] all = [.. numbers];
        if (all.Length == 0) return (0, 1);
        double mean = all.Average(), deviation = Math.Sqrt(all.Sum(n => (n - mean) * (n - mean)) / all.Length);
        return (mean, deviation > 0 ? deviation : 1);
    }

    /// <summary>Rows as a network takes them.</summary>
    /// <param name="config">The columns.</param>
    /// <exception cref="InvalidDataException">A column is missing, or a field that must be a number is none.</exception>
    public TabularRows Encode(TabularConfig config)
    {
        int count = config.Numbers.Count, names = config.Categories.Count;
        Tensor numbers = Tensor.Persistent(new Shape(Count, count)), missing = Tensor.Persistent(new Shape(Count, count), DType.I32), categories = Tensor.Persistent(new Shape(Count, names), DType.I32);
        for (int c = 0; c < count; c++)
        {
            NumberColumn column = config.Numbers[c];
            double[] values = Numbers(column.Name);
            for (int i = 0; i < values.Length; i++)
            {
                bool absent = double.IsNaN(values[i]);
                numbers.Span[i * count + c] = absent ? 0 : (float)((values[i] - column.Mean) / column.Deviation);
                missing.Ints[i * count + c] = absent ? 1 : 0;
            }
        }
        for (int c = 0; c < names; c++)
        {
            CategoryColumn column = config.Categories[c];
            Dictionary<string, int> known = column.Values.Select((name, i) => (name, i)).ToDictionary(v => v.name, v => v.i + 1);
            for (int i = 0; i < Count; i++) categories.Ints[i * names + c] = this[i, column.Name] is { } name ? known.GetValueOrDefault(name) : 0;
        }
        return new TabularRows(numbers, missing, categories);
    }

    private static bool IsNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
