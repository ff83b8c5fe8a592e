using System.Runtime.InteropServices;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests.Kernels;

/// <summary>
/// Many rows times weights in blocks against sums in double precision over the decoded weights and what the activations are rounded to.
/// </summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed unsafe class BlockGemmTests
{
    public static TheoryData<BlockType> All => [.. Enum.GetValues<BlockType>()];

    public static TheoryData<BlockType> Quantised => [.. Enum.GetValues<BlockType>().Where(type => !type.IsPlain())];

    [Theory]
    [MemberData(nameof(All))]
    public void ProductsSumTheRoundedActivationsExactly(BlockType type)
    {
        int block = type.BlockLength();
        Check(13, Math.Max(block, 64), [(type, 21)], pad: 3, bias: true, ActivationKind.GeluTanh);
        Check(7, block == 256 ? 1536 : 1504, [(type, 5)]); // several blocks of runs
    }

    [Fact]
    public void StackedMatricesOfSeveralTypesMatch() =>
        Check(9, 256, [(BlockType.Q4_K, 12), (BlockType.F16, 3), (BlockType.Q8_0, 10), (BlockType.Q6_K, 4), (BlockType.BF16, 5)], pad: 1, bias: true, ActivationKind.Silu);

    [Theory]
    [MemberData(nameof(Quantised))]
    public void ExtremeIntegersDoNotOverflow(BlockType type)
    {
        // All bits of the integers set or clear, all signs, and activations that round to ±127: each sum is as long as it can be.
        int columns = 256, rows = 4, bytes = (int)type.RowBytes(columns);
        byte* memory = (byte*)NativeMemory.Alloc((nuint)(rows * bytes));
        try
        {
            for (int r = 0; r < rows; r++)
                for (int i = 0; i < bytes; i++) memory[r * bytes + i] = (byte)(r == 0 ? 0xFF : r == 1 ? 0 : r == 2 ? 0x80 : 0x7F);
            for (int r = 0; r < rows; r++)
                for (int b = 0; b < columns / type.BlockLength(); b++)
                {
                    byte* start = memory + r * bytes + b * type.BlockBytes();
                    Half one = (Half)1;
                    byte* d = type == BlockType.Q6_K ? start + 208 : start;
                    *(Half*)d = one;
                    if (type is BlockType.Q4_1 or BlockType.Q5_1 or BlockType.Q4_K or BlockType.Q5_K) *(Half*)(d + 2) = one;
                }
            BlockMatrix matrix = new(type, rows, columns, memory);
            float[] weights = new float[rows * columns];
            Blocks.Decode(type, new(memory, rows * bytes), weights);
            float[] x = new float[3 * columns];
            for (int i = 0; i < columns; i++) (x[i], x[columns + i], x[2 * columns + i]) = (1, -1, i % 2 == 0 ? 1 : -1);
            float[] y = new float[3 * rows];
            BlockGemm.Multiply(3, x, columns, new BlockWeight([matrix], this), y, rows, default, ActivationKind.None);
            for (int i = 0; i < 3; i++)
                for (int r = 0; r < rows; r++)
                {
                    double sum = 0, size = 0;
                    for (int k = 0; k < columns; k++)
                    {
                        sum += (double)x[i * columns + k] * weights[r * columns + k];
                        size += Math.Abs(weights[r * columns + k]);
                    }
                    Assert.Equal(sum, y[i * rows + r], 1e-6 * size + 1e-6);
                }
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ARowDoesNotDependOnTheNumberOfRows(BlockType type)
    {
        const int Columns = 256, Rows = 18, Many = 19;
        using BlockProductTests.Stored stored = new(Columns, [(type, Rows)]);
        float[] x = Values(Many * Columns, 5), all = new float[Many * Rows];
        BlockGemm.Multiply(Many, x, Columns, stored.Weight, all, Rows, default, ActivationKind.None);
        foreach (int m in new[] { 1, 6, 9 })
        {
            float[] some = new float[m * Rows];
            BlockGemm.Multiply(m, x, Columns, stored.Weight, some, Rows, default, ActivationKind.None);
            Assert.Equal(all[..some.Length], some);
            // From another place in the batch.
            BlockGemm.Multiply(m, x.AsSpan(7 * Columns), Columns, stored.Weight, some, Rows, default, ActivationKind.None);
            Assert.Equal(all[(7 * Rows)..(7 * Rows + some.Length)], some);
        }
    }

    [Theory]
    [MemberData(nameof(Quantised))]
    public void ARowAloneAndInABatchGivesTheSameBits(BlockType type)
    {
        int columns = 3 * type.BlockLength();
        using BlockProductTests.Stored stored = new(columns, [(type, 21)]);
        float[] x = Values(16 * columns, 8), bias = Values(21, 9), all = new float[16 * 21], one = new float[21];
        BlockGemm.Multiply(16, x, columns, stored.Weight, all, 21, bias, ActivationKind.Silu);
        for (int i = 0; i < 16; i++)
        {
            BlockProduct.Multiply(1, x.AsSpan(i * columns, columns), columns, stored.Weight, one, 21, bias, ActivationKind.Silu);
            Assert.Equal(all[(i * 21)..(i * 21 + 21)], one);
        }
    }

    [Fact]
    public void AnEmptySumIsTheBias()
    {
        BlockWeight weight = new([new BlockMatrix(BlockType.Q4_0, 3, 0, null), new BlockMatrix(BlockType.F16, 2, 0, null)], this);
        float[] y = new float[9 * 5], bias = Values(5, 1);
        Array.Fill(y, float.NaN);
        BlockGemm.Multiply(9, default, 0, weight, y, 5, bias, ActivationKind.None);
        for (int i = 0; i < y.Length; i++) Assert.Equal(bias[i % 5], y[i]);
    }

    [Fact]
    public void RowsWithoutFiniteScalesStayApart()
    {
        using BlockProductTests.Stored stored = new(64, [(BlockType.Q8_0, 20), (BlockType.Q4_0, 20)]);
        float[] x = Values(8 * 64, 6), y = new float[8 * 40];
        x[64 + 3] = float.NaN;
        x[2 * 64 + 40] = float.PositiveInfinity;
        x.AsSpan(3 * 64, 64).Fill(1e-42f);
        x.AsSpan(4 * 64, 64).Clear();
        BlockGemm.Multiply(8, x, 64, stored.Weight, y, 40, default, ActivationKind.None);
        for (int i = 0; i < 8; i++)
            for (int r = 0; r < 40; r++)
                if (i is 1 or 2) Assert.True(float.IsNaN(y[i * 40 + r]));
                else if (i is 3 or 4) Assert.Equal(0, y[i * 40 + r], 1e-30f);
                else Assert.True(float.IsFinite(y[i * 40 + r]));
    }

    private static void Check(int m, int columns, (BlockType, int)[] parts, int pad = 0, bool bias = false, ActivationKind activation = ActivationKind.None)
    {
        using BlockProductTests.Stored stored = new(columns, parts);
        int rows = stored.Weight.Rows, xStride = columns + pad, yStride = rows + pad;
        float[] x = Values(m * xStride, 2), offsets = bias ? Values(rows, 3) : [];
        float[] given = Run(m * yStride, y => BlockGemm.Multiply(m, x, xStride, stored.Weight, y, yStride, offsets, activation), new float[m * yStride]);
        double[] rounded = Rounded(m, columns, x, xStride);
        for (int i = 0; i < m; i++)
        {
            for (int r = 0; r < rows; r++)
            {
                double exact = bias ? offsets[r] : 0, sum = exact, size = 0, squares = 0;
                for (int k = 0; k < columns; k++)
                {
                    double w = stored.Values[r * columns + k], a = x[i * xStride + k];
                    exact += a * w;
                    sum += (stored.Types[r].IsPlain() ? a : rounded[i * columns + k]) * w;
                    size += Math.Abs(a * w);
                    squares += a * w * (a * w);
                }
                string where = $"{stored.Types[r]} m = {m} [{i}, {r}]";
                float value = given[i * yStride + r];
                Close(Reference.Activation(activation, sum), value, 3e-6 * (size + 1), 2e-6, where);
                Close(Reference.Activation(activation, exact), value, 0.02 * Math.Sqrt(squares) + 1e-5, 1e-5, where);
            }
            for (int p = 0; p < pad; p++) Assert.Equal(0, given[i * yStride + rows + p]);
        }
    }

    /// <summary>Activations as the definition rounds them: 127 steps up to the largest of each 32.</summary>
    private static double[] Rounded(int m, int columns, float[] x, int stride)
    {
        double[] rounded = new double[m * columns];
        for (int i = 0; i < m; i++)
            for (int run = 0; run < columns; run += 32)
            {
                ReadOnlySpan<float> values = x.AsSpan(i * stride + run, Math.Min(32, columns - run));
                float max = 0;
                foreach (float v in values) max = Math.Max(max, Math.Abs(v));
                for (int k = 0; k < values.Length; k++)
                    rounded[i * columns + run + k] = max == 0 ? 0 : Math.Round(values[k] * (127 / max), MidpointRounding.ToEven) * (max / 127);
            }
        return rounded;
    }
}
