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
        bool more = true, packed = stream is GZipStream;
        long unpacked = 0;
        try
        {
            while (more || start < end)
            {
                int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
                if (length < 0 && more)
                {
                    (start, end) = Shift(ref buffer, start, end, path, number + 1);
                    int read = Fill(stream, buffer.AsSpan(end), path, number + 1, faults);
                    if (number == 0 && start == 0 && end == 0) RefuseWide(buffer.AsSpan(0, read), path);
                    more = read > 0;
                    unpacked += read;
                    if (packed && !more && !GzipEnd.Reached(path, unpacked)) faults.Add(path, number + 1, "the gzip file ends too early");
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

    // A packed file that is cut off or damaged ends where it is: one fault.
    private static int Fill(Stream stream, Span<byte> free, string path, long line, RecordFaults faults)
    {
        try
        {
            return stream.Read(free);
        }
        catch (InvalidDataException e)
        {
            faults.Add(path, line, $"the gzip file is damaged: {e.Message}");
            return 0;
        }
    }

    private static void RefuseWide(ReadOnlySpan<byte> start, string path)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new InvalidDataException($"{path} begins as a UTF-16 file; expected UTF-8");
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
