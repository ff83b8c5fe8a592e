using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class NormsTests
{
    private static readonly (int Rows, int Cols)[] Shapes = [(0, 3), (1, 1), (2, 5), (7, 17), (5, 64), (301, 65), (3, 20001), (130, 768)];
    private const float Epsilon = 1e-5f;

    [Fact]
    public void ForwardMatchesTheReference()
    {
        foreach ((int rows, int cols) in Shapes)
        {
            float[] x = Values(rows * cols, 1, 3f), weight = Values(cols, 2), bias = Values(cols, 3);
            for (int i = 0; i < x.Length; i++) x[i] += 10f; // a mean that matters
            double[] y = new double[rows * cols], mean = new double[rows], rstd = new double[rows];
            foreach (float[] b in (float[][])[bias, []])
            {
                Reference.NormForward(true, rows, cols, Epsilon, x, weight, b, 0, y, mean, rstd);
                Close(y, Run(rows * cols, o => Norms.LayerNormForward(rows, cols, Epsilon, x, weight, b, o, default, default)), 1e-5, 1e-5, "layer norm");
                Close(y, Run(rows * cols, o => Norms.LayerNormForward(rows, cols, Epsilon, o, weight, b, o, default, default), x), 1e-5, 1e-5, "in place");
                float[] scratch = new float[rows * cols];
                Close(mean, Run(rows, o => Norms.LayerNormForward(rows, cols, Epsilon, x, weight, b, scratch, o, default)), 1e-6, 1e-6, "mean");
                if (cols > 1) Close(rstd, Run(rows, o => Norms.LayerNormForward(rows, cols, Epsilon, x, weight, b, scratch, default, o)), 0, 1e-5, "rstd");
            }
            foreach (float offset in (float[])[0f, 1f])
            {
                Reference.NormForward(false, rows, cols, Epsilon, x, weight, [], offset, y, mean, rstd);
                Close(y, Run(rows * cols, o => Norms.RmsNormForward(rows, cols, Epsilon, x, weight, o, default, offset)), 1e-6, 1e-6, "rms norm");
                float[] scratch = new float[rows * cols];
                Close(rstd, Run(rows, o => Norms.RmsNormForward(rows, cols, Epsilon, x, weight, scratch, o, offset)), 0, 1e-6, "rms rstd");
            }
        }
    }

    [Fact]
    public void BackwardMatchesTheReference()
    {
        foreach ((int rows, int cols) in Shapes)
        {
            if (cols == 1) continue; // the variance of one element is 0 and its gradient rounding noise
            foreach (bool centered in (bool[])[true, false])
            {
                foreach (bool add in (bool[])[false, true])
                {
                    float offset = centered ? 0f : 1f;
                    float[] x = Values(rows * cols, 1, 3f), weight = Values(cols, 2), dy = Values(rows * cols, 4);
                    float[] mean = new float[rows], rstd = new float[rows], y = new float[rows * cols];
                    if (centered) Norms.LayerNormForward(rows, cols, Epsilon, x, weight, default, y, mean, rstd);
                    else Norms.RmsNormForward(rows, cols, Epsilon, x, weight, y, rstd, offset);

                    int size = rows * cols;
                    float[] start = Values(size + 2 * cols, 5);
                    double[] expected = new double[start.Length];
                    if (add) for (int i = 0; i < start.Length; i++) expected[i] = start[i];
                    Reference.NormBackward(centered, rows, cols, Epsilon, x, weight, offset, dy,
                        expected.AsSpan(0, size), expected.AsSpan(size, cols), expected.AsSpan(size + cols, cols));
                    float[] actual = Run(start.Length, o =>
                    {
                        Span<float> dx = o[..size], dw = o.Slice(size, cols), db = o[(size + cols)..];
                        if (centered) Norms.LayerNormBackward(rows, cols, x, weight, mean, rstd, dy, dx, add, dw, db, add);
                        else Norms.RmsNormBackward(rows, cols, x, weight, rstd, dy, dx, add, dw, add, offset);
                    }, start);
                    int compared = centered ? start.Length : size + cols;
                    Close(expected.AsSpan(0, compared), actual.AsSpan(0, compared), 3e-5, 1e-5, $"{rows}x{cols} {centered} {add}");
                }
            }
        }
    }

    [Fact]
    public void LayerNormBackwardWorksInPlaceAndWithoutBias()
    {
        const int rows = 9, cols = 50;
        float[] x = Values(rows * cols, 1), weight = Values(cols, 2), dy = Values(rows * cols, 3);
        float[] mean = new float[rows], rstd = new float[rows], y = new float[rows * cols], dw = new float[cols], db = new float[cols], dw2 = new float[cols];
        Norms.LayerNormForward(rows, cols, Epsilon, x, weight, default, y, mean, rstd);
        float[] dx = Run(rows * cols, o => Norms.LayerNormBackward(rows, cols, x, weight, mean, rstd, dy, o, false, dw, db, false));
        Assert.Equal(dx, Run(rows * cols, o => Norms.LayerNormBackward(rows, cols, x, weight, mean, rstd, o, o, false, dw2, default, false), dy));
        Assert.Equal(dw, dw2);
    }

    [Fact]
    public void TheReferenceGradientIsTheSlope()
    {
        const int rows = 2, cols = 5;
        foreach (bool centered in (bool[])[true, false])
        {
            float[] x = Values(rows * cols, 1), weight = Values(cols, 2), dy = Values(rows * cols, 4);
            double[] dx = new double[rows * cols], dw = new double[cols], db = new double[cols];
            Reference.NormBackward(centered, rows, cols, 1e-3, x, weight, 0.5, dy, dx, dw, db);
            for (int i = 0; i < x.Length; i++) Assert.Equal(Slope(x, i), dx[i], 2e-4);
            for (int i = 0; i < cols; i++) Assert.Equal(Slope(weight, i), dw[i], 2e-4);

            double Slope(float[] variable, int i)
            {
                float keep = variable[i];
                variable[i] = keep + 1f / 1024;
                double up = Value();
                variable[i] = keep - 1f / 1024;
                double slope = (up - Value()) * 512;
                variable[i] = keep;
                return slope;
            }

            double Value()
            {
                double[] y = new double[rows * cols], mean = new double[rows], rstd = new double[rows];
                Reference.NormForward(centered, rows, cols, 1e-3, x, weight, [], 0.5, y, mean, rstd);
                return y.Zip(dy, (a, b) => a * b).Sum();
            }
        }
    }

    [Fact]
    public void ConstantAndExtremeRowsStayFinite()
    {
        const int cols = 40;
        float[] weight = Values(cols, 1), y = new float[cols], x = new float[cols];
        foreach (float value in (float[])[0f, 1e-45f, 7f, 1e15f])
        {
            Array.Fill(x, value);
            Norms.LayerNormForward(1, cols, Epsilon, x, weight, default, y, default, default);
            foreach (float v in y) Assert.InRange(v, -1f, 1f); // the mean of 40 equal numbers is rounded
            Norms.RmsNormForward(1, cols, Epsilon, x, weight, y, default);
            foreach (float v in y) Assert.InRange(v, -1.01f, 1.01f);
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] six = new float[6], three = new float[3], two = new float[2];
        Rejects(() => Norms.LayerNormForward(2, 3, Epsilon, three, three, default, six, default, default), "3", "6", "x");
        Rejects(() => Norms.LayerNormForward(2, 3, Epsilon, six, two, default, six, default, default), "2", "3", "weight");
        Rejects(() => Norms.LayerNormForward(2, 3, Epsilon, six, three, two, six, default, default), "2", "3", "bias");
        Rejects(() => Norms.LayerNormForward(3, 2, Epsilon, six, three, two, six, two, default), "2", "3", "mean");
        Rejects(() => Norms.LayerNormForward(3, 2, Epsilon, six, three, two, six, three, two), "2", "3", "rstd");
        Rejects(() => Norms.RmsNormForward(2, -3, Epsilon, six, three, six, default), "cols", "-3");
        Rejects(() => Norms.RmsNormBackward(2, 3, six, three, two, six, three, false, three, false), "3", "6", "dx");
        Rejects(() => Norms.RmsNormBackward(2, 3, six, three, two, six, six, false, two, false), "2", "3", "dWeight");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), y = new float[40000], w = new float[100], r = new float[400], m = new float[400];
        AllocatesNothing(() => Norms.LayerNormForward(400, 100, Epsilon, x, w, w, y, m, r));
        AllocatesNothing(() => Norms.LayerNormBackward(400, 100, x, w, m, r, x, y, false, w, w, false));
    }
}
