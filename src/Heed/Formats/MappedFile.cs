using System.IO.MemoryMappedFiles;

namespace Heed.Formats;

/// <summary>A whole file in memory, read-only: pages come from the disk when they are touched.</summary>
/// <remarks>The file must not be shortened by another process while it is open: the pages behind the map would vanish, and touching them ends the process. Replacing it by rename is fine.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile mapping;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private volatile bool closed;

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="least">Bytes that it must have, at least 1 (an empty file cannot be mapped).</param>
    /// <param name="expected">What those bytes hold, for the message.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">It is shorter, or not a regular file.</exception>
    public MappedFile(string path, int least, string expected)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (!stream.CanSeek) throw new WeightFormatException(path, null, "not a regular file.");
        Length = stream.Length;
        if (Length < least) throw new WeightFormatException(path, null, $"truncated: {Length} bytes, expected at least the {least} of {expected}.");
        mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            view = mapping.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the file, as it was when it was opened.</summary>
    public long Length { get; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(closed, this);
            return start;
        }
    }

    public void Dispose()
    {
        if (closed) return;
        closed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapping.Dispose();
    }
}
