using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Heed.Formats;

/// <summary>Writes <c>.safetensors</c> files, streamed: no weight needs a second copy in memory.</summary>
public static class SafetensorsWriter
{
    private static readonly Dictionary<string, string> PyTorch = new() { ["format"] = "pt" };

    /// <summary>Writes a file that appears complete or not at all (see <see cref="AtomicFile"/>).</summary>
    /// <remarks>Weights with larger elements come first, otherwise the given order is kept, so that each starts at a multiple of its element size.</remarks>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="entries">The weights; names must differ.</param>
    /// <param name="metadata">Free text; null: <c>format = pt</c>, which other readers expect. An empty dictionary writes none.</param>
    /// <exception cref="ArgumentException">Two entries have one name, a name is <c>__metadata__</c>, metadata is not valid text, or the header would be longer than readers accept.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote more or fewer bytes than its type and shape need.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        SafetensorsEntry[] ordered = [.. entries.OrderByDescending(entry => entry.Type.ElementSize())]; // stable
        byte[] header = Header(ordered, metadata ?? PyTorch, out long dataLength);
        AtomicFile.Write(
            path,
            stream =>
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach (SafetensorsEntry entry in ordered)
                {
                    CountedStream.Fill(stream, entry.ByteLength, entry.WriteData, entry);
                }
            },
            checked(8 + header.Length + dataLength));
    }

    private static byte[] Header(SafetensorsEntry[] entries, IReadOnlyDictionary<string, string> metadata, out long dataLength)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        long offset = 0;
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    SafetensorsEntry.StrictUtf8.GetByteCount(key); // half a surrogate pair throws
                    SafetensorsEntry.StrictUtf8.GetByteCount(value);
                    json.WriteString(key, value);
                }
                json.WriteEndObject();
            }
            foreach (SafetensorsEntry entry in entries)
            {
                if (!names.Add(entry.Name) || entry.Name == SafetensorsHeader.MetadataKey)
                    throw new ArgumentException($"The name {WeightFormatException.Quote(entry.Name)} stands twice or is reserved.", nameof(entries));
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.FormatName());
                json.WriteStartArray("shape");
                foreach (long size in entry.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + entry.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        dataLength = offset;

        // Spaces up to a multiple of 8: the data then starts aligned for every type.
        int padded = (buffer.WrittenCount + 7) / 8 * 8;
        if (padded > SafetensorsHeader.MaxHeaderLength)
            throw new ArgumentException($"The header has {padded} bytes, readers accept at most {SafetensorsHeader.MaxHeaderLength}.", nameof(entries));
        var header = new byte[padded];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return header;
    }
}
