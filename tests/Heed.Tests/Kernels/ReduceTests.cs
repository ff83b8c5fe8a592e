using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class ReduceTests
{
    [Fact]
    public void ColumnSumMatchesTheReference()
    {
        foreach ((int rows, int cols) in ((int, int)[])[(0, 3), (3, 0), (1, 1), (2, 5), (7, 17), (4096, 3), (5, 20001), (1001, 65), (260, 1500)])
        {
            foreach (int pad in (int[])[0, 9])
            {
                int stride = cols + pad;
                float[] x = Values(rows == 0 ? 0 : (rows - 1) * stride + cols, 1), start = Values(cols, 2);
                double[] expected = new double[cols];
                Reference.ColumnSum(rows, cols, x, stride, expected);
                Close(expected, Run(cols, o => Reduce.ColumnSum(rows, cols, x, stride, o, false)), 2e-5, 1e-6, $"{rows}x{cols}");
                for (int i = 0; i < cols; i++) expected[i] += start[i];
                Close(expected, Run(cols, o => Reduce.ColumnSum(rows, cols, x, stride, o, true), start), 2e-5, 1e-6, $"{rows}x{cols} added");
            }
        }
    }

    [Fact]
    public void SumsMatchDoubleSumsForEveryTeam()
    {
        foreach (int n in Sizes)
        {
            float[] x = Values(n, 1, 100f);
            double sum = 0, squares = 0, size = 0;
            foreach (float v in x)
            {
                sum += v;
                squares += (double)v * v;
                size += Math.Abs(v);
            }
            double given = 0, givenSquares = 0;
            // Run compares floats: two of them hold the bits of a double.
            Run(4, o =>
            {
                given = Reduce.Sum(x);
                givenSquares = Reduce.SumOfSquares(x);
                for (int i = 0; i < 4; i++)
                    o[i] = BitConverter.Int32BitsToSingle((int)(BitConverter.DoubleToInt64Bits(i < 2 ? given : givenSquares) >> (32 * (i % 2))));
            });
            Assert.InRange(given, sum - 1e-13 * size, sum + 1e-13 * size);
            Assert.InRange(givenSquares, squares * (1 - 1e-13), squares * (1 + 1e-13));
        }
        Assert.Equal(0, Reduce.Sum([]));
        Assert.Equal(3e60, Reduce.SumOfSquares([1e30f, -1e30f, 1e30f]), 1e54);
        Assert.True(double.IsNaN(Reduce.Sum([1f, float.NaN, 2f])));
    }

    [Fact]
    public void AllFiniteFindsEveryPlace()
    {
        foreach (int n in Sizes)
        {
            float[] x = Values(n, 1, float.MaxValue);
            Assert.True(Reduce.AllFinite(x));
            for (int i = 0; i < n; i += Math.Max(1, n / 50))
            {
                float keep = x[i];
                foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
                {
                    x[i] = bad;
                    Assert.False(Reduce.AllFinite(x));
                }
                x[i] = keep;
            }
        }
    }

    [Fact]
    public void ArgMaxIsTheFirstGreatest()
    {
        foreach (int n in Sizes.Where(n => n > 0))
        {
            float[] x = Values(n, 1);
            for (int i = 0; i < n; i++) x[i] = MathF.Round(x[i] * 50); // many equal
            Assert.Equal(Reference.ArgMax(x), Reduce.ArgMax(x));
            Array.Fill(x, float.NegativeInfinity);
            Assert.Equal(0, Reduce.ArgMax(x));
            for (int i = 0; i < n; i += Math.Max(1, n / 20))
            {
                float[] y = Values(n, 2);
                y[i] = 2f;
                y[n - 1] = i == n - 1 ? 3f : 2f;
                Assert.Equal(i, Reduce.ArgMax(y));
                y[i] = float.PositiveInfinity;
                y[n / 2] = i == n / 2 ? float.PositiveInfinity : float.NegativeInfinity;
                Assert.Equal(i, Reduce.ArgMax(y));
                y[i] = float.NaN;
                Assert.Equal(i, Reduce.ArgMax(y));
            }
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        Rejects(() => Reduce.ArgMax([]), "0", "1");
        Rejects(() => Reduce.ColumnSum(2, 3, new float[5], 3, new float[3], false), "5", "6", "x");
        Rejects(() => Reduce.ColumnSum(2, 3, new float[6], 3, new float[2], false), "2", "3", "y");
        Rejects(() => Reduce.ColumnSum(-2, 3, new float[6], 3, new float[2], false), "rows", "-2");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(100000, 1), y = new float[100];
        AllocatesNothing(() => Reduce.ColumnSum(1000, 100, x, 100, y, false));
        AllocatesNothing(() => Reduce.Sum(x));
        AllocatesNothing(() => Reduce.ArgMax(x));
        AllocatesNothing(() => Reduce.AllFinite(x));
    }
}
