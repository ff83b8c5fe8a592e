using System.Numerics;
using System.Runtime.InteropServices;

namespace Heed.Formats.Gguf;

/// <summary>Writes <c>.gguf</c> files, version 3, streamed: no tensor needs to be in memory as a whole. What is written depends on the arguments alone.</summary>
public static class GgufWriter
{
    private const uint Version = 3;

    /// <summary>Writes a file that appears complete or not at all (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="metadata">In the order to write. <c>general.alignment</c>, if it is there, is followed; otherwise tensors start at multiples of 32 bytes.</param>
    /// <param name="tensors">In the order to write; names must differ.</param>
    /// <exception cref="ArgumentException">Two entries or two tensors have one name, or a key is empty, too long or no valid text.</exception>
    /// <exception cref="InvalidOperationException">A callback wrote more or fewer bytes than its type and shape need.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, GgufValue>> metadata, IEnumerable<GgufTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        KeyValuePair<string, GgufValue>[] entries = [.. metadata];
        GgufTensor[] ordered = [.. tensors];
        long alignment = Alignment(entries);
        byte[] header = Header(entries, ordered, alignment);
        long length = ordered.Aggregate((long)header.Length, (sum, tensor) => checked(sum + Padded(tensor.ByteLength, alignment)));
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                foreach (GgufTensor tensor in ordered)
                {
                    CountedStream.Fill(stream, tensor.ByteLength, tensor.WriteData, tensor);
                    WriteZeros(stream, Padded(tensor.ByteLength, alignment) - tensor.ByteLength);
                }
            },
            length);
    }

    private static long Alignment(KeyValuePair<string, GgufValue>[] entries)
    {
        foreach ((string key, GgufValue value) in entries)
        {
            if (key != GgufHeader.AlignmentKey) continue;
            if (value.Type != GgufValueType.UInt32 || !value.TryAs(out int alignment) || alignment > 1 << 30 || !BitOperations.IsPow2(alignment))
                throw new ArgumentException($"{key} is {value}, expected a UInt32 that is a power of two up to {1 << 30}.", nameof(entries));
            return alignment;
        }
        return GgufHeader.DefaultAlignment;
    }

    // Everything before the data, padded to its start.
    private static byte[] Header(KeyValuePair<string, GgufValue>[] entries, GgufTensor[] tensors, long alignment)
    {
        var stream = new MemoryStream();
        Put(stream, GgufHeader.Magic);
        Put(stream, Version);
        Put(stream, (ulong)tensors.Length);
        Put(stream, (ulong)entries.Length);
        var names = new HashSet<string>();
        foreach ((string key, GgufValue value) in entries)
        {
            int bytes = SafetensorsEntry.StrictUtf8.GetByteCount(key);
            if (bytes is 0 or > GgufCursor.MaxName || !names.Add(key))
                throw new ArgumentException($"The key {WeightFormatException.Quote(key)} stands twice, is empty, or has more than {GgufCursor.MaxName} bytes.", nameof(entries));
            PutText(stream, SafetensorsEntry.StrictUtf8.GetBytes(key));
            Put(stream, (uint)value.Type);
            PutContent(stream, value);
        }

        names.Clear();
        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name)) throw new ArgumentException($"The tensor {WeightFormatException.Quote(tensor.Name)} stands twice.", nameof(tensors));
            PutText(stream, SafetensorsEntry.StrictUtf8.GetBytes(tensor.Name));
            Put(stream, (uint)tensor.Shape.Count);
            for (int axis = tensor.Shape.Count - 1; axis >= 0; axis--) Put(stream, (ulong)tensor.Shape[axis]); // innermost first
            Put(stream, tensor.TypeId);
            Put(stream, (ulong)offset);
            offset = checked(offset + Padded(tensor.ByteLength, alignment));
        }
        WriteZeros(stream, Padded(stream.Length, alignment) - stream.Length);
        return stream.ToArray();
    }

    private static void PutContent(Stream stream, GgufValue value)
    {
        if (value.Type == GgufValueType.Array)
        {
            Put(stream, (uint)value.ElementType);
            Put(stream, (ulong)value.Count);
        }
        switch (value.Content)
        {
            case string text:
                PutText(stream, SafetensorsEntry.StrictUtf8.GetBytes(text));
                break;
            case GgufStrings strings:
                for (int i = 0; i < strings.Count; i++) PutText(stream, strings.Utf8(i));
                break;
            case GgufValue[] items:
                foreach (GgufValue item in items) PutContent(stream, item);
                break;
            default:
                PutNumbers(stream, value.Content);
                break;
        }
    }

    private static void PutNumbers(Stream stream, object content)
    {
        switch (content)
        {
            case byte number: Put(stream, number); break;
            case sbyte number: Put(stream, number); break;
            case ushort number: Put(stream, number); break;
            case short number: Put(stream, number); break;
            case uint number: Put(stream, number); break;
            case int number: Put(stream, number); break;
            case float number: Put(stream, number); break;
            case bool truth: Put(stream, truth); break;
            case ulong number: Put(stream, number); break;
            case long number: Put(stream, number); break;
            case double number: Put(stream, number); break;
            default:
                // Plain numbers in memory are plain numbers in the file.
                var array = (Array)content;
                stream.Write(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), Buffer.ByteLength(array)));
                break;
        }
    }

    private static void PutText(Stream stream, ReadOnlySpan<byte> text)
    {
        Put(stream, (ulong)text.Length);
        stream.Write(text);
    }

    // Little-endian, as every machine that this runs on.
    private static void Put<T>(Stream stream, T value) where T : unmanaged => stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    private static long Padded(long length, long alignment) => checked((length + alignment - 1) / alignment * alignment);

    private static void WriteZeros(Stream stream, long count)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        for (; count > 0; count -= Math.Min(count, zeros.Length)) stream.Write(zeros[..(int)Math.Min(count, zeros.Length)]);
    }
}
