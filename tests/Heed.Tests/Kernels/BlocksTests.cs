using System.Runtime.InteropServices;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests.Kernels;

/// <summary>Blocks against those of gguf-py (tests/references/make_block_references.py).</summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class BlocksTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "blocks");

    public static TheoryData<BlockType> All => [.. Enum.GetValues<BlockType>()];

    [Theory]
    [InlineData(BlockType.F16)]
    [InlineData(BlockType.BF16)]
    [InlineData(BlockType.Q8_0)]
    [InlineData(BlockType.Q4_0)]
    [InlineData(BlockType.Q4_1)]
    [InlineData(BlockType.Q5_0)]
    [InlineData(BlockType.Q5_1)]
    [InlineData(BlockType.Q4_K)]
    [InlineData(BlockType.Q5_K)]
    [InlineData(BlockType.Q6_K)]
    [InlineData(BlockType.IQ4_NL)]
    public void DecodesToTheBitsOfTheOriginal(BlockType type)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Folder, $"{type}.decoded"));
        int count = file.Length / (type.BlockBytes() + 4 * type.BlockLength()) * type.BlockLength();
        ReadOnlySpan<float> expected = MemoryMarshal.Cast<byte, float>(file.AsSpan(file.Length - 4 * count));
        float[] given = Run(count, values => Blocks.Decode(type, file, values));
        for (int i = 0; i < count; i++) Assert.Equal(BitConverter.SingleToUInt32Bits(expected[i] + 0f), BitConverter.SingleToUInt32Bits(given[i] + 0f));
    }

    [Theory]
    [InlineData(BlockType.F16)]
    [InlineData(BlockType.BF16)]
    [InlineData(BlockType.Q8_0)]
    [InlineData(BlockType.Q4_0)]
    [InlineData(BlockType.Q4_1)]
    [InlineData(BlockType.Q5_0)]
    [InlineData(BlockType.Q5_1)]
    public void EncodesToTheBytesOfTheOriginal(BlockType type)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Folder, $"{type}.encoded"));
        float[] values = MemoryMarshal.Cast<byte, float>(file.AsSpan(0, 4 * 160)).ToArray();
        byte[] given = new byte[file.Length - 4 * 160];
        Blocks.Encode(type, values, given);
        Assert.Equal(Convert.ToHexString(file, 4 * 160, given.Length), Convert.ToHexString(given));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void RowsOfOneSignConstantsAndZerosKeepTheirPlace(BlockType type)
    {
        int n = type.BlockLength() == 1 ? 32 : type.BlockLength();
        foreach ((float low, float high) in new[] { (0f, 0f), (2f, 3f), (-3f, -2f), (1.5f, 1.5f), (-0.25f, -0.25f), (-1e-3f, 2f) })
        {
            float[] values = new float[n], back = new float[n];
            for (int i = 0; i < n; i++) values[i] = low + (high - low) * (i * 7 % n) / (n - 1f);
            byte[] blocks = new byte[type.RowBytes(n)];
            Blocks.Encode(type, values, blocks);
            Blocks.Decode(type, blocks, back);
            // A scale without a minimum spends levels on the other sign; sixteen levels over twice the range are off by 1/16 of it at most, rounding of halves aside.
            float range = Math.Max(Math.Abs(low), Math.Abs(high));
            for (int i = 0; i < n; i++) Assert.True(Math.Abs(values[i] - back[i]) <= range * 0.1f, $"{type}: {values[i]} of {low}..{high} became {back[i]}");
        }
    }

    [Fact]
    public void BadLengthsAreNamed()
    {
        Rejects(() => Blocks.Decode(BlockType.Q4_K, new byte[144], new float[255]), "255", "Q4_K", "256");
        Rejects(() => Blocks.Decode(BlockType.Q8_0, new byte[33], new float[32]), "33", "34", "blocks");
        Rejects(() => Blocks.Encode(BlockType.Q4_0, new float[33], new byte[36]), "33", "Q4_0", "32");
        Rejects(() => Blocks.Encode(BlockType.Q4_0, new float[64], new byte[35]), "35", "36", "blocks");
        Rejects(() => Blocks.Encode(BlockType.Q4_0, new float[64], new byte[36], new float[48]), "48", "64", "importance");
        Rejects(() => Blocks.Encode((BlockType)99, new float[32], new byte[400]), "99");
    }
}
