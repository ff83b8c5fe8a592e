using Heed.Kernels;
using static Heed.Tests.AttentionCase;

namespace Heed.Tests;

/// <summary>Key masks, gradients of shared biases, and the soft cap of the scores.</summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class AttentionMaskTests
{
    [Theory]
    [InlineData(21, 53)]
    [InlineData(70, 70)]
    [InlineData(2, 531)]
    [InlineData(1, 9)]
    [InlineData(70, 150)]
    public void KeyMaskAloneAndWithBias(int tq, int tk)
    {
        foreach (int hidden in (int[])[1, 5, 8, tk / 2, tk - 1])
        {
            if (hidden == 0 || hidden > tk || Brief.On && tk == 300 && hidden is 1 or 8) continue;
            int[] paddings = [hidden, -hidden, 0];
            Check(Create(Shape(3, 4, 2, tq, tk, 16), hidden, paddings: paddings));
            Check(Create(Shape(3, 2, 2, tq, tk, 8, causal: true), hidden, pad: 3, paddings: paddings));
            Check(Create(Shape(3, 2, 1, tq, tk, 8, causal: true, window: 13), hidden, bias: 11, maskShare: 0.2f, paddings: paddings));
            Check(Create(Shape(3, 2, 1, tq, tk, 8, window: 13, dropout: 0.2f), hidden, bias: 13, paddings: paddings));
        }
    }

    [Fact]
    public void AMaskMayHideInTheMiddleAndBeAnyNumber()
    {
        AttentionCase c = Create(Shape(2, 2, 1, 30, 77, 16), 1, paddings: [3, -9]);
        Random random = new(2);
        for (int j = 20; j < c.Mask.Length; j += 3) c.Mask[j] = random.NextSingle() < 0.5f ? float.NegativeInfinity : random.NextSingle();
        Check(c);
        AttentionCase shared = Create(Shape(2, 2, 1, 30, 77, 16), 3, paddings: [4]);
        shared.S = shared.S with { MaskBatchStride = 0 };
        Check(shared);
        c.Mask.AsSpan().Fill(float.MinValue); // what other libraries write for "hidden"
        Array.Clear(c.Mask, 5, 9);
        AttentionResult r = Run(c);
        Assert.All(r.Output[..(30 * 32)], x => Assert.True(float.IsFinite(x) && x != 0f));
        Assert.All(r.Output[(30 * 32)..(60 * 32)], x => Assert.Equal(0f, x));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(3)]
    public void ASequenceOfHiddenKeysGivesZeroAndNoNaN(int tq)
    {
        AttentionCase c = Create(Shape(2, 2, 1, tq, 41, 16), 3, bias: 9, paddings: [41, 7]);
        Check(c);
        AttentionResult r = Run(c);
        int first = tq * 32;
        Assert.All(r.Output[..first], x => Assert.Equal(0f, x));
        Assert.All(r.LogSumExp[..(2 * tq)], x => Assert.Equal(float.NegativeInfinity, x));
        Assert.All(r.DQ[..first], x => Assert.Equal(0f, x));
        Assert.All(r.DK[..(41 * 16)], x => Assert.Equal(0f, x));
        foreach (float[] x in new[] { r.Output, r.DQ, r.DK, r.DV, r.DBias }) Assert.DoesNotContain(x, float.IsNaN);
    }

    [Fact]
    public void PaddedKeysAreNotEvenRead()
    {
        AttentionCase c = Create(Shape(2, 2, 1, 40, 41, 16), 3, paddings: [5, -5]);
        AttentionResult clean = Run(c);
        c.K.AsSpan(36 * 16, 10 * 16).Fill(float.NaN); // the last five keys of one sequence and the first five of the other
        c.V.AsSpan(36 * 16, 10 * 16).Fill(float.NaN);
        AttentionResult dirty = Run(c);
        Assert.Equal(clean.Output, dirty.Output);
        Assert.Equal(clean.LogSumExp, dirty.LogSumExp);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void GradientOfABiasIsSummedOverWhatSharesIt(int bias)
    {
        // Every Check compares dBias; here with grouped heads, several segments of keys, several chunks, dropout and gaps.
        Check(Create(Shape(3, 4, 2, 33, 70, 16, causal: true, dropout: 0.2f), bias, pad: 2, bias: bias));
        Check(Create(Shape(1, 2, 2, 70, 300, 8), bias, bias: bias));
        Check(Create(Shape(9, 1, 1, 5, 9, 7, window: 4), bias, pad: 1, bias: bias, maskShare: 0.1f));
        Check(Create(Shape(2, 2, 1, 3, 290, 8), bias, bias: bias, paddings: [17, -100]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void BiasOfWindowsIsSharedByImages(int windows)
    {
        Check(Create(Shape(6, 3, 3, 49, 49, 32), windows, bias: 15, biasBatch: windows, maskShare: 0.1f));
        Check(Create(Shape(6, 2, 1, 2, 49, 8), windows, bias: 15, biasBatch: windows));
        Check(Create(Shape(6, 2, 1, 20, 49, 8), windows, pad: 3, bias: 12, biasBatch: windows, paddings: [3, 0, -20]));
    }

    [Fact]
    public void ABiasGradientThatOverlapsItselfIsRejected()
    {
        AttentionCase c = Create(Shape(2, 2, 2, 9, 9, 8), 1, bias: 15);
        AttentionShape s = c.S with { BiasRowStride = 8 };
        float[] output = new float[c.OutputLength], lse = new float[36], dq = new float[c.Q.Length], dk = new float[c.K.Length], dv = new float[c.V.Length];
        KernelTest.Rejects(() => Attention.Backward(s, c.Q, c.K, c.V, c.Bias, [], output, lse, c.DOutput, dq, dk, dv, new float[c.Bias.Length]), "row stride 8");
        KernelTest.Rejects(() => Attention.Backward(c.S, c.Q, c.K, c.V, c.Bias, [], output, lse, c.DOutput, dq, dk, dv, new float[5]), "dBias has 5");
        KernelTest.Rejects(() => Attention.Backward(c.S, c.Q, c.K, c.V, [], [], output, lse, c.DOutput, dq, dk, dv, new float[5]), "without a bias");
    }

    [Theory]
    [InlineData(50f)]
    [InlineData(2f)]
    [InlineData(0.1f)]
    public void SoftCap(float cap)
    {
        Check(Create(Shape(2, 4, 2, 33, 70, 16, causal: true) with { SoftCap = cap }, 1, pad: 1));
        Check(Create(Shape(1, 2, 2, 150, 331, 16, causal: true, window: 40, dropout: 0.1f) with { SoftCap = cap, Scale = 2f }, 2, bias: 15, maskShare: 0.1f));
        Check(Create(Shape(2, 4, 2, 1, 603, 23, causal: true) with { SoftCap = cap }, 3, paddings: [5, -7]));
        Check(Create(Shape(2, 2, 1, 4, 301, 8, causal: true, window: 29) with { SoftCap = cap, Scale = -0.5f }, 4, bias: 9));
    }

    [Fact]
    public void SoftCapKeepsHugeScoresBelowIt()
    {
        AttentionCase c = Create(Shape(1, 1, 1, 20, 90, 16) with { SoftCap = 3f, Scale = 1e4f }, 1);
        Check(c);
        Assert.All(Run(c).LogSumExp[..20], x => Assert.InRange(x, -3f, 3f + MathF.Log(90f)));
    }

    [Fact]
    public unsafe void TheHyperbolicTangentOfTheCapIsAccurate()
    {
        float* x = stackalloc float[64], y = stackalloc float[64];
        double worst = 0;
        for (int step = 0; step < 4000; step++)
        {
            // Half of them evenly in [-10, 10], half evenly in the logarithm down to 1e-20.
            for (int j = 0; j < 64; j++) x[j] = (float)((j & 1) == 0 ? -10 + 20.0 * (step * 64 + j) / 256000 : Math.Pow(10, 1 - 21.0 * (step * 64 + j) / 256000));
            for (int j = 0; j + VecPortable.Count <= 64; j += VecPortable.Count) VecMath.Tanh(VecPortable.Load(x + j)).Store(y + j);
            for (int j = 0; j < 64; j++)
                if (x[j] != 0) worst = Math.Max(worst, Math.Abs(y[j] / Math.Tanh(x[j]) - 1));
        }
        Assert.InRange(worst, 0, 6e-7);
    }
}
