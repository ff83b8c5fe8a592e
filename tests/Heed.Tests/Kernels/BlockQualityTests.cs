using System.Text.Json;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests.Kernels;

/// <summary>The error of the encoders against that of llama.cpp's quantiser (tests/references/make_block_references.py), and long spans.</summary>
[Collection(Threads.Name)]
public sealed class BlockQualityTests
{
    public static TheoryData<BlockType> All => [.. Enum.GetValues<BlockType>()];

    public static TheoryData<BlockType> Quantised => [.. Enum.GetValues<BlockType>().Where(type => !type.IsPlain())];

    [Theory]
    [MemberData(nameof(Quantised))]
    public void TheErrorIsNoMoreThanThatOfTheOriginal(BlockType type)
    {
        using JsonDocument errors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "blocks", "errors.json")));
        (float[] normal, float[] heavy) = Rows(4096);
        float[] importance = [.. Enumerable.Range(0, 4096).Select(i => 0.2f + 2.8f * i / 4095)];
        foreach ((string shape, float[] values) in new[] { ("normal", normal), ("heavy", heavy) })
        {
            Check($"{shape} {type}", values, []);
            Check($"{shape} {type} importance", values, importance);
        }

        void Check(string name, float[] values, float[] weights)
        {
            byte[] blocks = new byte[type.RowBytes(values.Length)];
            Blocks.Encode(type, values, blocks, weights);
            float[] back = new float[values.Length];
            Blocks.Decode(type, blocks, back);
            double sum = 0, total = 0;
            for (int i = 0; i < values.Length; i++)
            {
                double weight = weights.Length == 0 ? 1 : weights[i];
                sum += weight * (back[i] - values[i]) * (back[i] - values[i]);
                total += weight;
            }
            double error = Math.Sqrt(sum / total), original = errors.RootElement.GetProperty(name).GetDouble();
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {error:G5}, {error / original:F4} of the original's");
            Assert.True(error <= 1.02 * original, $"{name}: error {error:G5}, the original's is {original:G5}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void LongSpansAreTheSameOnEveryNumberOfThreadsAndInPieces(BlockType type)
    {
        const int n = 3 * 8192 + 512;
        float[] values = Values(n, 4);
        byte[] blocks = new byte[type.RowBytes(n)], piece = new byte[type.RowBytes(512)];
        Blocks.Encode(type, values, blocks);
        float[] decoded = Run(n, o => Blocks.Decode(type, blocks, o));
        float[] some = new float[512];
        foreach (int start in (int[])[0, 8192 - 256 * 1, n - 512])
        {
            Blocks.Encode(type, values.AsSpan(start, 512), piece);
            Assert.True(piece.AsSpan().SequenceEqual(blocks.AsSpan((int)type.RowBytes(start), piece.Length)));
            Blocks.Decode(type, piece, some);
            Assert.Equal(decoded[start..(start + 512)], some);
        }
    }

    /// <summary>The rows of the reference script: splitmix64 from seed 1, Box-Muller.</summary>
    private static (float[] Normal, float[] Heavy) Rows(int count)
    {
        ulong state = 1;
        float[] normal = new float[count], heavy = new float[count];
        for (int i = 0; i < count; i++) normal[i] = (float)Normal();
        for (int i = 0; i < count; i++) heavy[i] = (float)(Normal() * Math.Exp(Normal()));
        return (normal, heavy);

        double Normal()
        {
            double radius = Math.Sqrt(-2 * Math.Log(Uniform()));
            return radius * Math.Cos(2 * Math.PI * Uniform());
        }

        double Uniform()
        {
            ulong z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (((z ^ (z >> 31)) >> 11) + 0.5) / (1L << 53);
        }
    }
}
