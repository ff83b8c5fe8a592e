using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class CrossEntropyTests
{
    [Fact]
    public void LossAndGradientMatchTheReference()
    {
        foreach ((int rows, int vocab) in ((int, int)[])[(0, 3), (1, 1), (2, 5), (7, 17), (301, 65), (9, 4096), (5, 4097), (3, 50257)])
        {
            float[] logits = Values(rows * vocab, 1, 12f);
            if (vocab > 4000) logits.AsSpan(0, 4096).Fill(float.NegativeInfinity); // a first block of nothing
            int[] targets = new int[rows];
            for (int r = 0; r < rows; r++) targets[r] = r % 4 == 3 ? -100 : (r * 7919 + vocab - 1) % vocab;
            double[] losses = new double[rows], lse = new double[rows], gradient = new double[rows * vocab];
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<float> row = logits.AsSpan(r * vocab, vocab);
                lse[r] = Reference.LogSumExp(row);
                if (targets[r] >= 0) losses[r] = Reference.CrossEntropyRow(row, targets[r], 0.125, gradient.AsSpan(r * vocab, vocab));
            }
            float[] loss = Run(rows, o => CrossEntropy.Forward(rows, vocab, logits, targets, -100, o, default));
            Close(losses, loss, 2e-6, 1e-6, "loss");
            float[] unused = new float[rows];
            Close(lse, Run(rows, o => CrossEntropy.Forward(rows, vocab, logits, targets, -100, unused, o)), 1e-6, 1e-6, "log sum exp");
            float[] lossAgain = new float[rows];
            Close(gradient, Run(rows * vocab, o => CrossEntropy.ForwardBackward(rows, vocab, o, targets, -100, 0.125f, lossAgain), logits), 3e-8, 2e-6, "gradient");
            Assert.Equal(loss, lossAgain);
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(1f)]
    public void SmoothedLossAndGradientMatchTheReference(float smoothing)
    {
        foreach ((int rows, int vocab) in ((int, int)[])[(1, 1), (2, 5), (7, 17), (31, 65), (3, 5003)])
        {
            float[] logits = Values(rows * vocab, 1, 12f);
            int[] targets = [.. Enumerable.Range(0, rows).Select(r => r % 4 == 3 ? -100 : (r * 7919 + vocab - 1) % vocab)];
            double[] losses = new double[rows], gradient = new double[rows * vocab];
            for (int r = 0; r < rows; r++)
                if (targets[r] >= 0) losses[r] = Reference.CrossEntropyRow(logits.AsSpan(r * vocab, vocab), targets[r], 0.125, gradient.AsSpan(r * vocab, vocab), smoothing);
            float[] loss = Run(rows, o => CrossEntropy.Forward(rows, vocab, logits, targets, -100, o, default, smoothing));
            Close(losses, loss, 2e-5, 1e-6, "loss");
            float[] lossAgain = new float[rows];
            Close(gradient, Run(rows * vocab, o => CrossEntropy.ForwardBackward(rows, vocab, o, targets, -100, 0.125f, lossAgain, smoothing), logits), 3e-8, 2e-6, "gradient");
            Assert.Equal(loss, lossAgain);
        }
        Rejects(() => CrossEntropy.Forward(1, 2, [0f, 1f], [0], -1, new float[1], default, 1.5f), "1.5", "0 to 1", "smoothing");
    }

    [Fact]
    public void TheReferenceGradientIsTheSlope()
    {
        float[] x = Values(6, 1);
        double[] gradient = new double[6];
        Reference.CrossEntropyRow(x, 2, 3, gradient);
        for (int i = 0; i < 6; i++)
        {
            float keep = x[i];
            x[i] = keep + 1f / 1024;
            double up = Reference.CrossEntropyRow(x, 2, 1, []);
            x[i] = keep - 1f / 1024;
            double down = Reference.CrossEntropyRow(x, 2, 1, []);
            x[i] = keep;
            Assert.Equal(3 * (up - down) * 512, gradient[i], 1e-4);
        }
    }

    [Fact]
    public void ExtremeLogits()
    {
        const float inf = float.PositiveInfinity;
        float[] loss = new float[1], x = [1e30f, -1e30f, 1e30f];
        CrossEntropy.ForwardBackward(1, 3, x, [0], -1, 1f, loss);
        Assert.Equal(MathF.Log(2), loss[0], 1e-6f);
        Assert.Equal([-0.5f, 0f, 0.5f], x);
        x = [-inf, 5f, -inf];
        CrossEntropy.ForwardBackward(1, 3, x, [1], -1, 1f, loss);
        Assert.Equal(0f, loss[0]);
        Assert.Equal([0f, 0f, 0f], x);
        x = [float.NaN, inf, 1f];
        CrossEntropy.ForwardBackward(1, 3, x, [3], 3, 1f, loss); // ignored: even NaN gives 0
        Assert.Equal(0f, loss[0]);
        Assert.Equal([0f, 0f, 0f], x);
        x = Values(9000, 1);
        x[8200] = float.NaN;
        CrossEntropy.Forward(1, 9000, x, [1], -1, loss, default);
        Assert.True(float.IsNaN(loss[0]));
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] x = new float[6], loss = new float[2];
        Rejects(() => CrossEntropy.Forward(2, 3, x, [1, 3], -100, loss, default), "Row 1", "3", "[0, 3)", "-100");
        Rejects(() => CrossEntropy.ForwardBackward(2, 3, x, [-1, 2], -100, 1f, loss), "Row 0", "-1");
        Rejects(() => CrossEntropy.Forward(3, 3, x, [1, 2, 0], -100, loss, default), "6", "9", "logits");
        Rejects(() => CrossEntropy.Forward(2, 3, x, [1], -100, loss, default), "1", "2", "targets");
        Rejects(() => CrossEntropy.Forward(2, 3, x, [1, 2], -100, new float[1], default), "1", "2", "losses");
        Rejects(() => CrossEntropy.Forward(2, 3, x, [1, 2], -100, loss, new float[1]), "1", "2", "logSumExp");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), loss = new float[400];
        int[] targets = new int[400];
        AllocatesNothing(() => CrossEntropy.Forward(400, 100, x, targets, -1, loss, loss));
        AllocatesNothing(() => CrossEntropy.ForwardBackward(400, 100, x, targets, -1, 1f, loss));
    }
}
