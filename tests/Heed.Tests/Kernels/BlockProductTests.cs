using System.Runtime.InteropServices;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests.Kernels;

/// <summary>Products with weights in blocks, and rows of them, against decoded rows and sums in double precision.</summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed unsafe class BlockProductTests
{
    public static TheoryData<BlockType> All => [.. Enum.GetValues<BlockType>()];

    [Theory]
    [MemberData(nameof(All))]
    public void ProductsMatchDecodedRows(BlockType type)
    {
        int block = type.BlockLength();
        foreach ((int m, int rows, int columns) in new[] { (1, 8, block), (3, 13, 3 * block), (8, 1, 2 * block), (0, 8, block), (2, 0, block), (1, 40, block == 1 ? 133 : 2 * block) })
            Check(m, columns, [(type, rows)], pad: 3, bias: rows == 13, m == 3 ? ActivationKind.GeluTanh : ActivationKind.None);
    }

    [Fact]
    public void StackedMatricesOfSeveralTypesMatch() => Check(2, 256, [(BlockType.Q4_K, 9), (BlockType.F16, 3), (BlockType.Q8_0, 20), (BlockType.Q6_K, 8)], pad: 0, bias: true, ActivationKind.Silu);

    [Theory]
    [MemberData(nameof(All))]
    public void ARowIsTheSameBitsInEveryBatchRepackedOrNotOnAllInstructions(BlockType type)
    {
        int columns = type.BlockLength() == 1 ? 70 : 1024 + type.BlockLength(), rows = 11;
        using Stored stored = new(columns, [(type, rows)]);
        float[] x = Values(3 * columns, 5), alone = new float[rows];
        float[] batch = Run(3 * rows, y => BlockProduct.Multiply(3, x, columns, stored.Weight, y, rows));
        for (int i = 0; i < 3; i++)
        {
            BlockProduct.Multiply(1, x.AsSpan(i * columns), columns, stored.Weight, alone, rows);
            Assert.Equal(batch[(i * rows)..((i + 1) * rows)], alone);
        }
        if (!type.IsPlain())
        {
            // Many rows, which go another way, too.
            float[] many = new float[9 * rows];
            x.CopyTo(x = new float[9 * columns], 6 * columns);
            BlockProduct.Multiply(9, x, columns, stored.Weight, many, rows);
            Assert.Equal(batch, many[(6 * rows)..]);
            x = x[(6 * columns)..];
        }
        Assert.Equal(0, stored.Weight.RepackedBytes);
        stored.Weight.Repack();
        Assert.Equal(type.IsPlain(), stored.Weight.RepackedBytes == 0);
        Assert.Equal(batch, Run(3 * rows, y => BlockProduct.Multiply(3, x, columns, stored.Weight, y, rows)));
        foreach (BlockLanes lanes in Enum.GetValues<BlockLanes>())
            foreach (int m in (int[])[1, 2])
            {
                float[] given = new float[m * rows];
                fixed (float* px = x, py = given) BlockFewRows.Multiply(lanes, m, px, columns, stored.Weight, py, rows, null, ActivationKind.None);
                Assert.Equal(batch[..given.Length], given);
            }
    }

    [Fact]
    public void ExtremeWeightsAndActivationsDoNotOverflowTheirSums()
    {
        foreach (BlockType type in Enum.GetValues<BlockType>().Where(type => !type.IsPlain()))
        {
            int columns = type.BlockLength();
            byte[] blocks = [.. Enumerable.Repeat((byte)(type == BlockType.Q8_0 ? 0x80 : 0xFF), type.BlockBytes())];
            foreach (int half in type switch { BlockType.Q6_K => (int[])[208], BlockType.Q4_1 or BlockType.Q5_1 or BlockType.Q4_K or BlockType.Q5_K => [0, 2], _ => [0] })
                (blocks[half], blocks[half + 1]) = (0, 0x3C); // 1
            if (type == BlockType.Q6_K) blocks.AsSpan(192, 16).Fill(0x80);
            float[] values = new float[columns], x = new float[columns], y = new float[1];
            Blocks.Decode(type, blocks, values);
            Array.Fill(x, -127);
            fixed (byte* p = blocks)
            {
                BlockWeight weight = new([new(type, 1, columns, p)], blocks);
                foreach (BlockLanes lanes in Enum.GetValues<BlockLanes>())
                {
                    fixed (float* px = x, py = y) BlockFewRows.Multiply(lanes, 1, px, columns, weight, py, 1, null, ActivationKind.None);
                    Close(values.Sum(v => -127.0 * v), y[0], 0, 1e-6, $"{type} {lanes}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void GatheredRowsAreDecodedRows(BlockType type)
    {
        int columns = type.BlockLength() * 3;
        using Stored stored = new(columns, [(type, 5), (BlockType.F32, 2)]);
        int[] ids = [.. Enumerable.Range(0, 300).Select(i => i * 5 % 7)];
        float[] given = Run(ids.Length * columns, y => BlockProduct.Gather(stored.Weight, ids, y));
        for (int i = 0; i < given.Length; i++) Assert.Equal(stored.Values[ids[i / columns] * columns + i % columns], given[i]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheWayBackMatchesDecodedRows(BlockType type)
    {
        int columns = type.BlockLength() == 1 ? 37 : type.BlockLength();
        using Stored stored = new(columns, [(type, 19), (BlockType.F32, 3)]);
        foreach ((int m, bool accumulate) in new[] { (1, true), (9, false) })
        {
            int xStride = 22 + 2, yStride = columns + 3;
            float[] x = Values(m * xStride, 2), start = Values(m * yStride, 3);
            float[] given = Run(m * yStride, y => BlockProduct.MultiplyPlain(m, x, xStride, stored.Weight, y, yStride, accumulate), start);
            for (int i = 0; i < m; i++)
                for (int k = 0; k < yStride; k++)
                {
                    double sum = accumulate || k >= columns ? start[i * yStride + k] : 0;
                    for (int r = 0; r < 22 && k < columns; r++) sum += (double)x[i * xStride + r] * stored.Values[r * columns + k];
                    Close(sum, given[i * yStride + k], 2e-5, 1e-5, $"{type} m = {m} [{i}, {k}]");
                }
        }
    }

    [Fact]
    public void TheWayBackCutsLongMatricesIntoPieces()
    {
        using Stored stored = new(32, [(BlockType.Q8_0, 1500)]);
        float[] x = Values(2 * 1500, 2), given = new float[2 * 32];
        BlockProduct.MultiplyPlain(2, x, 1500, stored.Weight, given, 32);
        for (int i = 0; i < given.Length; i++)
            Close(Enumerable.Range(0, 1500).Sum(r => (double)x[i / 32 * 1500 + r] * stored.Values[r * 32 + i % 32]), given[i], 1e-3, 1e-5, $"[{i}]");
        Rejects(() => BlockProduct.MultiplyPlain(2, new float[2999], 1500, stored.Weight, given, 32), "2999", "3000");
        Rejects(() => BlockProduct.MultiplyPlain(2, x, 1500, stored.Weight, new float[63], 32), "63", "64");
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        using Stored stored = new(64, [(BlockType.Q8_0, 4)]);
        BlockWeight weight = stored.Weight;
        Rejects(() => BlockProduct.Multiply(2, new float[127], 64, weight, new float[8], 4), "127", "128");
        Rejects(() => BlockProduct.Multiply(2, new float[128], 63, weight, new float[8], 4), "63", "64");
        Rejects(() => BlockProduct.Multiply(2, new float[128], 64, weight, new float[7], 4), "7", "8");
        Rejects(() => BlockProduct.Multiply(2, new float[128], 64, weight, new float[8], 4, new float[3]), "3", "4", "bias");
        Rejects(() => BlockProduct.Multiply(-1, new float[128], 64, weight, new float[8], 4), "-1");
        Rejects(() => BlockProduct.Gather(weight, [0, 4], new float[128]), "Index 1", "id 4", "[0, 4)");
        Rejects(() => BlockProduct.Gather(weight, [0, 1], new float[127]), "127", "128");
        Rejects(() => _ = new BlockWeight([], new object()), "none");
        Rejects(() => _ = new BlockWeight([new(BlockType.F32, 1, 4, null), new(BlockType.F32, 1, 5, null)], new object()), "4", "5");
        Rejects(() => _ = new BlockMatrix(BlockType.Q4_K, 1, 128, null), "128", "256");
    }

    private static void Check(int m, int columns, (BlockType, int)[] parts, int pad, bool bias, ActivationKind activation)
    {
        using Stored stored = new(columns, parts);
        int rows = stored.Weight.Rows, xStride = columns + pad, yStride = rows + pad;
        float[] x = Values(m * xStride, 2), offsets = bias ? Values(rows, 3) : [];
        float[] given = Run(m * yStride, y => BlockProduct.Multiply(m, x, xStride, stored.Weight, y, yStride, offsets, activation), new float[m * yStride]);
        for (int i = 0; i < m; i++)
        {
            for (int r = 0; r < rows; r++)
            {
                double sum = bias ? offsets[r] : 0, size = 0;
                for (int k = 0; k < columns; k++)
                {
                    double term = (double)x[i * xStride + k] * stored.Values[r * columns + k];
                    sum += term;
                    size += term * term;
                }
                // Activations of 8 bits are off by half of 1/127 of a block's largest value at most.
                double off = stored.Types[r].IsPlain() ? 1e-5 : 0.02;
                Close(Reference.Activation(activation, sum), given[i * yStride + r], 1e-5 + off * Math.Sqrt(size), 1e-5, $"{stored.Types[r]} m = {m} [{i}, {r}]");
            }
            for (int p = 0; p < pad && i < m; p++) Assert.Equal(0, given[i * yStride + rows + p]);
        }
    }

    /// <summary>Random weights, encoded, in memory outside of the heap that ends where the blocks end.</summary>
    internal sealed class Stored : IDisposable
    {
        private readonly byte* memory;

        public Stored(int columns, (BlockType Type, int Rows)[] parts)
        {
            long bytes = parts.Sum(part => part.Rows * part.Type.RowBytes(columns));
            memory = (byte*)NativeMemory.Alloc((nuint)bytes);
            List<BlockMatrix> matrices = [];
            List<float> values = [];
            byte* next = memory;
            foreach ((BlockType type, int rows) in parts)
            {
                BlockMatrix matrix = new(type, rows, columns, next);
                Span<byte> blocks = new(next, (int)(rows * matrix.RowBytes));
                float[] back = new float[rows * columns];
                Blocks.Encode(type, KernelTest.Values(rows * columns, rows), blocks);
                Blocks.Decode(type, blocks, back);
                values.AddRange(back);
                matrices.Add(matrix);
                Types.AddRange(Enumerable.Repeat(type, rows));
                next += blocks.Length;
            }
            Values = [.. values];
            Weight = new(CollectionsMarshal.AsSpan(matrices), this);
        }

        public BlockWeight Weight { get; }
        public float[] Values { get; }
        public List<BlockType> Types { get; } = [];

        public void Dispose() => NativeMemory.Free(memory);
    }
}
