using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class ElementwiseTests
{
    [Fact]
    public void ArithmeticMatchesTheReference()
    {
        foreach (int n in Sizes)
        {
            float[] x = Values(n, 1), y = Values(n, 2), expected = new float[n];
            Reference.Map((a, b) => a + b, x, y, expected);
            Assert.Equal(expected, Run(n, o => Elementwise.Add(x, y, o)));
            Assert.Equal(expected, Run(n, o => Elementwise.Add(o, y, o), x));
            Assert.Equal(expected, Run(n, o => Elementwise.Add(x, o, o), y));
            Reference.Map((a, b) => a - b, x, y, expected);
            Assert.Equal(expected, Run(n, o => Elementwise.Subtract(x, y, o)));
            Reference.Map((a, b) => a * b, x, y, expected);
            Assert.Equal(expected, Run(n, o => Elementwise.Multiply(x, y, o)));
            Reference.Map((a, _) => a * 0.3f, x, x, expected);
            Assert.Equal(expected, Run(n, o => Elementwise.Scale(x, 0.3f, o)));
            Assert.Equal(expected, Run(n, o => Elementwise.Scale(o, 0.3f, o), x));
            Reference.Map((a, b) => b + 0.3f * a, x, y, expected);
            float[] z = Run(n, o => Elementwise.AddScaled(0.3f, x, o), y);
            for (int i = 0; i < n; i++) Close(expected[i], z[i], 1e-7, 1e-7, "AddScaled");
            float[] filled = Run(n, o => Elementwise.Fill(o, 2.5f));
            Assert.True(Array.TrueForAll(filled, v => v == 2.5f));
        }
    }

    [Fact]
    public void OverflowAndSpecialValuesFollowTheFloatRules()
    {
        float[] x = [float.MaxValue, float.PositiveInfinity, float.NaN, -0f, 1e-45f], y = [float.MaxValue, float.NegativeInfinity, 1f, -0f, -1e-45f];
        float[] z = new float[5];
        Elementwise.Add(x, y, z);
        Assert.Equal([float.PositiveInfinity, float.NaN, float.NaN, -0f, 0f], z);
    }

    [Fact]
    public void AddRowAndCopy2DMatchLoops()
    {
        foreach ((int rows, int cols) in ((int, int)[])[(0, 3), (3, 0), (1, 1), (7, 5), (33, 17), (3, 20001), (1001, 65)])
        {
            float[] x = Values(rows * cols, 1), row = Values(cols, 2), expected = new float[rows * cols];
            for (int i = 0; i < expected.Length; i++) expected[i] = x[i] + row[i % cols];
            Assert.Equal(expected, Run(rows * cols, o => Elementwise.AddRow(rows, cols, x, row, o)));
            Assert.Equal(expected, Run(rows * cols, o => Elementwise.AddRow(rows, cols, o, row, o), x));

            int from = cols + 3, to = cols + 5, length = rows == 0 ? 0 : (rows - 1) * to + cols;
            float[] source = Values(rows == 0 ? 0 : (rows - 1) * from + cols, 3), start = Values(length, 4), target = (float[])start.Clone();
            for (int r = 0; r < rows; r++)
                for (int i = 0; i < cols; i++)
                    target[r * to + i] = source[r * from + i];
            Assert.Equal(target, Run(length, o => Elementwise.Copy2D(rows, cols, source, from, o, to), start));
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] five = new float[5], four = new float[4];
        Rejects(() => Elementwise.Add(five, four, five), "4", "5");
        Rejects(() => Elementwise.Add(five, five, four), "4", "5");
        Rejects(() => Elementwise.Scale(five, 1f, four), "4", "5");
        Rejects(() => Elementwise.AddRow(2, 3, five, four, new float[6]), "5", "6", "x");
        Rejects(() => Elementwise.AddRow(2, -3, five, four, five), "cols");
        Rejects(() => Elementwise.Copy2D(2, 3, five, 2, five, 3), "2", "3", "stride");
        Rejects(() => Elementwise.Copy2D(2, 2, five, 3, four, 3), "4", "5", "target");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), y = new float[40000];
        AllocatesNothing(() => Elementwise.Add(x, x, y));
        AllocatesNothing(() => Elementwise.AddRow(400, 100, x, x, y));
        AllocatesNothing(() => Elementwise.Fill(y, 1f));
        AllocatesNothing(() => Elementwise.Copy2D(400, 90, x, 100, y, 95));
    }
}
