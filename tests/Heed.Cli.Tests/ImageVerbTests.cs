using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Heed.Data;

namespace Heed.Cli.Tests;

public sealed class ImageVerbTests(TaskModels models) : IClassFixture<TaskModels>
{
    [Theory]
    [InlineData("vit")]
    [InlineData("swin")]
    public void Classify_says_what_images_show(string fixture)
    {
        string model = models.Plain(fixture), red = Png(fixture + "-red.png", 40, 30, 200, 10, 10), blue = Png(fixture + "-blue.png", 7, 9, 0, 0, 255);
        string[] lines = Cli.Run("classify", model, red, blue, "--json").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        JsonElement first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(red, first.GetProperty("image").GetString());
        Assert.Equal(1, first.GetProperty("labels").EnumerateArray().Sum(l => l.GetProperty("score").GetDouble()), 1e-9);
        Assert.NotEqual(first.GetProperty("labels").GetRawText(), JsonDocument.Parse(lines[1]).RootElement.GetProperty("labels").GetRawText());
        Assert.Equal(5, Cli.Run("classify", model, red).Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Bad_images_are_told()
    {
        string model = models.Plain("vit"), good = Png("good.png", 4, 4, 1, 2, 3);
        Cli.Run("classify", model, models["none.png"]).Failed("none.png");
        Cli.Run("classify", model, models.Write("text.png", "no image")).Failed("text.png");
        byte[] bytes = File.ReadAllBytes(good);
        File.WriteAllBytes(models["cut.png"], bytes[..40]);
        Cli.Run("classify", model, models["cut.png"]).Failed("cut.png");
        Cli.Run("classify", model, Png("large.png", 10_000, 10_000, 0, 0, 0, rows: 0)).Failed("10000 x 10000");
        Cli.Run("classify", model, Png("huge.png", 100_000, 100_000, 0, 0, 0, rows: 0)).Failed("huge.png");
        Cli.Run("classify", model, good, "--pair", "b").Failed("--pair");
        Cli.Run("classify", model, models.Path).Failed("folder");
    }

    [Theory] // what PIL's exif_transpose makes of 1 2 3 / 4 5 6
    [InlineData(1, 3, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(2, 3, new byte[] { 3, 2, 1, 6, 5, 4 })]
    [InlineData(3, 3, new byte[] { 6, 5, 4, 3, 2, 1 })]
    [InlineData(4, 3, new byte[] { 4, 5, 6, 1, 2, 3 })]
    [InlineData(5, 2, new byte[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData(6, 2, new byte[] { 4, 1, 5, 2, 6, 3 })]
    [InlineData(7, 2, new byte[] { 6, 3, 5, 2, 4, 1 })]
    [InlineData(8, 2, new byte[] { 3, 6, 2, 5, 1, 4 })]
    public void Photographs_are_turned_upright(byte orientation, int width, byte[] expected)
    {
        foreach (bool little in (bool[])[true, false])
        {
            byte[] tiff = little
                ? [.. "II*\0"u8, 8, 0, 0, 0, 2, 0, 0, 1, 4, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
                : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 2, 1, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 9, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
            byte[] file = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xE1, 0, (byte)(8 + tiff.Length), .. "Exif\0\0"u8, .. tiff];
            Assert.Equal(orientation, ImageOrientation.Of(file));
            for (int cut = 0; cut < file.Length; cut++) Assert.InRange(ImageOrientation.Of(file.AsSpan(0, cut)), 1, 8);
        }
        RgbImage image = new(3, 2, [.. Enumerable.Range(1, 6).SelectMany(v => Enumerable.Repeat((byte)v, 3))]);
        RgbImage upright = ImageOrientation.Upright(image, orientation);
        Assert.Equal(width, upright.Width);
        Assert.Equal(expected, Enumerable.Range(0, upright.Height).SelectMany(y => upright.Row(y).ToArray()).Where((_, i) => i % 3 == 0));
    }

    // One colour; of a wrong file only the header tells of all its rows.
    private string Png(string name, int width, int height, byte red, byte green, byte blue, int? rows = null)
    {
        using MemoryStream data = new();
        using (ZLibStream zip = new(data, CompressionLevel.Fastest, leaveOpen: true))
            for (int y = 0; y < (rows ?? height); y++)
            {
                zip.WriteByte(0);
                for (int x = 0; x < width; x++) zip.Write([red, green, blue]);
            }
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        using FileStream file = File.Create(models[name]);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        foreach ((string kind, byte[] content) in ((string, byte[])[])[("IHDR", header), ("IDAT", data.ToArray()), ("IEND", [])])
        {
            byte[] chunk = [.. Encoding.ASCII.GetBytes(kind), .. content], number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(chunk));
            file.Write(number);
        }
        return models[name];
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
        }
        return ~crc;
    }
}
