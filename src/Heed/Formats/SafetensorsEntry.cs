using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Heed.Formats;

/// <summary>Gives consecutive elements of a weight that is being written.</summary>
/// <param name="start">First element, in row-major order; calls come in order and without gaps.</param>
/// <param name="destination">To fill completely.</param>
public delegate void FloatSource(long start, Span<float> destination);

/// <summary>One weight to write: its name, type, shape, and a callback that writes its bytes.</summary>
public sealed class SafetensorsEntry
{
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int ChunkBytes = 1 << 18;

    /// <summary>A weight whose bytes a callback writes.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="type">The type of the stored elements.</param>
    /// <param name="shape">The sizes of the axes, outermost first; empty for a scalar.</param>
    /// <param name="writeData">Writes exactly <see cref="ByteLength"/> bytes, little-endian and row-major.</param>
    /// <exception cref="ArgumentException">A size is negative, the byte length does not fit 64 bits, the name is not valid text, or the format has no such type.</exception>
    public SafetensorsEntry(string name, WeightType type, IReadOnlyList<long> shape, Action<Stream> writeData)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(writeData);
        StrictUtf8.GetByteCount(name); // half a surrogate pair throws
        if (type.IsBlocked()) throw new ArgumentException($"{WeightFormatException.Quote(name)}: safetensors has no type {type.FormatName()}, expected one of {WeightTypes.Known}.", nameof(type));
        long[] sizes = [.. shape];
        Count = WeightInfo.CountOf(sizes, type.ElementSize());
        if (Count < 0) throw new ArgumentException($"{WeightFormatException.Quote(name)}: shape {WeightInfo.ShapeText(sizes)} has a negative size or overflows.", nameof(shape));
        Name = name;
        Type = type;
        Shape = Array.AsReadOnly(sizes);
        WriteData = writeData;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The type of the stored elements.</summary>
    public WeightType Type { get; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The number of bytes that <see cref="WriteData"/> writes.</summary>
    public long ByteLength => Count * Type.ElementSize();

    /// <summary>Writes the bytes.</summary>
    public Action<Stream> WriteData { get; }

    /// <summary>A weight of float32 values, stored as F32, BF16, F16 (nearest, ties to even) or F64.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape, or the type is not a floating-point one.</exception>
    public static SafetensorsEntry Floats(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> data, WeightType type = WeightType.F32)
    {
        SafetensorsEntry entry = Floats(name, shape, (start, destination) => data.Span.Slice((int)start, destination.Length).CopyTo(destination), type);
        entry.CheckCount(data.Length);
        return entry;
    }

    /// <summary>A weight of float32 values that a callback gives piece by piece, stored as F32, BF16, F16 (nearest, ties to even) or F64.</summary>
    /// <exception cref="ArgumentException">The type is not a floating-point one.</exception>
    public static SafetensorsEntry Floats(string name, IReadOnlyList<long> shape, FloatSource source, WeightType type = WeightType.F32)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!type.IsFloat()) throw new ArgumentException($"{WeightFormatException.Quote(name)}: {type} is not a floating-point type.", nameof(type));
        long count = 0;
        var entry = new SafetensorsEntry(name, type, shape, stream => WriteFloats(stream, type, count, source));
        count = entry.Count;
        return entry;
    }

    /// <summary>A weight of int64 values, stored as I64.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static SafetensorsEntry Int64s(string name, IReadOnlyList<long> shape, ReadOnlyMemory<long> data)
    {
        var entry = new SafetensorsEntry(name, WeightType.I64, shape, stream => WriteChunks(stream, data.Length, 8, (start, bytes) =>
        {
            ReadOnlySpan<long> values = data.Span[(int)start..];
            for (int i = 0; i < bytes.Length / 8; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes[(i * 8)..], values[i]);
        }));
        entry.CheckCount(data.Length);
        return entry;
    }

    /// <summary>A weight of int32 values, stored as I32.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    public static SafetensorsEntry Int32s(string name, IReadOnlyList<long> shape, ReadOnlyMemory<int> data)
    {
        var entry = new SafetensorsEntry(name, WeightType.I32, shape, stream => WriteChunks(stream, data.Length, 4, (start, bytes) =>
        {
            ReadOnlySpan<int> values = data.Span[(int)start..];
            for (int i = 0; i < bytes.Length / 4; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes[(i * 4)..], values[i]);
        }));
        entry.CheckCount(data.Length);
        return entry;
    }

    /// <summary>A weight of another file, byte for byte; the source must stay open until the entry is written.</summary>
    /// <param name="source">The store to copy from.</param>
    /// <param name="name">The weight in it.</param>
    /// <param name="newName">The name to write; null: the same.</param>
    /// <exception cref="KeyNotFoundException">The source has no such weight.</exception>
    public static SafetensorsEntry Copy(WeightSource source, string name, string? newName = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        if (!source.Weights.TryGetValue(name, out WeightInfo? info))
            throw new KeyNotFoundException($"{source.Path}: there is no weight {WeightFormatException.Quote(name)} among its {source.Weights.Count}.");
        return new(newName ?? name, info.Type, info.Shape, stream =>
        {
            for (long done = 0; done < info.ByteLength; done += ChunkBytes)
                stream.Write(source.ReadBytes(name, done, (int)Math.Min(ChunkBytes, info.ByteLength - done)));
            GC.KeepAlive(source);
        });
    }

    /// <summary>The name, type and shape, for messages.</summary>
    public override string ToString() => $"{WeightFormatException.Quote(Name)} {Type.FormatName()} {WeightInfo.ShapeText(Shape)}";

    private void CheckCount(long given)
    {
        if (given != Count) throw new ArgumentException($"{this} needs {Count} elements, {given} were given.");
    }

    private static void WriteFloats(Stream stream, WeightType type, long count, FloatSource source)
    {
        int size = type.ElementSize();
        float[] values = ArrayPool<float>.Shared.Rent(ChunkBytes / size);
        try
        {
            WriteChunks(stream, count, size, (start, bytes) =>
            {
                Span<float> part = values.AsSpan(0, bytes.Length / size);
                source(start, part);
                Widening.FromFloats(type, part, bytes);
            });
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }

    private delegate void ChunkWriter(long start, Span<byte> bytes);

    private static void WriteChunks(Stream stream, long count, int size, ChunkWriter write)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            int step = ChunkBytes / size;
            for (long start = 0; start < count; start += step)
            {
                Span<byte> chunk = bytes.AsSpan(0, (int)Math.Min(step, count - start) * size);
                write(start, chunk);
                stream.Write(chunk);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
