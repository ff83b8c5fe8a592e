using System.Globalization;
using System.Text;

namespace Heed.Data.Records;

/// <summary>Tables as text: fields between commas, quoted where they need it (RFC 4180), or between tabs, never quoted.</summary>
internal static class DelimitedText
{
    public static IEnumerable<DataRecord> Read(string path, char delimiter, HashSet<string> wanted, RecordFaults faults)
    {
        string[]? header = null;
        bool first = true;
        foreach ((long number, List<string> fields) in Rows(path, delimiter, faults))
        {
            if (fields is [""]) continue;
            if (first)
            {
                first = false;
                if (fields.Any(wanted.Contains))
                {
                    header = [.. fields];
                    continue;
                }
            }
            Dictionary<string, RecordValue> values = [];
            if (header is null) Number(fields, values);
            else if (fields.Count != header.Length)
            {
                faults.Add(path, number, $"{fields.Count} fields, but the first line names {header.Length}");
                continue;
            }
            else
                for (int i = 0; i < header.Length; i++) values[header[i]] = RecordValue.Of(fields[i]);
            yield return new DataRecord(path, number, values);
        }
    }

    /// <summary>Adds fields as columns "1", "2" and so on.</summary>
    public static void Number(IReadOnlyList<string> fields, Dictionary<string, RecordValue> values)
    {
        for (int i = 0; i < fields.Count; i++) values[(i + 1).ToString(CultureInfo.InvariantCulture)] = RecordValue.Of(fields[i].Trim());
    }

    private static IEnumerable<(long Number, List<string> Fields)> Rows(string path, char delimiter, RecordFaults faults)
    {
        if (delimiter == '\t')
        {
            foreach ((long number, string line) in TextLines.Read(path, faults)) yield return (number, [.. line.Split('\t')]);
            yield break;
        }
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false; // within quotes, which may go on over lines
        long start = 0;
        foreach ((long number, string line) in TextLines.Read(path, faults))
        {
            if (quoted) field.Append('\n');
            else start = number;
            quoted = Split(line, delimiter, quoted, fields, field);
            if (quoted) continue;
            fields.Add(field.ToString());
            field.Clear();
            yield return (start, fields);
            fields = [];
        }
        if (quoted) faults.Add(path, start, "a quote is opened and never closed");
    }

    // Adds all fields but the last, which stays in `field`; returns whether its quotes are still open.
    private static bool Split(string line, char delimiter, bool quoted, List<string> fields, StringBuilder field)
    {
        bool fresh = !quoted; // at the start of a field
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
                else quoted = false;
            }
            else if (c == '"' && fresh) quoted = true;
            else if (c == delimiter)
            {
                fields.Add(field.ToString());
                field.Clear();
                fresh = true;
                continue;
            }
            else field.Append(c);
            fresh = false;
        }
        return quoted;
    }
}
