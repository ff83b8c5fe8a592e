using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heed.Cli;

/// <summary>Lines of JSON objects on standard input, for commands that work on many texts.</summary>
internal static class TokenizerLines
{
    private const int Batch = 4096;   // lines

    /// <summary>The lines that are not empty, in batches, each with its number.</summary>
    public static IEnumerable<(int Number, string Line)[]> Read()
    {
        using StreamReader reader = new(Console.OpenStandardInput(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true, 1 << 16);
        List<(int, string)> batch = [];
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0) continue;
            batch.Add((number, line));
            if (batch.Count < Batch) continue;
            yield return [.. batch];
            batch.Clear();
        }
        if (batch.Count > 0) yield return [.. batch];
    }

    /// <summary>A field of the object on a line.</summary>
    /// <exception cref="InvalidDataException">The line is no such object; the message has its number.</exception>
    public static T Field<T>((int Number, string Line) line, string name, string what, Func<JsonElement, T?> read) where T : class
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out JsonElement value) && read(value) is { } result)
                return result;
        }
        catch (JsonException)
        {
            // Told below.
        }
        throw new InvalidDataException($"line {line.Number.ToString(CultureInfo.InvariantCulture)} is no JSON object with \"{name}\": {what}");
    }

    /// <summary>A string; null when it is none. Lone surrogates, which JSON can write, stay what they are.</summary>
    public static string? Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return Unescape(value.GetRawText().AsSpan()[1..^1]);
        }
    }

    private static string Unescape(ReadOnlySpan<char> escaped)
    {
        StringBuilder text = new(escaped.Length);
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                text.Append(escaped[i]);
                continue;
            }
            i++;
            if (escaped[i] == 'u')
            {
                text.Append((char)ushort.Parse(escaped.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else text.Append(escaped[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var c => c });
        }
        return text.ToString();
    }

    /// <summary>A list of whole numbers; null when it is none.</summary>
    public static int[]? Ids(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        int[] ids = new int[value.GetArrayLength()];
        int count = 0;
        foreach (JsonElement id in value.EnumerateArray())
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out ids[count++]))
                return null;
        return ids;
    }

    /// <summary>Writes one object a line, quickly.</summary>
    public static void Write(Stream output, int count, Action<Utf8JsonWriter, int> members)
    {
        ArrayBufferWriter<byte> buffer = new(1 << 16);
        using Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        for (int i = 0; i < count; i++)
        {
            writer.Reset();
            writer.WriteStartObject();
            members(writer, i);
            writer.WriteEndObject();
            writer.Flush();
            buffer.Write("\n"u8);
        }
        output.Write(buffer.WrittenSpan);
        output.Flush();
    }
}
