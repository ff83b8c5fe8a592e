namespace Heed.Data;

/// <summary>
/// Resizes 8-bit images as PIL does: one direction after the other, each output pixel a weighted sum over the filter's reach, which grows with the
/// reduction so that nothing is skipped (antialiasing); weights in fixed point, sums rounded and clipped to 8 bits after each direction.
/// </summary>
internal static class ImageResize
{
    private const int Bits = 32 - 8 - 2; // of a weight's fraction: 8 for the pixel, 2 for sums above it

    // The pixels that an output pixel is made of, and their weights.
    private readonly record struct Reach(int First, int[] Weights);

    /// <summary>The image in another size.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height, ImageFilter filter)
    {
        if (filter == ImageFilter.Nearest) return Nearest(image, width, height);
        RgbImage wide = width == image.Width ? image : Horizontal(image, Reaches(image.Width, width, filter));
        return height == image.Height ? wide : Vertical(wide, Reaches(image.Height, height, filter));
    }

    private static RgbImage Nearest(RgbImage image, int width, int height)
    {
        byte[] pixels = new byte[checked(3 * width * height)];
        int[] columns = Sources(image.Width, width), rows = Sources(image.Height, height);
        for (int y = 0, to = 0; y < height; y++)
            for (int x = 0; x < width; x++, to += 3) image.Row(rows[y]).Slice(3 * columns[x], 3).CopyTo(pixels.AsSpan(to));
        return new RgbImage(width, height, pixels);

        // Steps are added up, as PIL does: where a sum falls on an edge its rounding decides.
        static int[] Sources(int from, int to)
        {
            double step = (double)from / to, at = step * 0.5;
            int[] sources = new int[to];
            for (int i = 0; i < to; i++, at += step) sources[i] = Math.Min((int)at, from - 1);
            return sources;
        }
    }

    private static RgbImage Horizontal(RgbImage image, Reach[] reaches)
    {
        byte[] pixels = new byte[checked(3 * reaches.Length * image.Height)];
        for (int y = 0, to = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(y);
            foreach (Reach reach in reaches)
                for (int channel = 0; channel < 3; channel++)
                {
                    int sum = 1 << (Bits - 1);
                    for (int i = 0, from = 3 * reach.First + channel; i < reach.Weights.Length; i++, from += 3) sum += row[from] * reach.Weights[i];
                    pixels[to++] = Clip(sum);
                }
        }
        return new RgbImage(reaches.Length, image.Height, pixels);
    }

    private static RgbImage Vertical(RgbImage image, Reach[] reaches)
    {
        int columns = 3 * image.Width;
        byte[] pixels = new byte[checked(columns * reaches.Length)];
        int[] sums = new int[columns];
        for (int y = 0; y < reaches.Length; y++)
        {
            Array.Fill(sums, 1 << (Bits - 1));
            for (int i = 0; i < reaches[y].Weights.Length; i++)
            {
                ReadOnlySpan<byte> row = image.Row(reaches[y].First + i);
                int weight = reaches[y].Weights[i];
                for (int x = 0; x < columns; x++) sums[x] += row[x] * weight;
            }
            for (int x = 0; x < columns; x++) pixels[y * columns + x] = Clip(sums[x]);
        }
        return new RgbImage(image.Width, reaches.Length, pixels);
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> Bits, 0, 255);

    private static Reach[] Reaches(int from, int to, ImageFilter filter)
    {
        (Func<double, double> curve, double support) = Curve(filter);
        double scale = (double)from / to, stretch = Math.Max(scale, 1);
        support *= stretch;
        Reach[] reaches = new Reach[to];
        for (int i = 0; i < to; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - support + 0.5)), last = Math.Min(from, (int)(center + support + 0.5));
            double[] weights = [.. Enumerable.Range(first, last - first).Select(x => curve((x - center + 0.5) / stretch))];
            double sum = weights.Sum();
            reaches[i] = new Reach(first, [.. weights.Select(w => Fixed(sum == 0 ? w : w / sum))]);
        }
        return reaches;

        static int Fixed(double weight) => (int)(weight * (1 << Bits) + (weight < 0 ? -0.5 : 0.5));
    }

    private static (Func<double, double> Curve, double Support) Curve(ImageFilter filter) => filter switch
    {
        ImageFilter.Box => (x => x is > -0.5 and <= 0.5 ? 1 : 0, 0.5),
        ImageFilter.Bilinear => (x => Math.Max(0, 1 - Math.Abs(x)), 1),
        ImageFilter.Hamming => (x => Math.Abs(x) >= 1 ? 0 : Sinc(x) * (0.54 + 0.46 * Math.Cos(Math.PI * x)), 1),
        ImageFilter.Bicubic => (Cubic, 2),
        ImageFilter.Lanczos => (x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0, 3),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "unknown filter"),
    };

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
}
