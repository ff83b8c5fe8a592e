using System.Text.Json;
using CsCheck;
using Heed.Data;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Data;

/// <summary>Images beside PIL's, and cases that can be told by hand.</summary>
public sealed class ImageTests
{
    private static readonly Gen<RgbImage> Images = Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12]).SelectMany(s => Gen.Byte.Array[3 * s.Item1 * s.Item2].Select(p => new RgbImage(s.Item1, s.Item2, p)));

    [Fact]
    public void Resizing_is_that_of_PIL_to_the_bit()
    {
        using Stream file = typeof(ImageTests).Assembly.GetManifestResourceStream("ImageResizeReferences.json")!;
        using JsonDocument document = JsonDocument.Parse(file);
        int cases = 0;
        foreach (JsonElement c in document.RootElement.EnumerateArray())
        {
            RgbImage image = new(c.GetProperty("from")[0].GetInt32(), c.GetProperty("from")[1].GetInt32(), c.GetProperty("pixels").GetBytesFromBase64());
            int width = c.GetProperty("to")[0].GetInt32(), height = c.GetProperty("to")[1].GetInt32();
            RgbImage resized = ImageResize.Resize(image, width, height, (ImageFilter)c.GetProperty("resample").GetInt32());
            Assert.Equal(c.GetProperty("expected").GetBytesFromBase64(), resized.Pixels);
            cases++;
        }
        Assert.Equal(42, cases);
    }

    [Fact]
    public void One_colour_stays_that_colour() => Gen.Select(Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[1, 30], Gen.Byte, Gen.Enum<ImageFilter>()).Sample((width, height, to, colour, filter) =>
    {
        RgbImage image = new(width, height, [.. Enumerable.Repeat(colour, 3 * width * height)]);
        Assert.All(ImageResize.Resize(image, to, 31 - to, filter).Pixels, p => Assert.Equal(colour, p));
    }, iter: 200);

    [Fact]
    public void A_resize_to_its_own_size_changes_nothing() => Gen.Select(Images, Gen.Enum<ImageFilter>()).Sample((image, filter) =>
        Assert.Equal(image.Pixels, ImageResize.Resize(image, image.Width, image.Height, filter).Pixels), iter: 100);

    [Fact]
    public void The_middle_is_cut_out_or_surrounded_by_black()
    {
        RgbImage image = new(3, 2, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]);
        Assert.Equal([2, 2, 2], image.CenterCrop(1, 1).Pixels);
        Assert.Equal([1, 1, 1, 2, 2, 2], image.CenterCrop(2, 1).Pixels);
        byte[] wide = image.CenterCrop(6, 1).Pixels;
        Assert.Equal([0, 0, 1, 2, 3, 0], wide.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void Values_are_scaled_and_normalised_channel_by_channel()
    {
        using MemoryScope scope = new();
        RgbImage image = new(2, 1, [0, 51, 255, 255, 102, 0]);
        ImagePreprocessor preprocessor = new(null, ImageFilter.Bilinear, null, 1 / 255.0, [0.5, 0.2, 0], [0.5, 0.1, 2]);
        Tensor pixels = preprocessor.Pixels(image);
        Assert.Equal(new Shape(1, 3, 1, 2), pixels.Shape);
        float[] expected = [-1, 1, 0, 2, 0.5f, 0];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], pixels.Span[i], 1e-6f);
    }

    [Theory]
    [InlineData("{}", 32, 32)]
    [InlineData("{ \"size\": 20 }", 20, 20)]
    [InlineData("{ \"size\": { \"height\": 10, \"width\": 14 } }", 14, 10)]
    [InlineData("{ \"size\": [10, 14] }", 14, 10)]
    [InlineData("{ \"size\": { \"shortest_edge\": 10 } }", 20, 10)]
    [InlineData("{ \"size\": 10, \"do_center_crop\": true, \"crop_size\": 8 }", 8, 8)]
    [InlineData("{ \"size\": { \"shortest_edge\": 10 }, \"do_center_crop\": true, \"crop_size\": { \"height\": 6, \"width\": 12 } }", 12, 6)]
    [InlineData("{ \"do_resize\": false }", 24, 12)]
    public void Sizes_are_read_as_the_file_says(string json, int width, int height)
    {
        using MemoryScope scope = new();
        RgbImage image = new(24, 12, new byte[3 * 24 * 12]);
        Assert.Equal(new Shape(1, 3, height, width), Read(json).Pixels(image).Shape);
    }

    [Theory]
    [InlineData("{ \"do_rescale\": false, \"do_normalize\": false }", 200)]
    [InlineData("{ \"do_normalize\": false }", 200 / 255.0)]
    [InlineData("{ \"rescale_factor\": 0.01, \"image_mean\": [1, 1, 1], \"image_std\": [0.5, 0.5, 0.5] }", 2)]
    [InlineData("{}", 200 / 127.5 - 1)]
    public void Steps_can_be_left_out(string json, double expected)
    {
        using MemoryScope scope = new();
        RgbImage image = new(2, 2, [.. Enumerable.Repeat((byte)200, 12)]);
        Assert.All(Read(json).Pixels(image).ToArray(), v => Assert.Equal(expected, v, 1e-6));
    }

    [Theory]
    [InlineData("{ \"size\": 0 }", "size")]
    [InlineData("{ \"size\": 1000000 }", "size")]
    [InlineData("{ \"size\": { \"height\": 5 } }", "width")]
    [InlineData("{ \"resample\": 9 }", "resample")]
    [InlineData("{ \"image_mean\": [1] }", "image_mean")]
    [InlineData("{ \"image_std\": [1, 0, 1] }", "image_std")]
    [InlineData("{ \"do_center_crop\": true }", "crop_size")]
    [InlineData("[]", "object")]
    public void What_is_wrong_with_a_file_is_told(string json, string words) =>
        Assert.Contains(words, Assert.ThrowsAny<InvalidDataException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Very_flat_images_do_not_become_very_long()
    {
        ImagePreprocessor preprocessor = Read("{ \"size\": { \"shortest_edge\": 16000 } }");
        Assert.Contains("16384", Assert.Throws<ArgumentException>(() => preprocessor.Pixels(new RgbImage(1, 1000, new byte[3000]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RgbImage(2, 2, new byte[11]));
        Assert.Throws<ArgumentException>(() => new RgbImage(0, 2, []));
    }

    private static ImagePreprocessor Read(string json)
    {
        string folder = Directory.CreateTempSubdirectory("heed-image-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), json);
            return ImagePreprocessor.Load(folder, ImageFolder.LoadConfig(Path.Combine(AppContext.BaseDirectory, "Fixtures", "vit")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
