using Heed.Data;
using StbImageSharp;

namespace Heed.Cli;

/// <summary>Reads image files: PNG, JPEG, BMP, GIF (its first picture), TGA, PSD.</summary>
internal static class ImageFile
{
    private const long MaximumBytes = 256 << 20, MaximumPixels = 1 << 26;

    /// <summary>The picture of a file. Files are hostile: the sizes in the header are checked before anything of them is decoded.</summary>
    /// <exception cref="InvalidDataException">The file is no image, damaged or too large.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static RgbImage Read(string path)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path} is a folder; expected an image");
        FileInfo file = new(path);
        if (!file.Exists) throw new FileNotFoundException($"there is no image {path}", path);
        if (file.Length > MaximumBytes) throw new InvalidDataException($"{path} has {file.Length} bytes; an image has at most {MaximumBytes}");
        byte[] bytes = File.ReadAllBytes(path);
        ImageInfo info = Decode(path, () => ImageInfo.FromStream(new MemoryStream(bytes))) ?? throw new InvalidDataException($"{path} is no image that is known: PNG, JPEG, BMP, GIF, TGA, PSD");
        if (info.Width < 1 || info.Height < 1 || (long)info.Width * info.Height > MaximumPixels)
            throw new InvalidDataException($"{path} is an image of {info.Width} x {info.Height} pixels; at most {MaximumPixels} are read");
        ImageResult image = Decode(path, () => ImageResult.FromMemory(bytes, ColorComponents.RedGreenBlue));
        return ImageOrientation.Upright(new RgbImage(image.Width, image.Height, image.Data), ImageOrientation.Of(bytes));
    }

    // The decoder answers damage with exceptions of many kinds.
    private static T Decode<T>(string path, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{path} is no whole image: {e.Message}", e);
        }
    }
}
