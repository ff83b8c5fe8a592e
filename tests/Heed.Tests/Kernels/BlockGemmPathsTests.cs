using System.Runtime.Intrinsics;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests.Kernels;

/// <summary>Every set of instructions that products with weights in blocks have tiles for; those that the machine lacks run in software.</summary>
[Collection(Threads.Name)]
public sealed unsafe class BlockGemmPathsTests
{
    public static TheoryData<BlockType> Quantised => BlockGemmTests.Quantised;

    [Theory]
    [MemberData(nameof(Quantised))]
    public void EveryPathGivesTheSameBits(BlockType type)
    {
        // Sums of a run are exact on all paths and float sums have one order. (What does not fuse multiply and add differs: then this machine has one path.)
        Assert.SkipUnless(Vector256.IsHardwareAccelerated, "no fused multiply-add");
        int columns = type.BlockLength() == 256 ? 1536 : 1504;
        using BlockProductTests.Stored stored = new(columns, [(type, 35)]);
        float[] x = Values(8 * columns, 1), expected = new float[8 * 35], y = new float[8 * 35];
        for (int i = 0; i < 8; i++) BlockProduct.Multiply(1, x.AsSpan(i * columns, columns), columns, stored.Weight, expected.AsSpan(i * 35), 35);
        foreach (BlockInstructions instructions in Enum.GetValues<BlockInstructions>())
        {
            Array.Fill(y, float.NaN);
            BlockGemm.Multiply(8, x, columns, stored.Weight, y, 35, default, ActivationKind.None, instructions);
            for (int i = 0; i < y.Length; i++)
                if (y[i] != expected[i]) Assert.Fail($"{instructions} at ({i / 35}, {i % 35}): {y[i]}, expected {expected[i]}");
        }
    }

    [Theory]
    [InlineData(BlockType.F32)]
    [InlineData(BlockType.F16)]
    [InlineData(BlockType.BF16)]
    public void PlainWeightsMatchWithEveryWidthOfRegisters(BlockType type)
    {
        const int M = 14, Columns = 417, Rows = 70;
        using BlockProductTests.Stored stored = new(Columns, [(type, Rows)]);
        float[] a = Values(M * Columns, 1), bias = Values(Rows, 2), c = new float[M * Rows];
        fixed (float* pa = a, pc = c, pBias = bias)
            for (int width = 0; width < 4; width++)
            {
                Array.Fill(c, float.NaN);
                BlockMatrix b = stored.Weight.Parts[0];
                switch (width)
                {
                    case 0: MatMul.Stored<Vec512>(M, pa, Columns, b, pc, Rows, pBias, ActivationKind.Relu); break;
                    case 1: MatMul.Stored<Vec256>(M, pa, Columns, b, pc, Rows, pBias, ActivationKind.Relu); break;
                    case 2: MatMul.Stored<Vec128>(M, pa, Columns, b, pc, Rows, pBias, ActivationKind.Relu); break;
                    default: MatMul.Stored<VecPortable>(M, pa, Columns, b, pc, Rows, pBias, ActivationKind.Relu); break;
                }
                for (int i = 0; i < M; i++)
                    for (int r = 0; r < Rows; r++)
                    {
                        double sum = bias[r];
                        for (int k = 0; k < Columns; k++) sum += (double)a[i * Columns + k] * stored.Values[r * Columns + k];
                        Close(Math.Max(sum, 0), c[i * Rows + r], 1e-4, 0, $"{type} width {width} [{i}, {r}]");
                    }
            }
    }

    [Theory]
    [InlineData(BlockType.Q4_0)]
    [InlineData(BlockType.Q8_0)]
    [InlineData(BlockType.Q6_K)]
    public void StripsOfPanelsAndRowsSplitOverPartsMatch(BlockType type)
    {
        const int M = 200, Columns = 256, Rows = 1130;
        using BlockProductTests.Stored stored = new(Columns, [(type, 1100), (type, 30)]);
        float[] x = Values(M * Columns, 1), one = new float[Rows];
        float[] y = Run(M * Rows, y => BlockGemm.Multiply(M, x, Columns, stored.Weight, y, Rows, default, ActivationKind.None));
        for (int i = 0; i < M; i += 33)
        {
            BlockProduct.Multiply(1, x.AsSpan(i * Columns, Columns), Columns, stored.Weight, one, Rows);
            for (int r = 0; r < Rows; r++) Close(one[r], y[i * Rows + r], 1e-5, 1e-6, $"{type} [{i}, {r}]");
        }
    }
}
