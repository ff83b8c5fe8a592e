using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed unsafe class AdamTests
{
    private static AdamHyper Hyper(int step, float decay = 0.1f, float scale = 1f) =>
        new(1e-3f, 0.9f, 0.999f, 1e-8f, decay, (float)(1 - Math.Pow(0.9, step)), (float)(1 - Math.Pow(0.999, step)), scale);

    [Fact]
    public void FiveStepsMatchTheReference()
    {
        foreach (int n in (int[])[1, 5, 17, 100, 16385, 40000])
        {
            float[] start = Values(n, 1);
            float[] end = Run(3 * n, o =>
            {
                o[n..].Clear();
                for (int step = 1; step <= 5; step++) Adam.Step(Hyper(step, scale: 0.5f), o[..n], Values(n, 10 + step), o.Slice(n, n), o[(2 * n)..]);
            }, [.. start, .. new float[2 * n]]);
            float[][] gradients = [.. Enumerable.Range(1, 5).Select(step => Values(n, 10 + step))];
            for (int i = 0; i < n; i++)
            {
                double w = start[i], m = 0, v = 0;
                for (int step = 1; step <= 5; step++) Reference.AdamW(1e-3, 0.9, 0.999, 1e-8, 0.1, step, 0.5 * gradients[step - 1][i], ref w, ref m, ref v);
                Close(w, end[i], 1e-6, 2e-7, "weight");
                Close(m, end[n + i], 1e-7, 1e-6, "m");
                Close(v, end[2 * n + i], 1e-12, 1e-6, "v");
            }
        }
    }

    [Fact]
    public void TheFirstStepsAreThoseOfTheFormula()
    {
        // By hand: w = 1, g = 0.5. Step 1: m = 0.05, v = 0.00025, both corrections undo the decay: w = 1 - 1e-4 - 1e-3 * 0.5 / (0.5 + 1e-8).
        float[] w = [1f], m = [0f], v = [0f];
        Adam.Step(Hyper(1), w, [0.5f], m, v);
        Assert.Equal(0.9989f, w[0], 1e-7f);
        Assert.Equal(0.05f, m[0], 1e-8f);
        Assert.Equal(0.00025f, v[0], 1e-10f);
    }

    [Fact]
    public void SegmentsInOnePassEqualSingleSteps()
    {
        int[] lengths = [1, 40000, 0, 16384, 17, 100];
        int total = lengths.Sum();
        float[] w = Values(total, 1), g = Values(total, 2), m = Values(total, 3), v = [.. Values(total, 4).Select(MathF.Abs)];
        float[] expected = Run(3 * total, o =>
        {
            int at = 0;
            for (int s = 0; s < lengths.Length; s++)
            {
                Adam.Step(Hyper(3, decay: 0.1f * s), o.Slice(at, lengths[s]), g.AsSpan(at, lengths[s]), o.Slice(total + at, lengths[s]), o.Slice(2 * total + at, lengths[s]));
                at += lengths[s];
            }
        }, [.. w, .. m, .. v]);
        float[] actual = Run(3 * total, o =>
        {
            AdamSegment[] segments = new AdamSegment[lengths.Length];
            fixed (float* po = o, pg = g)
            {
                int at = 0;
                for (int s = 0; s < lengths.Length; s++)
                {
                    segments[s] = new() { Weight = po + at, Gradient = pg + at, M = po + total + at, V = po + 2 * total + at, Length = lengths[s], WeightDecay = 0.1f * s, Rate = 1 };
                    at += lengths[s];
                }
                Adam.Step(Hyper(3), segments);
            }
        }, [.. w, .. m, .. v]);
        Assert.Equal(expected, actual);
        Adam.Step(Hyper(1), ReadOnlySpan<AdamSegment>.Empty);
    }

    [Fact]
    public void AZeroGradientOnlyDecays()
    {
        float[] w = [2f, -3f], zero = new float[2];
        Adam.Step(Hyper(1), w, zero, new float[2], new float[2]);
        Assert.Equal(2f * (1 - 1e-4f), w[0], 1e-6f);
        Assert.Equal(-3f * (1 - 1e-4f), w[1], 1e-6f);
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] three = new float[3], two = new float[2];
        Rejects(() => Adam.Step(Hyper(1), three, two, three, three), "2", "3", "gradient");
        Rejects(() => Adam.Step(Hyper(1), three, three, two, three), "2", "3", "m");
        Rejects(() => Adam.Step(Hyper(1), three, three, three, two), "2", "3", "v");
        Rejects(() => Adam.Step(Hyper(1), [new AdamSegment { Length = 1 }]), "Segment 0", "null");
        Rejects(() => Adam.Step(Hyper(1), [new AdamSegment { Length = -1 }]), "Segment 0", "-1");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] w = new float[40000], g = new float[40000], m = new float[40000], v = new float[40000];
        AllocatesNothing(() => Adam.Step(Hyper(1), w, g, m, v));
    }
}
