using Heed.Formats.Gguf;
using Heed.Kernels;

namespace Heed.Formats;

/// <summary>A read-only store of named weights: one file, or several that belong together.</summary>
/// <remarks>Reading is safe from several threads at once. Keep it alive, and do not dispose it, while a read runs or a span of <see cref="ReadBytes(string)"/> or a matrix of <see cref="Map"/> is in use.</remarks>
public abstract unsafe class WeightSource : IDisposable
{
    /// <summary>The file that was opened (for sharded weights the index).</summary>
    public abstract string Path { get; }

    /// <summary>Every weight by name.</summary>
    public abstract IReadOnlyDictionary<string, WeightInfo> Weights { get; }

    /// <summary>Free text that the file carries, such as <c>format = pt</c>; empty when it has none.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens the weights of a model folder or one weight file.</summary>
    /// <param name="path">A folder with <c>model.safetensors</c> or else <c>model.safetensors.index.json</c>; or one such file, or one <c>.gguf</c> file.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder holds none.</exception>
    /// <exception cref="WeightFormatException">The content is broken; nothing stays open.</exception>
    public static WeightSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            string single = System.IO.Path.Combine(path, SafetensorsFile.DefaultName);
            string index = System.IO.Path.Combine(path, ShardedSafetensors.DefaultName);
            if (File.Exists(single)) return new SafetensorsFile(single);
            if (File.Exists(index)) return new ShardedSafetensors(index);
            throw new FileNotFoundException($"The folder {path} holds neither {SafetensorsFile.DefaultName} nor {ShardedSafetensors.DefaultName}.", single);
        }
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file or folder {path}.", path);
        if (path.EndsWith(GgufFile.Extension, StringComparison.OrdinalIgnoreCase)) return new GgufFile(path);
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? new ShardedSafetensors(path) : new SafetensorsFile(path);
    }

    /// <summary>The stored bytes of part of a weight; the span is valid until the source is disposed or collected.</summary>
    /// <param name="name">The weight.</param>
    /// <param name="offset">First byte, from the start of the weight.</param>
    /// <param name="count">Number of bytes.</param>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the weight.</exception>
    public ReadOnlySpan<byte> ReadBytes(string name, long offset, int count)
    {
        WeightInfo info = Find(name);
        if (offset < 0 || count < 0 || offset > info.ByteLength - count)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{Path}: {info}: {count} bytes from {offset} asked, the weight has {info.ByteLength}.");
        return new(Address(info) + offset, count);
    }

    /// <summary>The stored bytes of a weight, little-endian; the span is valid until the source is disposed or collected.</summary>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentException">The weight has more bytes than a span can hold (2 GiB); read it in parts.</exception>
    public ReadOnlySpan<byte> ReadBytes(string name)
    {
        WeightInfo info = Find(name);
        if (info.ByteLength > int.MaxValue)
            throw new ArgumentException($"{Path}: {info} has {info.ByteLength} bytes, more than a span holds; read it in parts.", nameof(name));
        return new(Address(info), (int)info.ByteLength);
    }

    /// <summary>A weight, or some of its rows, where it lies in the file's map: nothing is copied, and the memory is read when it is used.</summary>
    /// <remarks>The matrix is valid until the source is disposed or collected; whoever keeps it keeps the source too.</remarks>
    /// <param name="name">A weight of a type that the kernels compute with (<see cref="WeightTypes.Blocks"/>). Columns are its innermost axis, rows all the others together; a vector is one row.</param>
    /// <param name="firstRow">First row.</param>
    /// <param name="rows">Number of rows; -1: all that follow.</param>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentException">The type is another one, or an axis is longer than a matrix can be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the weight.</exception>
    public BlockMatrix Map(string name, int firstRow = 0, int rows = -1)
    {
        WeightInfo info = Find(name);
        if (info.Type.Blocks() is not BlockType type)
            throw new ArgumentException($"{Path}: {info} cannot be used where it lies; expected F32, F16, BF16 or a type of blocks.", nameof(name));
        long columns = info.Shape.Count == 0 ? 1 : info.Shape[^1];
        long all = columns == 0 ? 0 : info.Count / columns;
        if (columns > int.MaxValue || all > int.MaxValue)
            throw new ArgumentException($"{Path}: {info} is no matrix with at most {int.MaxValue} rows and columns.", nameof(name));
        if (rows == -1) rows = (int)all - firstRow;
        if (firstRow < 0 || rows < 0 || firstRow > all - rows)
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"{Path}: {info}: {rows} rows from {firstRow} asked, the weight has {all}.");
        return new(type, rows, (int)columns, Address(info) + firstRow * type.RowBytes((int)columns));
    }

    /// <summary>Reads a whole floating-point weight as float32, row-major.</summary>
    /// <remarks>F32, F16 and BF16 are exact; F64 is rounded to the nearest float32; blocks give the values that their definition says.</remarks>
    /// <param name="name">The weight.</param>
    /// <param name="destination">Exactly <see cref="WeightInfo.Count"/> elements.</param>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentException">The destination has another length, or the weight holds no floating-point numbers.</exception>
    public void ReadFloats(string name, Span<float> destination)
    {
        WeightInfo info = Find(name);
        if (destination.Length != info.Count)
            throw new ArgumentException($"{Path}: {info} has {info.Count} elements, the destination {destination.Length}.", nameof(destination));
        ReadFloats(name, 0, destination);
    }

    /// <summary>Reads consecutive elements of a floating-point weight as float32, for weights that are too long for one span or wanted by rows.</summary>
    /// <param name="name">The weight.</param>
    /// <param name="start">First element, in row-major order.</param>
    /// <param name="destination">As many elements as wanted.</param>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentException">The range is not inside the weight, or it holds no floating-point numbers.</exception>
    public void ReadFloats(string name, long start, Span<float> destination)
    {
        WeightInfo info = Find(name);
        if (!info.Type.IsFloat())
            throw new ArgumentException($"{Path}: {info} holds no floating-point numbers; expected F64, F32, F16, BF16 or a type of blocks.", nameof(name));
        if (start < 0 || start > info.Count - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(start), $"{Path}: {info}: {destination.Length} elements from {start} asked, the weight has {info.Count}.");

        Widening.ToFloats(info.Type, Address(info), start, destination);
        GC.KeepAlive(this); // a collected source would unmap the bytes under a running conversion
    }

    /// <summary>Reads a whole integer or Bool weight as int64, row-major.</summary>
    /// <exception cref="KeyNotFoundException">There is no such weight.</exception>
    /// <exception cref="ArgumentException">The weight holds floating-point numbers, or more elements than an array can have.</exception>
    public long[] ReadInt64s(string name)
    {
        WeightInfo info = Find(name);
        if (info.Type.IsFloat()) throw new ArgumentException($"{Path}: {info} holds floating-point numbers; expected an integer type.", nameof(name));
        if (info.ByteLength > int.MaxValue || info.Count > Array.MaxLength)
            throw new ArgumentException($"{Path}: {info} has {info.Count} elements, too many for one array.", nameof(name));

        var values = new long[info.Count];
        Widening.ToInt64s(info.Type, new(Address(info), (int)info.ByteLength), values);
        GC.KeepAlive(this);
        return values;
    }

    /// <summary>Closes the files. Spans of <see cref="ReadBytes(string)"/> must not be used afterwards.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>The first byte of a weight of this source; <see cref="WeightInfo.ByteLength"/> bytes can be read there.</summary>
    private protected abstract byte* Address(WeightInfo info);

    private protected abstract void Close();

    internal WeightInfo Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Weights.TryGetValue(name, out WeightInfo? info)) return info;
        throw new KeyNotFoundException($"{Path}: there is no weight {WeightFormatException.Quote(name)} among its {Weights.Count}.");
    }
}
