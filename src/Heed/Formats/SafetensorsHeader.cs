using System.Text.Json;
using System.Text.Unicode;

namespace Heed.Formats;

/// <summary>The checked header of a safetensors file: 8 bytes little-endian length, JSON, data (https://github.com/huggingface/safetensors, "Format").</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Longest header that is read, as in the reference implementation.</summary>
    public const long MaxHeaderLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    // The reference has no limit of its own; frameworks stop at 64 axes or fewer.
    private const int MaxRank = 64;

    private readonly string file;
    private readonly long dataStart;
    private readonly long dataLength;

    private SafetensorsHeader(string file, long dataStart, long dataLength)
    {
        this.file = file;
        this.dataStart = dataStart;
        this.dataLength = dataLength;
    }

    public Dictionary<string, WeightInfo> Weights { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Checks the length field of a file; returns the length of the JSON.</summary>
    public static int CheckLength(string file, long fileLength, ulong headerLength)
    {
        if (headerLength > MaxHeaderLength)
            throw new WeightFormatException(file, null, $"not a safetensors file: header length {headerLength}, expected at most {MaxHeaderLength}.");
        if (headerLength > (ulong)(fileLength - 8))
            throw new WeightFormatException(file, null, $"truncated: header length {headerLength}, but only {fileLength - 8} bytes follow the length field.");
        return (int)headerLength;
    }

    /// <summary>Reads and checks the JSON; every weight afterwards lies inside the file, and together they cover the data exactly.</summary>
    public static SafetensorsHeader Parse(string file, long fileLength, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw new WeightFormatException(file, null, json.IsEmpty ? "the header is empty, expected a JSON object." : $"the header starts with byte 0x{json[0]:x2}, expected '{{' (0x7b).");
        if (!Utf8.IsValid(json)) throw new WeightFormatException(file, null, "the header is not valid UTF-8.");

        var header = new SafetensorsHeader(file, 8L + json.Length, fileLength - 8 - json.Length);
        try
        {
            header.ReadObject(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape such as \ud800 that is no character.
            throw new WeightFormatException(file, null, $"the header is not valid JSON: {e.Message}", e);
        }
        header.CheckCover();
        return header;
    }

    private void ReadObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        reader.Read();
        bool sawMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                if (sawMetadata) throw new WeightFormatException(file, null, $"{MetadataKey} stands twice in the header.");
                sawMetadata = true;
                ReadMetadata(ref reader);
            }
            else if (!Weights.TryAdd(name, ReadWeight(ref reader, name)))
            {
                throw new WeightFormatException(file, name, "the name stands twice in the header.");
            }
        }
        reader.Read(); // whatever is not white space after the object throws
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new WeightFormatException(file, null, $"{MetadataKey} is {Kind(reader.TokenType)}, expected an object of strings.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new WeightFormatException(file, null, $"{MetadataKey} {WeightFormatException.Quote(key)} is {Kind(reader.TokenType)}, expected a string.");
            if (!Metadata.TryAdd(key, reader.GetString()!))
                throw new WeightFormatException(file, null, $"{MetadataKey} {WeightFormatException.Quote(key)} stands twice.");
        }
    }

    private WeightInfo ReadWeight(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new WeightFormatException(file, name, $"the entry is {Kind(reader.TokenType)}, expected an object with dtype, shape and data_offsets.");
        WeightType? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            bool twice = false;
            switch (key)
            {
                case "dtype":
                    twice = type is not null;
                    if (reader.TokenType != JsonTokenType.String)
                        throw new WeightFormatException(file, name, $"dtype is {Kind(reader.TokenType)}, expected a string.");
                    string given = reader.GetString()!;
                    if (!WeightTypes.TryParse(given, out WeightType parsed))
                        throw new WeightFormatException(file, name, $"dtype {WeightFormatException.Quote(given)} is not supported, expected one of {WeightTypes.Known}.");
                    type = parsed;
                    break;
                case "shape":
                    twice = shape is not null;
                    shape = ReadSizes(ref reader, name, "shape", MaxRank);
                    break;
                case "data_offsets":
                    twice = offsets is not null;
                    offsets = ReadSizes(ref reader, name, "data_offsets", 2);
                    break;
                default:
                    reader.Skip(); // the reference implementation ignores other keys too
                    break;
            }
            if (twice) throw new WeightFormatException(file, name, $"{key} stands twice in the entry.");
        }

        if (type is null || shape is null || offsets is null)
            throw new WeightFormatException(file, name, $"{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing in the entry.");
        if (offsets.Length != 2) throw new WeightFormatException(file, name, $"data_offsets has {offsets.Length} numbers, expected 2.");
        (long begin, long end) = (offsets[0], offsets[1]);
        int elementSize = type.Value.ElementSize();
        long count = WeightInfo.CountOf(shape, elementSize);
        if (count < 0) throw new WeightFormatException(file, name, $"shape {WeightInfo.ShapeText(shape)} of {type.Value.FormatName()} overflows: more than {long.MaxValue} bytes.");
        if (begin > end || end > dataLength)
            throw new WeightFormatException(file, name, $"data_offsets [{begin}, {end}] are not a range inside the {dataLength} bytes of data that the file has.");
        if (end - begin != count * elementSize)
            throw new WeightFormatException(file, name, $"data_offsets [{begin}, {end}] hold {end - begin} bytes, but {type.Value.FormatName()} {WeightInfo.ShapeText(shape)} needs {count * elementSize}.");
        return new WeightInfo(name, type.Value, shape, count, end - begin, dataStart + begin);
    }

    private long[] ReadSizes(ref Utf8JsonReader reader, string name, string key, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new WeightFormatException(file, name, $"{key} is {Kind(reader.TokenType)}, expected an array of integers.");
        Span<long> sizes = stackalloc long[MaxRank];
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
                throw new WeightFormatException(file, name, $"{key}[{count}] is {Kind(reader.TokenType)}, expected an integer.");
            if (!reader.TryGetInt64(out long size) || size < 0)
            {
                string text = System.Text.Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 40)]);
                throw new WeightFormatException(file, name, $"{key}[{count}] is {text}, expected an integer from 0 to {long.MaxValue}.");
            }
            if (count == most) throw new WeightFormatException(file, name, $"{key} has more than {most} numbers.");
            sizes[count++] = size;
        }
        return sizes[..count].ToArray();
    }

    // The data is covered exactly: no two weights share a byte and no byte belongs to none.
    private void CheckCover()
    {
        var ordered = Weights.Values.ToArray();
        Array.Sort(ordered, static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteLength.CompareTo(b.ByteLength));
        long position = 0;
        foreach (WeightInfo weight in ordered)
        {
            long begin = weight.Offset - dataStart;
            if (begin < position)
                throw new WeightFormatException(file, weight.Name, $"data_offsets [{begin}, {begin + weight.ByteLength}] overlap another tensor, expected to begin at {position}.");
            if (begin > position)
                throw new WeightFormatException(file, weight.Name, $"data_offsets [{begin}, {begin + weight.ByteLength}] leave bytes {position} to {begin} of the data without a tensor.");
            position += weight.ByteLength;
        }
        if (position != dataLength)
            throw new WeightFormatException(file, null, $"the tensors end at byte {position} of the data, but the file has {dataLength} bytes of data.");
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "incomplete",
    };
}
