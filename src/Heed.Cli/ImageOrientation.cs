using System.Buffers.Binary;
using Heed.Data;

namespace Heed.Cli;

/// <summary>Turns a photograph as its camera was held: the orientation that a JPEG file notes (EXIF 2.3, tag 0x0112), 1 to 8.</summary>
internal static class ImageOrientation
{
    private const ushort Tag = 0x0112;

    /// <summary>The orientation that a file notes; 1, as it is, where it notes none.</summary>
    public static int Of(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8])) return 1;
        // Segments: a mark of two bytes, then a length that counts itself.
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] is >= 0xC0 and not (0xD9 or 0xDA);)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) return 1;
            ReadOnlySpan<byte> content = file.Slice(at + 4, length - 2);
            if (file[at + 1] == 0xE1 && content.StartsWith("Exif\0\0"u8)) return OfTiff(content[6..]);
            at += 2 + length;
        }
        return 1;
    }

    /// <summary>The image turned and mirrored so that it stands upright.</summary>
    public static RgbImage Upright(RgbImage image, int orientation)
    {
        if (orientation is < 2 or > 8) return image;
        (int width, int height) = orientation >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
        byte[] pixels = new byte[3 * width * height];
        for (int y = 0, to = 0; y < height; y++)
            for (int x = 0; x < width; x++, to += 3)
            {
                (int column, int row) = orientation switch
                {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, width - 1 - x),
                    7 => (height - 1 - y, width - 1 - x),
                    _ => (height - 1 - y, x),
                };
                image.Row(row).Slice(3 * column, 3).CopyTo(pixels.AsSpan(to));
            }
        return new RgbImage(width, height, pixels);
    }

    // A header with the byte order and the place of a list of entries of 12 bytes: tag, type, count, value.
    private static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        bool little = tiff.StartsWith("II"u8);
        if (tiff.Length < 8 || !little && !tiff.StartsWith("MM"u8)) return 1;
        uint list = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (list + 2L > tiff.Length) return 1;
        int entries = Short(tiff, (int)list);
        for (int i = 0; i < entries; i++)
        {
            long entry = list + 2L + 12L * i;
            if (entry + 12 > tiff.Length) return 1;
            if (Short(tiff, (int)entry) == Tag) return Short(tiff, (int)entry + 8) is var value and >= 1 and <= 8 ? value : 1;
        }
        return 1;

        int Short(ReadOnlySpan<byte> bytes, int at) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
    }
}
