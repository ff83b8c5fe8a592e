using System.Text;

namespace Heed.Formats;

/// <summary>Writes files that are there completely or not at all: a temporary file in the same folder, flushed to the disk, then renamed over the target.</summary>
/// <remarks>A reader sees the old content or the new one, never part of either. A process that is killed may leave its temporary file (<c>.name.*.tmp</c>) behind.</remarks>
public static class AtomicFile
{
    /// <summary>Writes a file through a callback.</summary>
    /// <param name="path">The target; replaced if it exists. Its folder must exist.</param>
    /// <param name="write">Writes the content to the stream that it is given, which it must not keep.</param>
    /// <param name="length">The length in bytes if known: room is reserved first, so that a full disk is seen before any work is done. 0: unknown.</param>
    /// <exception cref="ArgumentException">The path is that of a folder.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder of the target does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full. The target is as it was and no temporary file is left.</exception>
    public static void Write(string path, Action<Stream> write, long length = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        string target = Path.GetFullPath(path);
        string name = Path.GetFileName(target);
        if (name.Length == 0 || Directory.Exists(target)) throw new ArgumentException($"{path} is a folder, expected the path of a file.", nameof(path));
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"Cannot write {path}: there is no folder {folder}.");
        string temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.tmp");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 16,
                PreallocationSize = length,
            };
            using (var stream = new FileStream(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e.GetType() == typeof(IOException)) throw new IOException($"Cannot write {path}{(length > 0 ? $" ({length} bytes)" : "")}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Writes a text file, UTF-8 without a byte order mark.</summary>
    /// <exception cref="IOException">As in <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
