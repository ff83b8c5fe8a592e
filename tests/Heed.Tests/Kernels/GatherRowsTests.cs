using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class GatherRowsTests
{
    [Fact]
    public void ForwardAndScatterMatchTheReference()
    {
        foreach ((int n, int rows, int cols) in ((int, int, int)[])[(0, 3, 4), (5, 3, 0), (1, 1, 1), (9, 4, 17), (400, 7, 65), (33, 5, 1000), (1000, 300, 64)])
        {
            int[] ids = new int[n];
            for (int i = 0; i < n; i++) ids[i] = i * i % rows; // many repeat
            float[] table = Values(rows * cols, 1), dy = Values(n * cols, 2);
            float[] y = Run(n * cols, o => GatherRows.Forward(ids, cols, table, o));
            for (int i = 0; i < n; i++) Assert.True(y.AsSpan(i * cols, cols).SequenceEqual(table.AsSpan(ids[i] * cols, cols)));
            double[] expected = new double[rows * cols];
            for (int i = 0; i < expected.Length; i++) expected[i] = table[i];
            Reference.ScatterAdd(ids, cols, dy, expected);
            Close(expected, Run(rows * cols, o => GatherRows.ScatterAdd(ids, cols, dy, o), table), 2e-5, 1e-6, $"{n} {rows} {cols}");
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] table = new float[12], y = new float[8];
        Rejects(() => GatherRows.Forward([0, 3], 4, table, y), "Index 1", "id 3", "3 rows");
        Rejects(() => GatherRows.Forward([-1, 2], 4, table, y), "Index 0", "id -1");
        Rejects(() => GatherRows.ScatterAdd([0, 3], 4, y, table), "Index 1", "id 3");
        Rejects(() => GatherRows.Forward([0, 1, 2], 4, table, y), "8", "12", "y");
        Rejects(() => GatherRows.ScatterAdd([0, 1, 2], 4, y, table), "8", "12", "dy");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        int[] ids = new int[100];
        float[] table = new float[1000], y = new float[100000];
        AllocatesNothing(() => GatherRows.Forward(ids, 1000, table, y));
        AllocatesNothing(() => GatherRows.ScatterAdd(ids, 1000, y, table));
    }
}
