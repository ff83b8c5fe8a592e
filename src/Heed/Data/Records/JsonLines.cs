using System.Text.Json;

namespace Heed.Data.Records;

/// <summary>Files with a JSON object in each line.</summary>
internal static class JsonLines
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    public static IEnumerable<DataRecord> Read(string path, RecordFaults faults)
    {
        foreach ((long number, string line) in TextLines.Read(path, faults))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            DataRecord? record = null;
            string? fault = null;
            try
            {
                record = Parse(path, number, line);
            }
            catch (RecordException e)
            {
                fault = e.Message;
            }
            if (fault is not null) faults.Add(path, number, fault);
            else yield return record!;
        }
    }

    private static DataRecord Parse(string path, long number, string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new DataRecord(path, number, Fields(document.RootElement))
                : throw new RecordException($"expected a JSON object, but the line is {document.RootElement.ValueKind}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a surrogate pair
        {
            throw new RecordException($"not valid JSON: {e.Message}", e);
        }
    }

    private static Dictionary<string, RecordValue> Fields(JsonElement element)
    {
        Dictionary<string, RecordValue> fields = [];
        foreach (JsonProperty property in element.EnumerateObject()) fields[property.Name] = Value(property.Value);
        return fields;
    }

    private static RecordValue Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => RecordValue.Of(element.GetString()!),
        JsonValueKind.Array => RecordValue.Of([.. element.EnumerateArray().Select(Value)]),
        JsonValueKind.Object => RecordValue.Of(Fields(element)),
        JsonValueKind.Null => RecordValue.Nothing,
        _ => RecordValue.Of(element.GetRawText()),
    };
}
