using System.Text;

namespace Heed.Data;

/// <summary>Reads text files strictly: what is not UTF-8 is an error that says where.</summary>
public static class TextFile
{
    /// <summary>The whole text of a UTF-8 file, unpacked if its name ends in .gz; a byte order mark is dropped.</summary>
    /// <exception cref="InvalidDataException">The file is empty or not UTF-8.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path} is a folder; expected a text file");
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        byte[] bytes = Bytes(path);
        ReadOnlySpan<byte> text = bytes;
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        if (text.IsEmpty) throw new InvalidDataException($"{path} is empty; expected text");
        int valid = 0;
        while (valid < text.Length && Rune.DecodeFromUtf8(text[valid..], out _, out int length) == System.Buffers.OperationStatus.Done) valid += length;
        if (valid < text.Length) throw new InvalidDataException($"{path} is not UTF-8: byte 0x{text[valid]:X2} at offset {valid + bytes.Length - text.Length}");
        return Encoding.UTF8.GetString(text);
    }

    private static byte[] Bytes(string path)
    {
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) return File.ReadAllBytes(path);
        using Stream stream = Records.TextLines.Open(path);
        using MemoryStream whole = new();
        try
        {
            stream.CopyTo(whole);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the gzip file is damaged: {e.Message}", e);
        }
        if (!Records.GzipEnd.Reached(path, whole.Length)) throw new InvalidDataException($"{path}: the gzip file ends too early");
        return whole.ToArray();
    }
}
