using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class DropoutTests
{
    private static float[] Mask(int n, float probability, ulong seed)
    {
        float[] ones = new float[n];
        Array.Fill(ones, 1f);
        return Run(n, o => Dropout.Apply(ones, o, probability, seed));
    }

    [Fact]
    public void KeptElementsAreScaledAndTheMaskDependsOnSeedAndPlaceAlone()
    {
        foreach (int n in Sizes)
        {
            float[] mask = Mask(n, 0.25f, 7), x = Values(n, 1), y = Run(n, o => Dropout.Apply(x, o, 0.25f, 7));
            float[] expected = new float[n];
            Reference.Dropout(x, expected, 0.25f, 7);
            Assert.Equal(expected, y);
            for (int i = 0; i < n; i++) Assert.Equal(mask[i] == 0f ? 0f : x[i] * (1f / 0.75f), y[i]);
            Assert.Equal(Mask(50001, 0.25f, 7).AsSpan(0, n).ToArray(), mask);
            Assert.Equal(y, Run(n, o => Dropout.Apply(o, o, 0.25f, 7), x));
        }
    }

    [Theory, InlineData(0.1f), InlineData(0.5f), InlineData(0.9f)]
    public void TheRateIsRightAndNeighboursAndSeedsAreIndependent(float p)
    {
        const int n = 200_000;
        double deviation = Math.Sqrt(p * (1 - p) * n);
        float[] first = Mask(n, p, 0);
        Assert.InRange(first.Count(v => v == 0f), p * n - 5 * deviation, p * n + 5 * deviation);
        foreach (ulong seed in (ulong[])[1, 2, 1UL << 32, ulong.MaxValue])
        {
            float[] mask = Mask(n, p, seed);
            foreach (int lag in (int[])[0, 1, 2, 8, 16, 768, 4096])
            {
                // Both dropped: p^2, within five standard deviations. Against another seed, and with itself at a distance.
                double q = p * p, both = Math.Sqrt(q * (1 - q) * (n - lag)) * 5 + 1;
                int other = 0, self = 0;
                for (int i = lag; i < n; i++)
                {
                    if (first[i] == 0f && mask[i - lag] == 0f) other++;
                    if (mask[i] == 0f && mask[i - lag] == 0f) self++;
                }
                Assert.InRange(other, q * (n - lag) - both, q * (n - lag) + both);
                if (lag > 0) Assert.InRange(self, q * (n - lag) - both, q * (n - lag) + both);
            }
        }
    }

    [Fact]
    public void TheLimits()
    {
        float[] x = Values(100, 1), y = new float[100];
        Dropout.Apply(x, y, 0f, 3);
        Assert.Equal(x, y);
        x[5] = float.NaN;
        x[6] = float.PositiveInfinity;
        Dropout.Apply(x, y, 1f, 3);
        Assert.Equal(new float[100], y);
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        Rejects(() => Dropout.Apply(new float[3], new float[2], 0.5f, 1), "2", "3", "y");
        Rejects(() => Dropout.Apply(new float[3], new float[3], 1.5f, 1), "1.5", "probability");
        Rejects(() => Dropout.Apply(new float[3], new float[3], -0.1f, 1), "-0.1", "probability");
        Rejects(() => Dropout.Apply(new float[3], new float[3], float.NaN, 1), "NaN", "probability");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), y = new float[40000];
        AllocatesNothing(() => Dropout.Apply(x, y, 0.1f, 1));
    }
}
