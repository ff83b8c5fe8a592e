using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Heed.Data.Records;

/// <summary>The lines of a UTF-8 file, one at a time; a name that ends in .gz is unpacked on the way.</summary>
internal static class TextLines
{
    private const int LongestLine = 1 << 28; // bytes
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>Opens a file to be read once, unpacked if its name ends in .gz.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Stream Open(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Every line without its end and with its number from 1; a line that is not UTF-8 is a fault. A byte order mark is dropped.</summary>
    public static IEnumerable<(long Number, string Line)> Read(string path, RecordFaults faults)
    {
        using Stream stream = Open(path);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        int start = 0, end = 0;
        long number = 0;
        bool more = true;
        try
        {
            while (more || start < end)
            {
                int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
                if (length < 0 && more)
                {
                    (start, end) = Shift(ref buffer, start, end, path, number + 1);
                    int read = Fill(stream, buffer.AsSpan(end), path);
                    more = read > 0;
                    end += read;
                    continue;
                }
                if (length < 0) length = end - start;
                number++;
                string? line = Decode(buffer.AsSpan(start, length), first: number == 1);
                start = Math.Min(end, start + length + 1);
                if (line is null) faults.Add(path, number, "the line is not UTF-8");
                else yield return (number, line);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Puts the unread bytes to the front, into a larger buffer if they fill this one.
    private static (int, int) Shift(ref byte[] buffer, int start, int end, string path, long line)
    {
        int kept = end - start;
        if (kept == buffer.Length)
        {
            if (kept >= LongestLine) throw new InvalidDataException($"{path}, line {line}: the line has more than {LongestLine} bytes");
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
            buffer.AsSpan(start, kept).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else
            buffer.AsSpan(start, kept).CopyTo(buffer);
        return (0, kept);
    }

    private static int Fill(Stream stream, Span<byte> free, string path)
    {
        try
        {
            return stream.Read(free);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path} is not a whole gzip file: {e.Message}", e);
        }
    }

    private static string? Decode(ReadOnlySpan<byte> line, bool first)
    {
        if (first && line.StartsWith("\uFEFF"u8)) line = line[3..];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
