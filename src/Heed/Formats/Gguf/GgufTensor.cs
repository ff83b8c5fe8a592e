using System.Buffers;
using Heed.Kernels;

namespace Heed.Formats.Gguf;

/// <summary>One tensor to write: its name, type, shape, and a callback that writes its bytes.</summary>
public sealed class GgufTensor
{
    /// <summary>Longest name, in bytes of UTF-8, that other readers accept.</summary>
    public const int MaxName = 63;

    private const int CopyBytes = 1 << 18;

    // Encoded at once: enough for all threads, little memory.
    private const int ChunkElements = 1 << 20;

    /// <summary>A tensor whose bytes a callback writes.</summary>
    /// <param name="name">The name in the file, at most <see cref="MaxName"/> bytes.</param>
    /// <param name="type">How elements are stored; not U8 or Bool, which the format has not.</param>
    /// <param name="shape">The sizes of the axes, outermost first, at most four; the innermost is whole blocks of the type.</param>
    /// <param name="writeData">Writes exactly <see cref="ByteLength"/> bytes, little-endian and row-major.</param>
    /// <exception cref="ArgumentException">The format cannot say it.</exception>
    public GgufTensor(string name, WeightType type, IReadOnlyList<long> shape, Action<Stream> writeData)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(writeData);
        string shown = WeightFormatException.Quote(name);
        if (SafetensorsEntry.StrictUtf8.GetByteCount(name) is 0 or > MaxName) throw new ArgumentException($"The name {shown} has no or more than {MaxName} bytes.", nameof(name));
        if (!GgmlTypes.TryGetId(type, out uint id)) throw new ArgumentException($"{shown}: GGUF has no type {type.FormatName()}, expected one of {GgmlTypes.Known}.", nameof(type));
        long[] sizes = [.. shape];
        if (sizes.Length > GgufHeader.MaxRank) throw new ArgumentException($"{shown}: shape {WeightInfo.ShapeText(sizes)} has more than {GgufHeader.MaxRank} axes.", nameof(shape));
        long count = WeightInfo.CountOf(sizes, 8); // no type takes more than 8 bytes an element
        if (count < 0) throw new ArgumentException($"{shown}: shape {WeightInfo.ShapeText(sizes)} has a negative size or overflows.", nameof(shape));
        if (sizes.Length > 0 && sizes[^1] % type.BlockLength() != 0 || sizes.Length == 0 && type.IsBlocked())
            throw new ArgumentException($"{shown}: rows of {type.FormatName()} are whole blocks of {type.BlockLength()} elements, given the shape {WeightInfo.ShapeText(sizes)}.", nameof(shape));
        (Name, Type, TypeId, Count, ByteLength) = (name, type, id, count, type.ByteLength(count));
        Shape = Array.AsReadOnly(sizes);
        WriteData = writeData;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>How the elements are stored.</summary>
    public WeightType Type { get; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The number of bytes that <see cref="WriteData"/> writes.</summary>
    public long ByteLength { get; }

    /// <summary>Writes the bytes.</summary>
    public Action<Stream> WriteData { get; }

    internal uint TypeId { get; }

    /// <summary>A tensor of float32 values.</summary>
    /// <exception cref="ArgumentException">The number of values is not that of the shape, or the format cannot say it.</exception>
    public static GgufTensor Floats(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> data, WeightType type = WeightType.F32)
    {
        GgufTensor tensor = Floats(name, shape, (start, destination) => data.Span.Slice((int)start, destination.Length).CopyTo(destination), type);
        return data.Length == tensor.Count ? tensor : throw new ArgumentException($"{tensor} needs {tensor.Count} elements, {data.Length} were given.", nameof(data));
    }

    /// <summary>A tensor of float32 values that a callback gives some rows at a time, encoded over all threads: a gigabyte needs a few megabytes of memory.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="shape">The sizes of the axes, outermost first.</param>
    /// <param name="source">Gives whole rows, in order.</param>
    /// <param name="type">A floating-point type, plain or of blocks.</param>
    /// <param name="importance">How much each column matters (the innermost axis), for the choice of scales in blocks; empty: all the same.</param>
    /// <exception cref="ArgumentException">The type is not a floating-point one, the importance is not one value a column, or the format cannot say it.</exception>
    public static GgufTensor Floats(string name, IReadOnlyList<long> shape, FloatSource source, WeightType type = WeightType.F32, ReadOnlyMemory<float> importance = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(shape);
        if (!type.IsFloat()) throw new ArgumentException($"{WeightFormatException.Quote(name)}: {type} is not a floating-point type.", nameof(type));
        long columns = shape.Count == 0 ? 1 : shape[^1];
        if (!importance.IsEmpty && importance.Length != columns)
            throw new ArgumentException($"{WeightFormatException.Quote(name)}: the importance of {importance.Length} columns given for {columns}.", nameof(importance));
        if (columns > Array.MaxLength) throw new ArgumentException($"{WeightFormatException.Quote(name)}: rows of {columns} elements, expected at most {Array.MaxLength}.", nameof(shape));
        long count = 0;
        var tensor = new GgufTensor(name, type, shape, stream => WriteRows(stream, type, count, (int)columns, source, importance));
        count = tensor.Count;
        return tensor;
    }

    /// <summary>A weight of another file, byte for byte; the source must stay open until the tensor is written.</summary>
    /// <param name="source">The store to copy from.</param>
    /// <param name="name">The weight in it.</param>
    /// <param name="newName">The name to write; null: the same.</param>
    /// <param name="shape">Another shape for the same elements; null: that of the weight.</param>
    /// <exception cref="KeyNotFoundException">The source has no such weight.</exception>
    /// <exception cref="ArgumentException">The shape has another number of elements, or the format cannot say it.</exception>
    public static GgufTensor Copy(WeightSource source, string name, string? newName = null, IReadOnlyList<long>? shape = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        WeightInfo info = source.Find(name);
        var tensor = new GgufTensor(newName ?? name, info.Type, shape ?? info.Shape, stream =>
        {
            for (long done = 0; done < info.ByteLength; done += CopyBytes)
                stream.Write(source.ReadBytes(name, done, (int)Math.Min(CopyBytes, info.ByteLength - done)));
            GC.KeepAlive(source);
        });
        return tensor.Count == info.Count ? tensor : throw new ArgumentException($"{tensor} has {tensor.Count} elements, {info} has {info.Count}.", nameof(shape));
    }

    /// <summary>The name, type and shape, for messages.</summary>
    public override string ToString() => $"{WeightFormatException.Quote(Name)} {Type.FormatName()} {WeightInfo.ShapeText(Shape)}";

    // Whole rows at a time, so that the importance of columns applies to each.
    private static void WriteRows(Stream stream, WeightType type, long count, int columns, FloatSource source, ReadOnlyMemory<float> importance)
    {
        if (count == 0) return;
        int chunk = (int)Math.Min(count, Math.Max(1, ChunkElements / columns) * (long)columns);
        float[] values = ArrayPool<float>.Shared.Rent(chunk);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked((int)type.ByteLength(chunk)));
        try
        {
            for (long start = 0; start < count; start += chunk)
            {
                Span<float> part = values.AsSpan(0, (int)Math.Min(chunk, count - start));
                Span<byte> stored = bytes.AsSpan(0, (int)type.ByteLength(part.Length));
                source(start, part);
                if (type.Blocks() is BlockType blocks) Blocks.Encode(blocks, part, stored, type.IsBlocked() ? importance.Span : default);
                else Widening.FromFloats(type, part, stored);
                stream.Write(stored);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
