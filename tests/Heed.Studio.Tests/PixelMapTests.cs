using System.Buffers.Binary;
using System.IO.Compression;
using Heed.Studio.Charts;

namespace Heed.Studio.Tests;

public sealed class PixelMapTests
{
    [Fact]
    public void A_picture_holds_its_numbers()
    {
        float[][] rows = [[0, 0.5f, 1], [1, 2, -1]];
        byte[] png = Convert.FromBase64String(PixelMap.Weights(rows)["data:image/png;base64,".Length..]);
        Assert.Equal((3, 2), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));
        int data = png.AsSpan().IndexOf("IDAT"u8);
        using ZLibStream zip = new(new MemoryStream(png, data + 4, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(data - 4))), CompressionMode.Decompress);
        using MemoryStream raw = new();
        zip.CopyTo(raw);
        Assert.Equal([0, 0, 128, 255, 0, 255, 255, 0], raw.ToArray());
        // The sum of an empty IEND is known from the specification's examples.
        Assert.Equal([0xae, 0x42, 0x60, 0x82], png[^4..]);
        Assert.Equal("", PixelMap.Signed([]));
    }
}
