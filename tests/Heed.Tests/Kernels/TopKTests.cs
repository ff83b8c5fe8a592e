using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class TopKTests
{
    [Fact]
    public void TheGreatestOfEveryRowInOrder()
    {
        foreach ((int rows, int cols, int k) in ((int, int, int)[])[(0, 3, 1), (1, 1, 1), (2, 5, 5), (3, 64, 2), (2, 65, 7), (7, 1000, 8), (5, 4097, 64), (300, 130, 3)])
        {
            float[] x = [.. Values(rows * cols, 1, 4f).Select(v => MathF.Round(v * 8) / 8)]; // many equal ones
            for (int i = 0; i < x.Length; i += 11) x[i] = float.NegativeInfinity;
            int[] ids = new int[rows * k];
            float[] values = Run(rows * k, o => TopK.Forward(rows, cols, x, k, o, ids));
            for (int r = 0; r < rows; r++)
            {
                int[] expected = [.. Enumerable.Range(0, cols).OrderByDescending(c => x[r * cols + c]).ThenBy(c => c).Take(k)];
                Assert.Equal(expected, ids[(r * k)..((r + 1) * k)]);
                Assert.Equal(expected.Select(c => x[r * cols + c]), values[(r * k)..((r + 1) * k)]);
            }
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] x = new float[6], values = new float[4];
        int[] ids = new int[4];
        Rejects(() => TopK.Forward(2, 3, x, 0, values, ids), "k is 0", "1 to 3");
        Rejects(() => TopK.Forward(2, 3, x, 4, values, ids), "k is 4");
        Rejects(() => TopK.Forward(3, 3, x, 1, values, ids), "6", "9", "x");
        Rejects(() => TopK.Forward(2, 3, x, 3, values, new int[6]), "4", "6", "values");
        Rejects(() => TopK.Forward(2, 3, x, 2, values, new int[3]), "3", "4", "indices");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), values = new float[4000];
        int[] ids = new int[4000];
        AllocatesNothing(() => TopK.Forward(400, 100, x, 10, values, ids));
    }
}
