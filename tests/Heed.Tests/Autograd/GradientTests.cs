using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Tests.Autograd;

[Trait("isa", "all")]
public sealed class GradientTests
{
    [Fact]
    public void Sum() => GradientCheck.Run(x => x[0] + x[1], ([3, 5], 1), ([3, 5], 1));

    [Fact]
    public void ATensorUsedTwiceCollectsBothGradients() => GradientCheck.Run(x => x[0] + x[0] * x[0] + x[0] * 3f, ([2, 7], 1));

    [Fact]
    public void Product() => GradientCheck.Run(x => x[0] * x[1], ([3, 5], 1), ([3, 5], 1));

    [Fact]
    public void Row() => GradientCheck.Run(x => Arithmetic.AddRow(x[0], x[1]), ([3, 5], 1), ([5], 1));

    [Fact]
    public void MatMul() => GradientCheck.Run(x => MatrixOps.MatMul(x[0], x[1]), ([5, 7], 1), ([7, 3], 1));

    [Theory]
    [InlineData(ActivationKind.None)]
    [InlineData(ActivationKind.Gelu)]
    [InlineData(ActivationKind.GeluTanh)]
    [InlineData(ActivationKind.Silu)]
    [InlineData(ActivationKind.Tanh)]
    public void Linear(ActivationKind activation) =>
        GradientCheck.Run(x => MatrixOps.Linear(x[0], x[1], x[2], activation), ([2, 3, 7], 1), ([5, 7], 0.5f), ([5], 1));

    [Theory]
    [InlineData(ActivationKind.Gelu)]
    [InlineData(ActivationKind.GeluTanh)]
    [InlineData(ActivationKind.Silu)]
    [InlineData(ActivationKind.Tanh)]
    public void Activation(ActivationKind kind) => GradientCheck.Run(x => NeuralOps.Activate(x[0], kind), ([5, 9], 1));

    [Fact]
    public void Gated() => GradientCheck.Run(x => NeuralOps.Gated(x[0], ActivationKind.Silu), ([3, 14], 1));

    [Fact]
    public void Softmax() => GradientCheck.Run(x => NeuralOps.Softmax(x[0]), ([3, 11], 1));

    [Fact]
    public void LayerNorm() => GradientCheck.Run(x => NeuralOps.LayerNorm(x[0], x[1], x[2], 1e-5f), ([4, 9], 1), ([9], 1), ([9], 1));

    [Fact]
    public void RmsNorm() => GradientCheck.Run(x => NeuralOps.RmsNorm(x[0], x[1], 1e-5f, 1), ([4, 9], 1), ([9], 1));

    [Fact]
    public void Dropout() => GradientCheck.Run(x => Arithmetic.Dropout(x[0], 0.4f, 99), ([4, 9], 1));

    [Fact]
    public void Embedding() => GradientCheck.Run(x => NeuralOps.Embed(x[0], Tensor.From(new Shape(2, 3), [4, 0, 4, 2, 2, 2])), ([5, 6], 1));

    [Fact]
    public void SmoothedCrossEntropy() => GradientCheck.Run(x => LossOps.CrossEntropy(x[0], Tensor.From(new Shape(4), [3, -100, 0, 6]), smoothing: 0.3f), ([4, 7], 1));

    [Fact]
    public void CrossEntropy() => GradientCheck.Run(x => LossOps.CrossEntropy(x[0], Tensor.From(new Shape(4), [3, -100, 0, 6])), ([4, 7], 1));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rotation(bool interleaved)
    {
        // x is rotated in place, so the function works on a copy.
        RotaryTable table = new(new PositionConfig.Rotary(100, 16, Dimension: 4, Interleaved: interleaved), 6);
        Tensor positions = Tensor.From(new Shape(6), [0, 1, 2, 5, 6, 7]);
        GradientCheck.Run(x => table.Rotate(x[0] * 1f, 2, positions), ([2, 3, 18], 1));
    }

    [Theory]
    [InlineData(Placement.Pre, false)]
    [InlineData(Placement.Post, false)]
    [InlineData(Placement.Pre, true)]
    [InlineData(Placement.Sandwich, false)]
    [InlineData(Placement.Sandwich, true)]
    [InlineData(Placement.Parallel, false)]
    [InlineData(Placement.ParallelOneNorm, false)]
    public void WholeBlock(Placement placement, bool cross)
    {
        StackConfig config = new()
        {
            Depth = 1,
            Width = 12,
            Heads = 2,
            KeyValueHeads = 1,
            Placement = placement,
            CrossAttention = cross,
            Positions = new PositionConfig.Rotary(100, 16),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(20, ActivationKind.Silu, Gated: true),
            InitialDeviation = 0.3f,
        };
        Block block = new(new WeightScope(3), config, 0, new RotaryTable((PositionConfig.Rotary)config.Positions, 6));
        Tensor positions = Tensor.From(new Shape(8), [0, 1, 2, 3, 0, 1, 2, 3]);
        BlockContext Context(Tensor? memory) => new() { Self = new AttentionContext { Positions = positions }, Memory = memory };
        if (cross) GradientCheck.Run(x => block.Forward(x[0], Context(x[1])), ([2, 4, 12], 1), ([2, 3, 12], 1));
        else GradientCheck.Run(x => block.Forward(x[0], Context(null)), ([2, 4, 12], 1));
    }

    [Fact]
    public void BlockWithNormalisedQueriesAndKeys()
    {
        StackConfig config = new()
        {
            Depth = 1,
            Width = 12,
            Heads = 2,
            KeyValueHeads = 1,
            HeadDim = 4,
            Scores = new ScoreConfig(Normalised: true),
            Positions = new PositionConfig.Rotary(100, 16),
            Norm = new NormConfig.RmsNorm(1e-5f),
            FeedForward = new FeedForwardConfig(20, ActivationKind.Gelu),
            InitialDeviation = 0.3f,
        };
        Block block = new(new WeightScope(3), config, 0, new RotaryTable((PositionConfig.Rotary)config.Positions, 4));
        Tensor positions = Tensor.From(new Shape(8), [0, 1, 2, 3, 0, 1, 2, 3]);
        GradientCheck.Run(x => block.Forward(x[0], new BlockContext { Self = new AttentionContext { Positions = positions } }), ([2, 4, 12], 1));
    }

    [Fact]
    public void Transposition() => GradientCheck.Run(x => MatrixOps.Transpose(x[0]), ([5, 37], 1));

    [Fact]
    public void RecomputationGivesTheSameGradientsToTheLastBit()
    {
        using var scope = new MemoryScope();
        WeightScope weights = new(5);
        LinearLayer up = weights.Linear("up", 8, 32, true, 0.3f), down = weights.Linear("down", 32, 8, true, 0.3f);
        Tensor F(Tensor x) => down.Forward(up.Forward(x, ActivationKind.GeluTanh));
        float[][] results = [.. new[] { false, true }.Select(recompute =>
        {
            Tensor x = Tensor.Empty(new Shape(6, 8));
            new RandomSource(1).FillNormal(x.Span, 1);
            x.RequiresGradient = true;
            foreach (var w in weights.Weights) w.Value.ClearGradient();
            using var tape = new Tape();
            Tensor y = recompute ? Tape.Recompute(Tape.Recompute(x, F), F) : F(F(x));
            tape.Backward(y, Tensor.From(y.Shape, Enumerable.Range(0, 48).Select(i => i * 0.01f).ToArray()));
            return (float[])[.. x.Gradient!.ToArray(), .. weights.Weights.SelectMany(w => w.Value.Gradient!.ToArray())];
        })];
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void TheFusedLossEqualsItsParts()
    {
        using var scope = new MemoryScope();
        Tensor targets = Tensor.From(new Shape(5), [3, -100, 0, 6, 12]);
        float[][] results = [.. new[] { false, true }.Select(fused =>
        {
            Tensor x = Tensor.Empty(new Shape(5, 8)), w = Tensor.Persistent(new Shape(13, 8), isParameter: true);
            new RandomSource(1).FillNormal(x.Span, 1);
            new RandomSource(2).FillNormal(w.Span, 1);
            x.RequiresGradient = true;
            using var tape = new Tape();
            Tensor loss = fused ? LossOps.LinearCrossEntropy(x, w, targets, scale: 0.5f) : LossOps.CrossEntropy(MatrixOps.Linear(x, w), targets) * 0.5f;
            float value = loss.Item;
            tape.Backward(loss);
            return (float[])[value, .. x.Gradient!.ToArray(), .. w.Gradient!.ToArray()];
        })];
        for (int i = 0; i < results[0].Length; i++) Assert.Equal(results[0][i], results[1][i], 1e-6f);
    }

    [Fact]
    public void ATensorOutlivingItsScopeThrows()
    {
        Tensor escaped;
        using (new MemoryScope()) escaped = Tensor.Zeros(new Shape(3));
        Assert.Throws<ObjectDisposedException>(() => escaped.Span[0]);
    }
}
