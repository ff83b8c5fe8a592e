using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Heed.Studio.Charts;

/// <summary>
/// Numbers as a picture of as many pixels, for a page that shows thousands of them: a PNG of one colour whose strength is the number (or of two, for numbers
/// of both signs) over nothing, so that it fits any background. The browser stretches it.
/// </summary>
public static class PixelMap
{
    private static readonly (byte R, byte G, byte B) Strong = (0x12, 0x93, 0x84), Negative = (0xdd, 0x7a, 0x1e);
    private static readonly uint[] Crc = MakeCrc();

    /// <summary>Numbers from 0 to 1, as the address of a picture: what is 0 is not there, what is 1 is full.</summary>
    public static string Weights(IReadOnlyList<float[]> rows) => Address(rows, value => (byte)Math.Round(255 * Math.Clamp(value, 0, 1)), signed: false);

    /// <summary>Numbers from -1 to 1 as the address of a picture in two colours.</summary>
    public static string Signed(IReadOnlyList<float[]> rows) => Address(rows, value => (byte)(128 + (int)Math.Round(127 * Math.Clamp(value, -1, 1))), signed: true);

    private static string Address(IReadOnlyList<float[]> rows, Func<float, byte> level, bool signed)
    {
        int width = rows.Count == 0 ? 0 : rows[0].Length;
        if (width == 0) return "";
        byte[] raw = new byte[rows.Count * (width + 1)]; // each row begins with the number of its filter, 0 = none
        for (int y = 0; y < rows.Count; y++)
            for (int x = 0; x < width; x++) raw[y * (width + 1) + 1 + x] = level(float.IsFinite(rows[y][x]) ? rows[y][x] : 0);
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), rows.Count);
        (header[8], header[9]) = (8, 3); // 8 bits, a palette
        Chunk(png, "IHDR", header);
        Chunk(png, "PLTE", Palette(signed));
        Chunk(png, "tRNS", [.. Enumerable.Range(0, 256).Select(i => (byte)(signed ? Math.Min(255, 2 * Math.Abs(i - 128)) : i))]);
        using (MemoryStream packed = new())
        {
            using (ZLibStream zip = new(packed, CompressionLevel.Fastest, leaveOpen: true)) zip.Write(raw);
            Chunk(png, "IDAT", packed.ToArray());
        }
        Chunk(png, "IEND", []);
        return "data:image/png;base64," + Convert.ToBase64String(png.GetBuffer(), 0, (int)png.Length);
    }

    private static byte[] Palette(bool signed) => [.. Enumerable.Range(0, 256).SelectMany(i =>
    {
        (byte r, byte g, byte b) = signed && i < 128 ? Negative : Strong;
        return new[] { r, g, b };
    })];

    private static void Chunk(MemoryStream png, string name, byte[] data)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(named);
        uint sum = uint.MaxValue;
        foreach (byte b in named) sum = Crc[(sum ^ b) & 0xff] ^ (sum >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~sum);
        png.Write(number);
    }

    private static uint[] MakeCrc()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xedb88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
