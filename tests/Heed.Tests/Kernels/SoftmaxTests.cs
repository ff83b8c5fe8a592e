using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class SoftmaxTests
{
    private static readonly (int Rows, int Cols)[] Shapes = [(0, 3), (3, 0), (1, 1), (2, 5), (7, 17), (5, 64), (301, 65), (3, 20001)];

    [Fact]
    public void ForwardAndBackwardMatchTheReference()
    {
        foreach ((int rows, int cols) in Shapes)
        {
            float[] x = Values(rows * cols, 1, 20f), dy = Values(rows * cols, 2);
            for (int i = 0; i < x.Length; i += 7) x[i] = float.NegativeInfinity;
            double[] y = new double[rows * cols], log = new double[rows * cols], dx = new double[rows * cols];
            for (int r = 0; r < rows; r++)
            {
                Reference.SoftmaxRow(x.AsSpan(r * cols, cols), y.AsSpan(r * cols, cols));
                double lse = Reference.LogSumExp(x.AsSpan(r * cols, cols));
                for (int i = r * cols; i < (r + 1) * cols; i++) log[i] = double.IsNegativeInfinity(lse) ? lse : x[i] - lse;
            }
            float[] actual = Run(rows * cols, o => Softmax.Forward(rows, cols, x, o));
            Close(y, actual, 1e-9, 3e-6, $"softmax {rows}x{cols}");
            for (int i = 0; i < x.Length; i++) if (float.IsNegativeInfinity(x[i])) Assert.Equal(0f, actual[i]);
            Assert.Equal(actual, Run(rows * cols, o => Softmax.Forward(rows, cols, o, o), x));
            Close(log, Run(rows * cols, o => Softmax.LogForward(rows, cols, x, o)), 2e-6, 3e-7, $"log softmax {rows}x{cols}");
            for (int r = 0; r < rows; r++)
                Reference.SoftmaxBackwardRow(actual.AsSpan(r * cols, cols), dy.AsSpan(r * cols, cols), dx.AsSpan(r * cols, cols));
            float[] gradient = Run(rows * cols, o => Softmax.Backward(rows, cols, actual, dy, o));
            Close(dx, gradient, 2e-7, 2e-6, $"gradient {rows}x{cols}");
            Assert.Equal(gradient, Run(rows * cols, o => Softmax.Backward(rows, cols, actual, o, o), dy));
        }
    }

    [Fact]
    public void ExtremeRows()
    {
        const float inf = float.PositiveInfinity;
        float[] y = new float[3];
        Softmax.Forward(1, 3, [-inf, -inf, -inf], y);
        Assert.Equal([0f, 0f, 0f], y);
        Softmax.LogForward(1, 3, [-inf, -inf, -inf], y);
        Assert.Equal([-inf, -inf, -inf], y);
        Softmax.Forward(1, 3, [1f, 2f, 1000f], y);
        Assert.Equal([0f, 0f, 1f], y);
        Softmax.Forward(1, 3, [1e30f, -1e30f, 1e30f], y);
        Assert.Equal([0.5f, 0f, 0.5f], y);
        Softmax.LogForward(1, 3, [1e30f, -1e30f, 0f], y);
        Assert.Equal([0f, -2e30f, -1e30f], y);
        Softmax.Forward(1, 3, [-1e30f, -1e30f, -inf], y);
        Assert.Equal([0.5f, 0.5f, 0f], y);
        foreach (float[] row in (float[][])[[1f, float.NaN, 2f], [-inf, float.NaN, -inf], [float.NaN, -inf, -inf], [-inf, -inf, float.NaN]])
        {
            Softmax.Forward(1, 3, row, y);
            Assert.True(Array.TrueForAll(y, float.IsNaN));
            float[] wide = Values(100, 1);
            row.CopyTo(wide, 40);
            float[] z = new float[100];
            Softmax.Forward(1, 100, wide, z);
            Assert.True(Array.TrueForAll(z, float.IsNaN));
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        Rejects(() => Softmax.Forward(2, 3, new float[5], new float[6]), "5", "6");
        Rejects(() => Softmax.Forward(2, 3, new float[6], new float[5]), "5", "6");
        Rejects(() => Softmax.Backward(2, 3, new float[6], new float[5], new float[6]), "5", "6");
        Rejects(() => Softmax.LogForward(-2, 3, new float[6], new float[5]), "rows", "-2");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), y = new float[40000];
        AllocatesNothing(() => Softmax.Forward(400, 100, x, y));
        AllocatesNothing(() => Softmax.LogForward(400, 100, x, y));
        AllocatesNothing(() => Softmax.Backward(400, 100, x, x, y));
    }
}
