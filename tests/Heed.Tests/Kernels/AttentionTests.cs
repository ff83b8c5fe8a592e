using CsCheck;
using Heed.Kernels;
using static Heed.Tests.AttentionCase;

namespace Heed.Tests;

/// <summary>The streaming kernels against the definition in double precision, and that against finite differences.</summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class AttentionTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(80)]
    [InlineData(96)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(23)]
    public void EveryHeadWidth(int d)
    {
        Check(Create(Shape(1, 2, 1, 37, 37, d, causal: true), d));
        Check(Create(Shape(2, 2, 2, 3, 45, d, causal: true), d, pad: 1));
        Check(Create(Shape(1, 1, 1, 19, 70, d), d, pad: 3));
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(65, 65)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(130, 300)]
    [InlineData(300, 130)]
    [InlineData(9, 600)]
    [InlineData(1, 700)]
    [InlineData(4, 513)]
    [InlineData(3, 2)]
    [InlineData(70, 3)]
    public void CausalOfAnyLengths(int tq, int tk)
    {
        Check(Create(Shape(1, 2, 2, tq, tk, 16, causal: true), tq));
        Check(Create(Shape(1, 2, 2, tq, tk, 16), tk, pad: 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Window(int window)
    {
        Check(Create(Shape(1, 2, 1, 150, 150, 16, causal: true, window: window), window));
        Check(Create(Shape(1, 2, 2, 90, 310, 8, causal: true, window: window), window));
        Check(Create(Shape(1, 1, 1, 90, 131, 8, window: window), window));
        Check(Create(Shape(1, 9, 9, 40, 603, 8, causal: true, window: window), window));
        Check(Create(Shape(1, 2, 2, 2, 700, 8, causal: true, window: window), window));
    }

    [Theory]
    [InlineData(75, 75, 16, true, 5)]
    [InlineData(40, 300, 8, true, 9)]
    [InlineData(3, 40, 8, true, 3)]
    [InlineData(90, 131, 24, false, 4)]
    public void DocumentsInOneSequenceSeeThemselvesAlone(int tq, int tk, int d, bool causal, int documents)
    {
        Random random = new(tq);
        AttentionShape s = Shape(2, 4, 2, tq, tk, d, causal);
        // Starts of documents rise; the last queries may see nothing at all.
        int[] Starts() => [.. Enumerable.Range(0, 2).SelectMany(_ =>
        {
            int[] cuts = [0, .. Enumerable.Range(1, documents).Select(_ => random.Next(tk + 1)).Order()];
            return Enumerable.Range(0, tq).Select(i => cuts.Last(c => c <= Math.Max(0, tk - tq + i + (i == tq - 1 ? 1 : 0))));
        })];
        foreach ((AttentionShape shape, int bias, int[]? paddings) in ((AttentionShape, int, int[]?)[])[(s, 0, null), (s with { Window = 20 }, 0, null), (s with { SoftCap = 5 }, 15, [3, -4]), (s with { Dropout = 0.3f }, 0, null)])
        {
            AttentionCase c = Create(shape, tq, pad: 1, bias: bias, paddings: paddings);
            c.FirstKeys = Starts();
            Check(c);
        }
        AttentionCase wrong = Create(s, 1);
        wrong.FirstKeys = [.. Enumerable.Range(0, 2 * tq).Select(i => -i)];
        Assert.Throws<ArgumentException>(() => Run(wrong));
    }

    [Fact]
    public void LongKeysInManyChunks()
    {
        Check(Create(Shape(1, 8, 8, 70, 1100, 16, causal: true), 1));
        Check(Create(Shape(1, 4, 1, 20, 1300, 24), 2));
        Check(Create(Shape(2, 2, 1, 1, 1300, 24), 3));
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
    public void BiasInEveryBroadcast(int bias)
    {
        Check(Create(Shape(2, 4, 2, 21, 53, 16), bias, bias: bias));
        Check(Create(Shape(2, 4, 2, 45, 45, 16, causal: true), bias, bias: bias, maskShare: 0.3f));
        Check(Create(Shape(2, 4, 2, 2, 531, 16, causal: true), bias, bias: bias, maskShare: 0.3f));
    }

    [Fact]
    public void PackedSlicesGroupedHeads()
    {
        Check(Create(Shape(2, 6, 2, 33, 33, 16, causal: true), 5, packed: true));
        Check(Create(Shape(3, 4, 4, 64, 64, 32, causal: true), 6, packed: true));
        Check(Create(Shape(2, 8, 1, 20, 50, 8), 7, packed: true, pad: 3));
        Check(Create(Shape(1, 12, 4, 1, 50, 64), 8, packed: true));
    }

    [Fact]
    public void Dropout()
    {
        Check(Create(Shape(2, 4, 2, 33, 70, 16, causal: true, dropout: 0.3f), 5));
        Check(Create(Shape(1, 2, 2, 150, 600, 16, dropout: 0.1f), 6));
        Check(Create(Shape(1, 4, 2, 2, 300, 8, dropout: 0.5f, causal: true), 7));
        Check(Create(Shape(1, 4, 2, 2, 300, 8, dropout: 0.5f, causal: true, window: 100), 7));
        Check(Create(Shape(1, 2, 1, 90, 90, 8, dropout: 0.5f, window: 11, causal: true), 8));
    }

    [Fact]
    public unsafe void DropoutMaskIsUniformIndependentAndTheSameInEveryKernel()
    {
        const int length = 1003;
        float[] row = new float[length], next = new float[length];
        double kept = 0, both = 0, shifted = 0;
        int rows = 0;
        for (int b = 0; b < 3; b++)
            for (int h = 0; h < 4; h++)
                for (int i = 0; i < 20; i++, rows++)
                {
                    (uint k0, uint k1) = AttentionMath.RowKeys(9, b, h, i);
                    (uint n0, uint n1) = AttentionMath.RowKeys(9, b, h, i + 1);
                    fixed (float* p = row, n = next)
                    {
                        AttentionMath.DropoutFactors(k0, k1, 5, length, 0.2f, p);
                        AttentionMath.DropoutFactors(n0, n1, 5, length, 0.2f, n);
                    }
                    for (int j = 0; j < length; j++)
                    {
                        Assert.Equal(AttentionMath.Bits(k0, k1, 5 + j) >= AttentionMath.Threshold(0.2f) ? 1.25f : 0f, row[j]);
                        if (row[j] == 0) continue;
                        kept++;
                        if (next[j] != 0) both++;
                        if (j > 0 && row[j - 1] != 0) shifted++;
                    }
                }
        // 240,720 draws: four standard deviations are 0.0033.
        Assert.Equal(0.8, kept / (rows * length), 0.0033);
        Assert.Equal(0.64, both / (rows * length), 0.006);
        Assert.Equal(0.64, shifted / (rows * length), 0.006);
        Assert.NotEqual(AttentionMath.RowKeys(9, 0, 1, 0), AttentionMath.RowKeys(9, 1, 0, 0));
        Assert.NotEqual(AttentionMath.RowKeys(9, 0, 0, 0), AttentionMath.RowKeys(10, 0, 0, 0));
    }

    [Fact]
    public void MaskedRowsGiveZeroAndNoNaN()
    {
        // The first 60 - 41 queries stand before the first key, and sequence 1 masks every key of some rows by bias.
        AttentionCase c = Create(Shape(2, 2, 1, 60, 41, 16, causal: true), 3, bias: 13);
        for (int i = 0; i < 60; i += 5) Array.Fill(c.Bias, float.NegativeInfinity, (60 + i) * 41, 41);
        Check(c);
        AttentionResult r = Run(c);
        foreach (float[] x in new[] { r.Output, r.DQ, r.DK, r.DV }) Assert.DoesNotContain(x, float.IsNaN);
        Assert.All(r.Output[..32], x => Assert.Equal(0f, x));
        Assert.Equal(float.NegativeInfinity, r.LogSumExp[0]);
        Assert.All(r.DQ[..32], x => Assert.Equal(0f, x));
        Check(Create(Shape(1, 2, 1, 3, 30, 16), 4, bias: 9, maskShare: 1f));
        Check(Create(Shape(1, 2, 1, 30, 30, 16), 4, bias: 9, maskShare: 1f));
    }

    [Fact]
    public void NoKeysAndNoQueries()
    {
        Check(Create(Shape(2, 2, 1, 12, 0, 16), 1));
        Check(Create(Shape(2, 2, 1, 2, 0, 16), 1));
        Check(Create(Shape(2, 2, 1, 0, 9, 16), 1));
        Check(Create(Shape(0, 2, 1, 5, 9, 16), 1));
    }

    [Fact]
    public void LargeScoresStayExact()
    {
        AttentionCase c = Create(Shape(1, 1, 1, 20, 90, 16) with { Scale = 30f }, 1);
        AttentionShape s = c.S;
        double[] output = new double[c.OutputLength], lse = new double[20], p = new double[1800];
        Reference.AttentionForward(s, Double(c.Q), Double(c.K), Double(c.V), [], [], output, lse, p);
        AttentionResult r = Run(c, backward: false);
        for (int i = 0; i < output.Length; i++) Assert.Equal(output[i], r.Output[i], 2e-3);
        Check(Create(Shape(1, 1, 1, 20, 90, 16) with { Scale = -0.3f }, 1));
        Check(Create(Shape(1, 1, 1, 20, 90, 16) with { Scale = 0f }, 1));
    }

    [Fact]
    public void ANaNInputIsNotHidden()
    {
        AttentionCase c = Create(Shape(1, 1, 1, 20, 40, 16), 1);
        c.Q[3] = float.NaN;
        Assert.True(float.IsNaN(Run(c).Output[0]));
    }

    [Theory]
    [InlineData(1, 2, 1, 100, 300, 16, true, 0.1f, 0)]
    [InlineData(2, 6, 6, 64, 64, 32, true, 0f, 0)]
    [InlineData(1, 12, 4, 1, 900, 64, true, 0f, 0)]
    [InlineData(9, 1, 1, 70, 70, 8, false, 0f, 0)]
    [InlineData(9, 4, 2, 70, 70, 8, false, 0f, 8)]
    [InlineData(9, 4, 2, 70, 130, 8, true, 0.1f, 11)]
    public void ThreadsDoNotChangeABit(int b, int h, int kv, int tq, int tk, int d, bool causal, float dropout, int bias)
    {
        AttentionCase c = Create(Shape(b, h, kv, tq, tk, d, causal, dropout: dropout), 4, bias: bias);
        int before = WorkerTeam.Threads;
        try
        {
            WorkerTeam.Threads = 1;
            AttentionResult one = Run(c);
            foreach (int threads in new[] { 2, 7 })
            {
                WorkerTeam.Threads = threads;
                AttentionResult many = Run(c);
                Assert.Equal(one.Output, many.Output);
                Assert.Equal(one.LogSumExp, many.LogSumExp);
                Assert.Equal(one.DQ, many.DQ);
                Assert.Equal(one.DK, many.DK);
                Assert.Equal(one.DV, many.DV);
                Assert.Equal(one.DBias, many.DBias);
            }
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    [InlineData(0)]
    public void EveryRegisterWidth(int width)
    {
        Check(Create(Shape(1, 2, 2, 64, 64, 64, causal: true), 1), width);
        Check(Create(Shape(2, 4, 2, 37, 83, 40, causal: true, window: 30, dropout: 0.2f) with { SoftCap = 2f }, 2, pad: 3, bias: 11, maskShare: 0.1f, paddings: [5, -7]), width);
        Check(Create(Shape(1, 1, 1, 133, 390, 23), 3, packed: true, bias: 15), width);
        Check(Create(Shape(1, 4, 1, 3, 290, 23, causal: true) with { SoftCap = 2f }, 4, bias: 9, paddings: [9]), width);
    }

    [Fact]
    public void RandomShapes()
    {
        Gen.Select(Gen.Int[1, 2], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 40], Gen.Int[0, 255])
            .Sample((b, kv, group, tq, tk, d, options) =>
            {
                AttentionShape s = Shape(b, kv * group, kv, tq, tk, d, (options & 1) != 0, (options & 2) != 0 ? 1 + d : 0, (options & 4) != 0 ? 0.25f : 0f)
                    with
                { SoftCap = (options & 128) != 0 ? 2f : 0f };
                int[]? paddings = (options & 64) == 0 ? null : [tk / 3, -tk / 2];
                Check(Create(s, tq * 100 + tk, pad: options >> 4 & 3, packed: (options & 8) != 0, bias: (options & 16) != 0 ? 9 : 0, maskShare: 0.2f, paddings: paddings));
                return true;
            }, iter: Brief.Or(100, 40), threads: 1);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1.5f)]
    public void ReferenceGradientsAgreeWithFiniteDifferences(float softCap)
    {
        AttentionCase c = Create(Shape(4, 4, 2, 5, 7, 3, causal: true, window: 5, dropout: 0.2f) with { SoftCap = softCap }, 11, pad: 1, bias: 15, biasBatch: 2, paddings: [0, 1, 0, -2]);
        AttentionShape s = c.S;
        double[] q = Double(c.Q), k = Double(c.K), v = Double(c.V), bias = Double(c.Bias), mask = Double(c.Mask), g = Double(c.DOutput);
        double[] output = new double[c.OutputLength], lse = new double[4 * 4 * 5], p = new double[lse.Length * 7];
        double Loss()
        {
            Reference.AttentionForward(s, q, k, v, bias, mask, output, lse, p);
            double sum = 0;
            for (int i = 0; i < output.Length; i++) sum += output[i] * g[i];
            return sum;
        }
        Loss();
        double[] dq = new double[q.Length], dk = new double[k.Length], dv = new double[v.Length], dBias = new double[bias.Length];
        Reference.AttentionBackward(s, q, k, v, p, g, dq, dk, dv, dBias);
        foreach ((double[] x, double[] dx) in new[] { (q, dq), (k, dk), (v, dv), (bias, dBias) })
        {
            for (int i = 0; i < x.Length; i++)
            {
                const double step = 1e-5;
                double at = x[i];
                x[i] = at + step;
                double up = Loss();
                x[i] = at - step;
                double down = Loss();
                x[i] = at;
                Assert.Equal((up - down) / (2 * step), dx[i], 1e-7);
            }
        }
    }

    [Fact]
    public unsafe void ExponentialIsAccurateAndDiesOut()
    {
        float* x = stackalloc float[64], y = stackalloc float[64];
        double worst = 0;
        for (int step = 0; step < 4000; step++)
        {
            for (int j = 0; j < 64; j++) x[j] = -125.9f + (step * 64 + j) * (127f / 256000);
            for (int j = 0; j + VecPortable.Count <= 64; j += VecPortable.Count) AttentionMath.Exp2(VecPortable.Load(x + j)).Store(y + j);
            for (int j = 0; j < 64; j++)
            {
                worst = Math.Max(worst, Math.Abs(y[j] / Math.Pow(2, x[j]) - 1));
                worst = Math.Max(worst, Math.Abs(AttentionMath.Exp2(x[j]) / Math.Pow(2, x[j]) - 1));
            }
        }
        Assert.InRange(worst, 0, 2.5e-7);
        float[] special = [float.NegativeInfinity, -127f, -1e30f, float.NaN, 0f, 1f];
        for (int j = 0; j < 64; j++) x[j] = special[j % 6];
        for (int j = 0; j + VecPortable.Count <= 64; j += VecPortable.Count) AttentionMath.Exp2(VecPortable.Load(x + j)).Store(y + j);
        Assert.Equal([0f, 0f, 0f, float.NaN, 1f, 2f], new Span<float>(y, 6).ToArray());
    }

    [Fact]
    public void BadArgumentsSayWhatWasGiven()
    {
        AttentionCase c = Create(Shape(2, 4, 2, 9, 9, 8), 1);
        AttentionShape s = c.S;
        float[] output = new float[c.OutputLength], lse = new float[72];
        void Bad(AttentionShape shape, string part, float[]? q = null, float[]? k = null, float[]? v = null, float[]? bias = null, float[]? mask = null, float[]? o = null, float[]? l = null)
        {
            ArgumentException e = Assert.Throws<ArgumentException>(() =>
                Attention.Forward(shape, q ?? c.Q, k ?? c.K, v ?? c.V, bias ?? c.Bias, mask ?? c.Mask, o ?? output, l ?? lse));
            Assert.Contains(part, e.Message);
        }
        Bad(s, "q has 3", q: new float[3]);
        Bad(s, "k has 3", k: new float[3]);
        Bad(s, "v has 3", v: new float[3]);
        Bad(s, "bias has 3", bias: new float[3]);
        Bad(s, "mask has 8 elements; expected at least 9", mask: new float[8]);
        Bad(s with { MaskBatchStride = 9 }, "mask has 17 elements; expected at least 18", mask: new float[17]);
        Bad(s with { BiasBatch = 3 }, "BiasBatch 3, Batch 2");
        Bad(s with { SoftCap = -1f }, "SoftCap");
        Bad(s with { SoftCap = float.NaN }, "SoftCap");
        Bad(s, "output has 3", o: new float[3]);
        Bad(s, "logSumExp has 71 elements; expected at least 72", l: new float[71]);
        Bad(s with { KeyValueHeads = 3 }, "divide");
        Bad(s with { Dropout = 1f }, "Dropout");
        Bad(s with { Scale = float.NaN }, "Scale");
        Bad(s with { Batch = -1 }, "Batch -1");
        Bad(s with { HeadDim = 0 }, "HeadDim 0");
        Bad(s with { QueryRowStride = -4 }, "strides");
        Bad(s with { OutputRowStride = 31 }, "overlap");
        Assert.Throws<ArgumentException>(() => Attention.Probabilities(s, c.Q, c.K, [], [], new float[647]));
        Assert.Throws<ArgumentException>(() => Attention.Backward(s, c.Q, c.K, c.V, [], [], output, lse, new float[3], new float[c.Q.Length], new float[c.K.Length], new float[c.V.Length], []));
        Assert.Throws<ArgumentException>(() => Attention.Backward(s, c.Q, c.K, c.V, [], [], output, lse, c.DOutput, new float[c.Q.Length], new float[3], new float[c.V.Length], []));
    }

    [Fact]
    public void ACallAllocatesNothing()
    {
        AttentionCase c = Create(Shape(1, 4, 2, 40, 40, 16, causal: true), 1), decode = Create(Shape(1, 4, 2, 1, 600, 16), 1);
        AttentionShape s = c.S;
        float[] output = new float[c.OutputLength], lse = new float[160], dq = new float[c.Q.Length], dk = new float[c.K.Length], dv = new float[c.V.Length];
        long allocated = long.MaxValue; // the least of some rounds: a test beside this one may make the team start threads
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Attention.Forward(s, c.Q, c.K, c.V, [], [], output, lse);
            Attention.Backward(s, c.Q, c.K, c.V, [], [], output, lse, c.DOutput, dq, dk, dv, []);
            Attention.Forward(decode.S, decode.Q, decode.K, decode.V, [], [], output, []);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, allocated);
    }
}
