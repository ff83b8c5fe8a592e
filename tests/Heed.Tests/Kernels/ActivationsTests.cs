using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed unsafe class ActivationsTests
{
    public static TheoryData<ActivationKind> Kinds => [ActivationKind.None, ActivationKind.Relu, ActivationKind.Gelu, ActivationKind.GeluTanh, ActivationKind.Silu, ActivationKind.Tanh];

    private static readonly float[] Extremes =
    [
        0f, -0f, 1e-45f, -1e-45f, 1e-30f, -1e-30f, 5.54f, -5.54f, -5.56f, 5.56f, 12f, -12f, 15.1f, -15.1f, 88f, -88f, 89f, -89f, 104f, -104f, 1001f, -1001f,
        1e10f, -1e10f, 1e30f, -1e30f, float.MaxValue, -float.MaxValue, float.PositiveInfinity, float.NegativeInfinity,
    ];

    /// <summary>Every float that matters, spaced evenly, and the extremes.</summary>
    private static float[] Inputs(int n)
    {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = i < Extremes.Length ? Extremes[i] : -20f + 40f * i / n;
        return x;
    }

    private readonly struct Exp : IMap1
    {
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => VecMath.Exp(x);
    }

    private readonly struct Tanh : IMap1
    {
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => VecMath.Tanh(x);
    }

    private readonly struct Erf : IMap1
    {
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => VecMath.Erf(x);
    }

    private readonly struct Sigmoid : IMap1
    {
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => VecMath.Sigmoid(x);
    }

    private const double Ulp = 1.0 / (1 << 23);

    private static void CheckFunction<TOp>(Func<double, double> truth, float low, float high, double absolute, double ulps) where TOp : unmanaged, IMap1
    {
        const int n = 100_003;
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = i < Extremes.Length ? Extremes[i] : low + (high - low) * i / n;
        float[] y = new float[n];
        VectorLoop.Run<TOp>(x, y, 0f);
        for (int i = 0; i < n; i++) Close(truth(x[i]), y[i], absolute, ulps * Ulp, $"f({x[i]:R})");
        float[] nan = [float.NaN, 1f, float.NaN];
        VectorLoop.Run<TOp>(nan, nan, 0f);
        Assert.True(float.IsNaN(nan[0]) && !float.IsNaN(nan[1]) && float.IsNaN(nan[2]));
    }

    [Fact]
    public void ExpIsWithinTwoUnitsInTheLastPlace() => CheckFunction<Exp>(Math.Exp, -105f, 89f, 1.5e-45, 2);

    [Fact]
    public void TanhIsWithinThreeUnitsInTheLastPlace()
    {
        CheckFunction<Tanh>(Math.Tanh, -10f, 10f, 1.5e-45, 3);
        CheckFunction<Tanh>(Math.Tanh, -1e-3f, 1e-3f, 1.5e-45, 3);
    }

    [Fact]
    public void ErfIsWithinThreeUnitsInTheLastPlace()
    {
        CheckFunction<Erf>(Reference.Erf, -5f, 5f, 3e-45, 3);
        CheckFunction<Erf>(Reference.Erf, -1e-3f, 1e-3f, 3e-45, 3);
    }

    [Fact]
    public void SigmoidIsWithinThreeUnitsInTheLastPlace() => CheckFunction<Sigmoid>(x => 1 / (1 + Math.Exp(-x)), -87f, 30f, 5e-39, 3);

    [Fact]
    public void TheReferenceErfHasTheTabledValues()
    {
        // Abramowitz and Stegun, table 7.1.
        Assert.Equal(0.5204998778, Reference.Erf(0.5), 1e-10);
        Assert.Equal(0.8427007929, Reference.Erf(1), 1e-10);
        Assert.Equal(-0.9953222650, Reference.Erf(-2), 1e-10);
        Assert.Equal(0.9999779095, Reference.Erf(3), 1e-10);
        Assert.Equal(1 - Reference.Erf(2.4999999), 1 - Reference.Erf(2.5000001), 1e-9);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ForwardAndBackwardMatchTheReference(ActivationKind kind)
    {
        foreach (int n in Sizes)
        {
            float[] x = Inputs(n), dy = Values(n, 2);
            float[] y = Run(n, o => Activations.Forward(kind, x, o));
            float[] dx = Run(n, o => Activations.Backward(kind, x, dy, o));
            for (int i = 0; i < n; i++)
            {
                double f = Reference.Activation(kind, x[i]), d = Reference.ActivationDerivative(kind, x[i]);
                Close(f, y[i], 1e-6, 5e-7, $"{kind}({x[i]:R})");
                Close(dy[i] * d, dx[i], 4e-7, 5e-7, $"{kind}'({x[i]:R})");
            }
            Assert.Equal(y, Run(n, o => Activations.Forward(kind, o, o), x));
            Assert.Equal(dx, Run(n, o => Activations.Backward(kind, x, o, o), dy));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void TheReferenceDerivativeIsTheSlope(ActivationKind kind)
    {
        for (double x = -8; x < 8; x += 0.0437)
        {
            double h = 1e-5, slope = (Reference.Activation(kind, x + h) - Reference.Activation(kind, x - h)) / (2 * h);
            Assert.Equal(slope, Reference.ActivationDerivative(kind, x), 1e-8);
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void NanStaysNan(ActivationKind kind)
    {
        float[] x = Values(40, 1), y = new float[40];
        x[3] = x[37] = float.NaN;
        Activations.Forward(kind, x, y);
        for (int i = 0; i < 40; i++) Assert.Equal(i is 3 or 37, float.IsNaN(y[i]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void GatedMatchesTheReference(ActivationKind kind)
    {
        foreach ((int rows, int width) in ((int, int)[])[(0, 5), (3, 0), (1, 1), (3, 17), (5, 64), (2, 20001), (301, 130)])
        {
            float[] x = Values(2 * rows * width, 1, 4f), dy = Values(rows * width, 2);
            float[] expected = new float[rows * width], expectedGradient = new float[2 * rows * width];
            Reference.GatedForward(kind, rows, width, x, expected);
            Reference.GatedBackward(kind, rows, width, x, dy, expectedGradient);
            float[] y = Run(rows * width, o => Activations.GatedForward(kind, rows, width, x, o));
            float[] dx = Run(2 * rows * width, o => Activations.GatedBackward(kind, rows, width, x, dy, o));
            for (int i = 0; i < y.Length; i++) Close(expected[i], y[i], 2e-6, 1e-6, $"{kind} {rows}x{width} [{i}]");
            for (int i = 0; i < dx.Length; i++) Close(expectedGradient[i], dx[i], 3e-6, 1e-6, $"{kind} gradient {rows}x{width} [{i}]");
            Assert.Equal(dx, Run(2 * rows * width, o => Activations.GatedBackward(kind, rows, width, o, dy, o), x));
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] five = new float[5], four = new float[4];
        Rejects(() => Activations.Forward(ActivationKind.Silu, five, four), "4", "5");
        Rejects(() => Activations.Backward(ActivationKind.Silu, five, four, five), "4", "5");
        Rejects(() => Activations.Backward(ActivationKind.Silu, five, five, four), "4", "5");
        Rejects(() => Activations.Forward((ActivationKind)9, five, five), "9");
        Rejects(() => Activations.GatedForward(ActivationKind.Silu, 1, 3, five, five), "5", "6", "gateUp");
        Rejects(() => Activations.GatedForward(ActivationKind.Silu, -1, 3, five, five), "rows", "-1");
        Rejects(() => Activations.GatedBackward(ActivationKind.Silu, 1, 2, five, four, new float[3]), "3", "4", "dGateUp");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), y = new float[40000];
        AllocatesNothing(() => Activations.Forward(ActivationKind.Gelu, x, y));
        AllocatesNothing(() => Activations.GatedBackward(ActivationKind.Silu, 20, 1000, x, x, y));
    }
}
