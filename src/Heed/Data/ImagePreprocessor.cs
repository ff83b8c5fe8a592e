using System.Text.Json;
using Heed.Formats;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// Turns an image into the numbers that a model reads, as its preprocessor_config.json says: resize, cut out the middle, rescale, normalise.
/// </summary>
/// <param name="Size">What the image is resized to; null = it stays.</param>
/// <param name="Filter">How it is resized.</param>
/// <param name="Crop">The part around the middle that is kept (width, height); null = all.</param>
/// <param name="Factor">Factor of each value, 0 to 255; null = none.</param>
/// <param name="Mean">Subtracted from each channel behind the factor; null = no normalisation.</param>
/// <param name="Deviation">What each channel is then divided by; null = no normalisation.</param>
public sealed record ImagePreprocessor(ImageSize? Size, ImageFilter Filter, (int Width, int Height)? Crop, double? Factor, IReadOnlyList<double>? Mean, IReadOnlyList<double>? Deviation)
{
    private const int LargestSide = 1 << 14;

    /// <summary>What ViT and Swin take where a folder has no preprocessor_config.json: the model's size, bilinear, values -1 to 1.</summary>
    public static ImagePreprocessor Default(int width, int height) => new(new ImageSize.Exact(width, height), ImageFilter.Bilinear, null, 1 / 255.0, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    /// <summary>Reads preprocessor_config.json; keys that it does not name have ViT's defaults.</summary>
    /// <param name="folder">A folder in the layout of Hugging Face.</param>
    /// <param name="config">The model, whose image size is the default.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or asks for what is not supported.</exception>
    public static ImagePreprocessor Load(string folder, ImageConfig config)
    {
        string path = Path.Combine(folder, "preprocessor_config.json");
        ImagePreprocessor otherwise = Default(config.Patches.Width, config.Patches.Height);
        return File.Exists(path) ? JsonFile.Read(path, 1 << 20, root => root.ValueKind == JsonValueKind.Object
            ? Read(root, new ConfigReader(path, root), otherwise)
            : throw new InvalidDataException($"{path}: expected an object, given {root.ValueKind}")) : otherwise;
    }

    /// <summary>The numbers of an image: (1, 3, height, width).</summary>
    public Tensor Pixels(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Size is not null)
        {
            (int width, int height) = Size.For(image.Width, image.Height);
            if (Math.Max(width, height) > LargestSide) throw new ArgumentException($"an image of {image.Width} x {image.Height} would become {width} x {height}; at most {LargestSide} are allowed in each direction");
            image = ImageResize.Resize(image, width, height, Filter);
        }
        if (Crop is { } crop) image = image.CenterCrop(crop.Width, crop.Height);
        Tensor pixels = Tensor.Empty(new Shape(1, 3, image.Height, image.Width));
        Span<float> values = pixels.Span;
        for (int channel = 0, to = 0; channel < 3; channel++)
        {
            // A byte has 256 values: what each becomes is known beforehand.
            float[] table = [.. Enumerable.Range(0, 256).Select(v => Value(v, channel))];
            for (int from = channel; from < image.Pixels.Length; from += 3) values[to++] = table[image.Pixels[from]];
        }
        return pixels;
    }

    private float Value(int value, int channel)
    {
        double scaled = value * (Factor ?? 1);
        return (float)(Mean is null || Deviation is null ? scaled : (scaled - Mean[channel]) / Deviation[channel]);
    }

    private static ImagePreprocessor Read(JsonElement root, ConfigReader c, ImagePreprocessor otherwise)
    {
        bool crop = c.Bool("do_center_crop", false), normalize = c.Bool("do_normalize", true);
        int filter = c.Int("resample", (int)ImageFilter.Bilinear);
        if (!Enum.IsDefined((ImageFilter)filter)) throw c.Unsupported("resample", $"0 to 5 are known, given {filter}");
        return new ImagePreprocessor(
            c.Bool("do_resize", true) ? ReadSize(root, c, "size", square: !crop) ?? otherwise.Size : null,
            (ImageFilter)filter,
            crop ? ReadSize(root, c, "crop_size", square: true) switch
            {
                null => throw c.Unsupported("crop_size", "do_center_crop needs it"),
                ImageSize.Exact exact => (exact.Width, exact.Height),
                _ => throw c.Unsupported("crop_size", "height and width were expected"),
            } : null,
            c.Bool("do_rescale", true) ? c.Number("rescale_factor", 1 / 255.0) : null,
            normalize ? Three("image_mean", otherwise.Mean!) : null,
            normalize ? Three("image_std", otherwise.Deviation!) : null);

        IReadOnlyList<double> Three(string key, IReadOnlyList<double> standard) => !c.Has(key) ? standard : c.Numbers(key) is { Count: 3 } given && (key != "image_std" || given.All(v => v != 0)) ? given
            : throw c.Unsupported(key, "one number for each of red, green and blue was expected, and no deviation may be 0");
    }

    // Older files have one number: a square, or where the middle is cut out the shorter side.
    private static ImageSize? ReadSize(JsonElement root, ConfigReader c, string key, bool square)
    {
        if (!c.Has(key)) return null;
        if (root.GetProperty(key).ValueKind != JsonValueKind.Object)
            return c.Ints(key) switch
            {
                [int side] => square ? new ImageSize.Exact(Side(side), Side(side)) : new ImageSize.ShorterSide(Side(side)),
                [int height, int width] => new ImageSize.Exact(Side(width), Side(height)),
                _ => throw c.Unsupported(key, "one number or two (height, width) were expected"),
            };
        ConfigReader size = c.Section(key)!;
        if (size.Has("shortest_edge")) return size.Has("longest_edge") ? throw c.Unsupported(key, "longest_edge is not supported") : new ImageSize.ShorterSide(Side(size.Int("shortest_edge")));
        return new ImageSize.Exact(Side(size.Int("width")), Side(size.Int("height")));

        int Side(int value) => value is > 0 and <= LargestSide ? value : throw c.Unsupported(key, $"a side must be 1 to {LargestSide} pixels, given {value}");
    }
}

/// <summary>What an image is resized to.</summary>
public abstract record ImageSize
{
    private ImageSize()
    {
    }

    /// <summary>The size of an image that has another one.</summary>
    internal abstract (int Width, int Height) For(int width, int height);

    /// <summary>A width and a height, whatever the image's shape.</summary>
    public sealed record Exact(int Width, int Height) : ImageSize
    {
        internal override (int Width, int Height) For(int width, int height) => (Width, Height);
    }

    /// <summary>A length of the shorter side; the shape stays.</summary>
    public sealed record ShorterSide(int Length) : ImageSize
    {
        internal override (int Width, int Height) For(int width, int height) => width <= height
            ? (Length, (int)Math.Min(int.MaxValue, (long)Length * height / width))
            : ((int)Math.Min(int.MaxValue, (long)Length * width / height), Length);
    }
}
