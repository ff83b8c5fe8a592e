using Heed.Kernels;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class MatMulTests
{
    private const float Guard = -12345.5f;

    private static float[] Values(int count, int seed)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = random.NextSingle() * 2 - 1;
        return values;
    }

    /// <summary>One product with strided, guarded operands against the reference; returns C with its guards.</summary>
    private static float[] Check(int m, int n, int k, bool ta, bool tb, int pad = 0, bool accumulate = false, bool useBias = false,
        ActivationKind activation = ActivationKind.None, bool pre = false, string registers = "")
    {
        int lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + 2 * pad, ldc = n + 3 * pad;
        // Operands end exactly where their last row ends.
        float[] a = Values(m * k == 0 ? 0 : ((ta ? k : m) - 1) * lda + (ta ? m : k), 1);
        float[] b = Values(n * k == 0 ? 0 : ((tb ? n : k) - 1) * ldb + (tb ? k : n), 2);
        float[] bias = useBias ? Values(n, 3) : [];
        float[] start = Values(m * ldc, 4);
        float[] c = new float[m * ldc + 64];
        double[] expected = new double[m * ldc];
        Array.Fill(c, Guard);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                c[32 + i * ldc + j] = accumulate ? start[i * ldc + j] : float.NaN;
                expected[i * ldc + j] = start[i * ldc + j];
            }
        float[] before = new float[pre ? c.Length : 0];
        Array.Fill(before, Guard);
        Reference.MatMul(m, n, k, a, lda, ta, b, ldb, tb, expected, ldc, accumulate, bias);

        Span<float> target = c.AsSpan(32, m * ldc), copy = pre ? before.AsSpan(32, m * ldc) : default;
        switch (registers)
        {
            case "512": MatMul.Multiply<Vec512>(m, n, k, a, lda, ta, b, ldb, tb, target, ldc, accumulate, bias, activation, copy); break;
            case "256": MatMul.Multiply<Vec256>(m, n, k, a, lda, ta, b, ldb, tb, target, ldc, accumulate, bias, activation, copy); break;
            case "128": MatMul.Multiply<Vec128>(m, n, k, a, lda, ta, b, ldb, tb, target, ldc, accumulate, bias, activation, copy); break;
            case "portable": MatMul.Multiply<VecPortable>(m, n, k, a, lda, ta, b, ldb, tb, target, ldc, accumulate, bias, activation, copy); break;
            default: MatMul.Multiply(m, n, k, a, lda, ta, b, ldb, tb, target, ldc, accumulate, bias, activation, copy); break;
        }

        float[] row = new float[n], activated = new float[n];
        for (int i = -32; i < c.Length - 32; i++)
        {
            bool inside = i >= 0 && i < m * ldc && i % ldc < n;
            if (!inside && (c[32 + i] != Guard || (pre && before[32 + i] != Guard)))
                Assert.Fail($"{m}x{n}x{k}: the float at {i} around C or around the copy before the activation was overwritten.");
        }
        double tolerance = 2e-6 * Math.Sqrt(k + 1) + 1e-6;
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++) row[j] = pre ? before[32 + i * ldc + j] : (float)expected[i * ldc + j];
            if (activation != ActivationKind.None) Activations.Forward(activation, row, activated);
            else row.CopyTo(activated, 0);
            for (int j = 0; j < n; j++)
            {
                double sum = expected[i * ldc + j];
                float actual = c[32 + i * ldc + j];
                bool sumIsRight = !pre || Math.Abs(before[32 + i * ldc + j] - sum) <= tolerance;
                if (!sumIsRight || !(Math.Abs(actual - activated[j]) <= (pre ? 1e-6 : 1.5 * tolerance)))
                    Assert.Fail($"{m}x{n}x{k} ta={ta} tb={tb} pad={pad} acc={accumulate} bias={useBias} {activation} at ({i}, {j}): {actual}, expected {activated[j]}"
                        + (pre ? $"; before the activation {before[32 + i * ldc + j]}, expected {sum}" : ""));
            }
        }
        return c;
    }

    [Fact]
    public void EverySmallShapeInAllFormsMatchesTheReference()
    {
        Random random = new(99);
        for (int round = 0; round < 400; round++)
        {
            int m = random.Next(1, 71), n = random.Next(1, 71), k = random.Next(1, 71);
            Check(m, n, k, (round & 1) != 0, (round & 2) != 0, pad: random.Next(0, 4), accumulate: random.Next(2) == 0, useBias: random.Next(2) == 0);
        }
    }

    /// <summary>Also registers that this machine does not have: the runtime computes with them in software.</summary>
    [Theory]
    [InlineData("512")]
    [InlineData("256")]
    [InlineData("128")]
    [InlineData("portable")]
    public void EveryWidthOfRegistersMatchesTheReference(string registers)
    {
        Random random = new(7);
        for (int round = 0; round < 60; round++)
        {
            int m = round < 40 ? random.Next(1, 30) : random.Next(1, 70), n = random.Next(1, 80), k = random.Next(1, 90);
            Check(m, n, k, (round & 1) != 0, (round & 2) != 0, pad: random.Next(0, 4), accumulate: random.Next(2) == 0, useBias: random.Next(2) == 0, registers: registers);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void EveryFewRowsShapeMatchesTheReference(bool ta, bool tb)
    {
        for (int m = 1; m <= 13; m++)
            foreach ((int n, int k) in new[] { (1, 1), (5, 300), (33, 17), (130, 65), (67, 513), (1030, 40), (40, 1100) })
                for (int option = 0; option < 4; option++)
                    Check(m, n, k, ta, tb, pad: option, accumulate: (option & 1) != 0, useBias: (option & 2) != 0);
    }

    [Theory]
    [InlineData(1, 3, 2000)]
    [InlineData(3, 5000, 7)]
    [InlineData(100, 100, 1000)]
    [InlineData(97, 131, 769)]
    [InlineData(4200, 33, 385)]
    [InlineData(13, 4500, 400)]
    [InlineData(255, 257, 385)]
    public void ShapesBeyondTheBlockLimitsMatchTheReference(int m, int n, int k)
    {
        for (int form = 0; form < 4; form += Brief.Or(1, 3))
            Check(m, n, k, (form & 1) != 0, (form & 2) != 0, pad: form, accumulate: form >= 2, useBias: (form & 1) != 0);
    }

    [Theory]
    [InlineData(1, 40, 33)]
    [InlineData(5, 70, 20)]
    [InlineData(30, 50, 40)]
    [InlineData(70, 300, 800)]
    public void BiasActivationAndTheCopyBeforeItMatchTheReference(int m, int n, int k)
    {
        if (Brief.On && m == 70) k = 90;
        foreach (ActivationKind activation in Enum.GetValues<ActivationKind>())
            for (int option = 0; option < 16; option += Brief.Or(1, 5))
                Check(m, n, k, (option & 8) != 0, (option & 4) != 0, pad: 1, (option & 2) != 0, (option & 1) != 0, activation, pre: (option & 3) != 1);
    }

    [Fact]
    public void AnEmptySumIsZeroPlusBiasAndEmptySizesTouchNothing()
    {
        Check(5, 7, 0, false, true, useBias: true);
        Check(5, 7, 0, true, false, accumulate: true);
        Check(5, 40, 0, false, false);
        Check(1, 40, 0, false, true, useBias: true, activation: ActivationKind.Relu);
        Check(0, 7, 5, false, false);
        Check(7, 0, 5, false, false);
    }

    [Fact]
    public void ResultsAreBitwiseEqualForAnyNumberOfThreads()
    {
        int before = WorkerTeam.Threads;
        try
        {
            foreach ((int m, int n, int k) in new[] { (1, 700, 900), (3, 1000, 801), (11, 600, 500), (100, 200, 1000), (300, 300, 97), (64, 1000, 400), (129, 65, 3000) }.Take(Brief.Or(7, 4)))
                for (int form = 0; form < 4; form += Brief.Or(1, 3))
                {
                    WorkerTeam.Threads = 1;
                    float[] one = Check(m, n, k, (form & 1) != 0, (form & 2) != 0, pad: 1, accumulate: true, useBias: true);
                    foreach (int threads in new[] { 2, 7 })
                    {
                        WorkerTeam.Threads = threads;
                        float[] many = Check(m, n, k, (form & 1) != 0, (form & 2) != 0, pad: 1, accumulate: true, useBias: true);
                        Assert.True(one.AsSpan().SequenceEqual(many), $"{m}x{n}x{k} form {form}: {threads} threads differ from one.");
                    }
                }
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }

    [Fact]
    public void CallsFromSeveralThreadsAtOnceDoNotDisturbEachOther()
    {
        Parallel.For(0, 8, i =>
        {
            for (int round = 0; round < 5; round++) Check(60 + i, 90 + round, 500, (i & 1) != 0, (i & 2) != 0);
        });
    }

    [Fact]
    public void SteadyStateAllocatesNothing()
    {
        float[] a = Values(200 * 300, 1), b = Values(300 * 400, 2), c = new float[200 * 400];
        long Allocated()
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            for (int m = 1; m <= 200; m += Brief.Or(33, 99))
                for (int form = 0; form < 4; form++)
                    MatMul.Multiply(m, 400, 300, a, (form & 1) != 0 ? 200 : 300, (form & 1) != 0, b, (form & 2) != 0 ? 300 : 400, (form & 2) != 0, c, 400);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
        // Which thread takes which part is chance: the caller may meet its first part of a kind in a later round.
        Assert.Contains(0, Enumerable.Range(0, 6).Select(_ => Allocated()));
    }

    [Fact]
    public void BadArgumentsSayWhatWasGivenAndExpected()
    {
        float[] x = new float[12];
        void Expect(string text, Action action) => Assert.Contains(text, Assert.Throws<ArgumentException>(action).Message);
        Expect("m = -1", () => MatMul.Multiply(-1, 2, 3, x, 3, false, x, 2, false, x, 2));
        Expect("A is stored (5, 3) with row stride 3 and needs 15 floats, given 12", () => MatMul.Multiply(5, 2, 3, x, 3, false, x, 2, false, new float[99], 2));
        Expect("stride of B is 2, it must be at least its row length 3", () => MatMul.Multiply(2, 2, 3, x, 3, false, x, 2, true, x, 2));
        Expect("C is stored (3, 4) with row stride 5 and needs 14 floats, given 12", () => MatMul.Multiply(3, 4, 3, x, 3, false, x, 4, false, x, 5));
        Expect("bias must hold n = 4 floats, given 3", () => MatMul.Multiply(3, 4, 3, x, 3, false, x, 4, false, x, 4, bias: x.AsSpan(0, 3)));
        Expect("preActivation", () => MatMul.Multiply(3, 4, 3, x, 3, false, x, 4, false, x, 4, preActivation: x.AsSpan(0, 3)));
    }
}
