using System.Text;
using System.Text.Json;
using Heed.Data;

namespace Heed.Cli;

/// <summary>Reads the data of heed fill: a JSON object or a list of them, JSON Lines, or CSV with a line of names.</summary>
internal static class FillRecords
{
    /// <summary>The records of a file; - is standard input, as JSON Lines.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message says where.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(string file)
    {
        string text = file == "-" ? Terminal.ReadInput() : TextFile.Read(file);
        string name = file == "-" ? "standard input" : file;
        return Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".csv" => Csv(name, text),
            ".jsonl" or ".ndjson" or "" => Lines(name, text),
            _ => Json(name, text),
        };
    }

    private static IReadOnlyDictionary<string, string>[] Json(string name, string text)
    {
        using JsonDocument document = Parse(name, text);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select((r, i) => Record($"{name}, record {i + 1}", r))] : [Record(name, root)];
    }

    private static IReadOnlyDictionary<string, string>[] Lines(string name, string text)
    {
        List<IReadOnlyDictionary<string, string>> records = [];
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            using JsonDocument document = Parse($"{name}, line {number}", line);
            records.Add(Record($"{name}, line {number}", document.RootElement));
        }
        return [.. records];
    }

    private static JsonDocument Parse(string place, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place} is no JSON: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Record(string place, JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{place}: a record must be an object of names and values, given {record.ValueKind}");
        Dictionary<string, string> values = [];
        foreach (JsonProperty member in record.EnumerateObject())
            if (member.Value.ValueKind != JsonValueKind.Null) values[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText(); // null = not there
        return values;
    }

    // RFC 4180: fields in quotes may hold commas, line ends and doubled quotes.
    private static IReadOnlyDictionary<string, string>[] Csv(string name, string text)
    {
        List<List<string>> rows = [[]];
        StringBuilder field = new();
        for (int at = 0, line = 1; at < text.Length;)
        {
            if (text[at] == '"')
            {
                int begin = line;
                for (at++; ; at++)
                {
                    if (at >= text.Length) throw new InvalidDataException($"{name}, line {begin}: a field has no '\"' at its end");
                    if (text[at] == '\n') line++;
                    if (text[at] != '"') field.Append(text[at]);
                    else if (at + 1 < text.Length && text[at + 1] == '"') field.Append(text[at++]);
                    else break;
                }
                at++;
            }
            while (at < text.Length && text[at] is not (',' or '\n')) field.Append(text[at++]);
            bool ends = at >= text.Length || text[at] == '\n';
            if (ends && field.Length > 0 && field[^1] == '\r') field.Length--;
            rows[^1].Add(field.ToString());
            field.Clear();
            if (ends && at < text.Length)
            {
                line++;
                rows.Add([]);
            }
            at++;
        }
        List<string> names = rows[0];
        List<IReadOnlyDictionary<string, string>> records = [];
        for (int i = 1; i < rows.Count; i++)
        {
            if (rows[i].Count == 0 || rows[i] is [""]) continue;
            if (rows[i].Count != names.Count) throw new InvalidDataException($"{name}, row {i + 1} has {rows[i].Count} fields; the first row names {names.Count}");
            Dictionary<string, string> record = [];
            for (int f = 0; f < names.Count; f++) record[names[f].Trim()] = rows[i][f];
            records.Add(record);
        }
        return [.. records];
    }
}
