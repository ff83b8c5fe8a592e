namespace Heed.Data;

/// <summary>An image: 8 bits each of red, green and blue for every pixel, row by row from the top.</summary>
public sealed class RgbImage
{
    /// <summary>Joins sizes and pixels.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">Red, green, blue of each pixel: 3 · width · height bytes.</param>
    /// <exception cref="ArgumentException">A size is not positive, or the number of bytes is another.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (width < 1 || height < 1) throw new ArgumentException($"an image has 1 pixel or more in each direction, given {width} x {height}");
        if (pixels.Length != 3L * width * height) throw new ArgumentException($"an image of {width} x {height} has {3L * width * height} bytes, given {pixels.Length}");
        (Width, Height, Pixels) = (width, height, pixels);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue of each pixel.</summary>
    internal byte[] Pixels { get; }

    /// <summary>A row: red, green, blue of each pixel.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.AsSpan(3 * y * Width, 3 * Width);

    /// <summary>The part around the middle; where it is larger than the image, black stands around.</summary>
    public RgbImage CenterCrop(int width, int height)
    {
        RgbImage part = new(width, height, new byte[checked(3 * width * height)]);
        int left = Offset(Width, width), top = Offset(Height, height);
        int first = Math.Max(0, -left), last = Math.Min(width, Width - left);
        for (int y = Math.Max(0, -top); y < Math.Min(height, Height - top); y++)
            Row(top + y).Slice(3 * (left + first), 3 * (last - first)).CopyTo(part.Pixels.AsSpan(3 * (y * width + first)));
        return part;

        // Where the part begins in the image: of an odd rest the smaller half is cut off before, or the larger one padded.
        static int Offset(int whole, int part) => whole >= part ? (whole - part) / 2 : -((part - whole + 1) / 2);
    }
}
