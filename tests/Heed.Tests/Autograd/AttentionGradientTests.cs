using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Tests.Autograd;

[Trait("isa", "all")]
public sealed class AttentionGradientTests
{
    [Theory]
    [InlineData(4, 4, true, 0)]
    [InlineData(4, 2, true, 0)]
    [InlineData(2, 1, false, 0)]
    [InlineData(2, 2, true, 3)]
    public void AttentionOverColumnsOfOneMatrix(int heads, int keyHeads, bool causal, int window)
    {
        const int d = 6;
        AttentionShape shape = new() { Heads = heads, KeyValueHeads = keyHeads, HeadDim = d, Scale = 0.4f, Causal = causal, Window = window };
        GradientCheck.Run(
            x => NeuralOps.Attention(x[0].SliceColumns(0, heads * d), x[0].SliceColumns(heads * d, keyHeads * d), x[0].SliceColumns((heads + keyHeads) * d, keyHeads * d), shape),
            ([2, 5, (heads + 2 * keyHeads) * d], 1));
    }

    [Fact]
    public void AttentionToAnotherSequence()
    {
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 4, Scale = 0.5f };
        GradientCheck.Run(
            x => NeuralOps.Attention(x[0], x[1].SliceColumns(0, 8), x[1].SliceColumns(8, 8), shape),
            ([2, 3, 8], 1), ([2, 5, 16], 1));
    }

    [Fact]
    public void AttentionWhoseInputsAlreadyHaveGradients()
    {
        AttentionShape shape = new() { Heads = 1, KeyValueHeads = 1, HeadDim = 5, Scale = 0.5f, Causal = true };
        GradientCheck.Run(
            x =>
            {
                Tensor attended = NeuralOps.Attention(x[0], x[0], x[0], shape);
                return attended + x[0];
            },
            ([2, 4, 5], 1));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 2, 5)]
    [InlineData(2, 2, 5)]
    [InlineData(4, 1, 5)]
    [InlineData(4, 2, 1)]
    public void BiasOfEveryBroadcast(int sequences, int heads, int queries)
    {
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 1, HeadDim = 3, Scale = 0.5f, Causal = queries > 1 };
        GradientCheck.Run(
            x => NeuralOps.Attention(x[0], x[1].SliceColumns(0, 3), x[1].SliceColumns(3, 3), shape, bias: x[2]),
            ([4, 5, 6], 1), ([4, 5, 6], 1), ([sequences, heads, queries, 5], 1));
    }

    [Fact]
    public void ABiasUsedTwiceCollectsBothGradients()
    {
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 3, Scale = 0.5f };
        GradientCheck.Run(
            x => NeuralOps.Attention(NeuralOps.Attention(x[0], x[0], x[0], shape, bias: x[1]), x[0], x[0], shape, bias: x[1]) + x[0],
            ([2, 4, 6], 1), ([1, 2, 4, 4], 1));
    }

    [Fact]
    public void ABiasOfColumnsOfAWiderTable()
    {
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 3, Scale = 0.5f };
        GradientCheck.Run(x => NeuralOps.Attention(x[0], x[0], x[0], shape, bias: x[1].SliceColumns(2, 4)), ([2, 4, 6], 1), ([1, 2, 4, 9], 1));
    }

    [Fact]
    public void OnlyTheBiasHasAGradient()
    {
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 3, Scale = 0.5f };
        float[] values = new float[2 * 4 * 6];
        new RandomSource(5).FillNormal(values, 1);
        GradientCheck.Run(
            x =>
            {
                Tensor q = Tensor.From(new Shape(2, 4, 6), values);
                return NeuralOps.Attention(q, q, q, shape, bias: x[0]);
            },
            ([1, 2, 4, 4], 1));
    }

    [Fact]
    public void ABiasThatIsAParameterKeepsAndAddsItsGradient()
    {
        using var scope = new MemoryScope();
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 3, Scale = 0.5f };
        Tensor bias = Tensor.Persistent(new Shape(1, 2, 4, 4), isParameter: true);
        float[] values = new float[2 * 4 * 6], weights = new float[2 * 4 * 6];
        new RandomSource(5).FillNormal(values, 1);
        new RandomSource(6).FillNormal(weights, 1);
        float[] once = Pass();
        float[] twice = Pass();
        Assert.Contains(once, x => MathF.Abs(x) > 0.05f);
        for (int i = 0; i < once.Length; i++) Assert.Equal(2 * once[i], twice[i], 1e-5f);
        bias.ClearGradient();
        Assert.Equal(once, Pass());

        float[] Pass()
        {
            using var tape = new Tape();
            Tensor q = Tensor.From(new Shape(2, 4, 6), values);
            Tensor y = NeuralOps.Attention(q, q, q, shape, bias: bias);
            tape.Backward(y, Tensor.From(y.Shape, weights));
            return bias.Gradient!.ToArray();
        }
    }

    [Fact]
    public void MaskSoftCapDropoutAndWindowTogether()
    {
        const float hidden = float.NegativeInfinity;
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 1, HeadDim = 4, Scale = 0.8f, SoftCap = 1.5f, Causal = true, Window = 4, Dropout = 0.2f, DropoutSeed = 3 };
        GradientCheck.Run(
            x =>
            {
                Tensor mask = Tensor.From(new Shape(2, 6), [0, 0, 0, 0, 0, hidden, hidden, hidden, 0, 0, 0, 0]);
                return NeuralOps.Attention(x[0].SliceColumns(0, 8), x[0].SliceColumns(8, 4), x[0].SliceColumns(12, 4), shape, bias: x[1], mask: mask);
            },
            ([2, 6, 16], 1), ([1, 2, 6, 6], 1));
    }

    [Fact]
    public void TheMapObeysBiasMaskAndCap()
    {
        using var scope = new MemoryScope();
        AttentionShape shape = new() { Heads = 1, KeyValueHeads = 1, HeadDim = 1, Scale = 2, SoftCap = 1 };
        Tensor q = Tensor.From(new Shape(1, 1, 1), [1f]), k = Tensor.From(new Shape(1, 3, 1), [0.5f, -1f, 9f]);
        Tensor bias = Tensor.From(new Shape(1, 1, 1, 3), [0f, 0.7f, 0f]), mask = Tensor.From(new Shape(1, 3), [0f, 0f, float.NegativeInfinity]);
        double a = Math.Exp(Math.Tanh(1)), b = Math.Exp(Math.Tanh(-2) + 0.7);
        float[] map = NeuralOps.AttentionMap(q, k, shape, bias, mask).ToArray();
        Assert.Equal(a / (a + b), map[0], 1e-6);
        Assert.Equal(b / (a + b), map[1], 1e-6);
        Assert.Equal(0f, map[2]);
    }

    [Fact]
    public void MisshapenBiasAndMaskSayWhatWasExpected()
    {
        using var scope = new MemoryScope();
        AttentionShape shape = new() { Heads = 2, KeyValueHeads = 2, HeadDim = 2, Scale = 1 };
        Tensor x = Tensor.Zeros(new Shape(4, 3, 4));
        foreach (int[] bad in (int[][])[[3, 2, 3, 3], [4, 3, 3, 3], [4, 2, 2, 3], [4, 2, 3, 4], [2, 3, 3]])
            KernelTest.Rejects(() => NeuralOps.Attention(x, x, x, shape, bias: Tensor.Zeros(new Shape(bad))), "(4, a divisor of it, or 1; 2 or 1; 3 or 1; 3)", new Shape(bad).ToString());
        foreach (int[] bad in (int[][])[[4, 4], [2, 3], [3]])
            KernelTest.Rejects(() => NeuralOps.Attention(x, x, x, shape, mask: Tensor.Zeros(new Shape(bad))), "(4 or 1, 3)", new Shape(bad).ToString());
        KernelTest.Rejects(() => NeuralOps.Attention(x, x, x, shape, keyLength: 5), "5 keys");
    }
}
