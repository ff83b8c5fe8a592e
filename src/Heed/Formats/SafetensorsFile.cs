using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.IO.MemoryMappedFiles;

namespace Heed.Formats;

/// <summary>One memory-mapped <c>.safetensors</c> file. The header is checked completely before anything is used.</summary>
/// <remarks>The file must not be shortened by another process while it is open: the pages behind a mapping would vanish. Replacing it by rename is fine.</remarks>
public sealed unsafe class SafetensorsFile : WeightSource
{
    /// <summary>The usual file name in a model folder.</summary>
    public const string DefaultName = "model.safetensors";

    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly ReadOnlyDictionary<string, WeightInfo> weights;
    private readonly ReadOnlyDictionary<string, string> metadata;
    private readonly byte* start;
    private volatile bool closed;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">The file breaks the format.</exception>
    public SafetensorsFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (!stream.CanSeek) throw new WeightFormatException(path, null, "not a regular file.");
        long length = stream.Length;
        if (length < 8) throw new WeightFormatException(path, null, $"truncated: {length} bytes, expected at least the 8 of the header length.");
        Span<byte> field = stackalloc byte[8];
        stream.ReadExactly(field);
        int headerLength = SafetensorsHeader.CheckLength(path, length, BinaryPrimitives.ReadUInt64LittleEndian(field));

        mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
            SafetensorsHeader header = SafetensorsHeader.Parse(path, length, new ReadOnlySpan<byte>(start + 8, headerLength));
            weights = header.Weights.AsReadOnly();
            metadata = header.Metadata.AsReadOnly();
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, WeightInfo> Weights => weights;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    private protected override ReadOnlySpan<byte> Bytes(WeightInfo info, long offset, int count)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        return new(start + info.Offset + offset, count);
    }

    internal ReadOnlySpan<byte> MappedBytes(WeightInfo info, long offset, int count) => Bytes(info, offset, count);

    private protected override void Close()
    {
        if (closed) return;
        closed = true;
        if (start is not null) view.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        mapping.Dispose();
    }
}
