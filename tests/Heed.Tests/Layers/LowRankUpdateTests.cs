using Heed.Autograd;
using Heed.Formats;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;
using Heed.Tests.Autograd;

namespace Heed.Tests.Layers;

/// <summary>Layers with low-rank updates and layers over stored weights: gradients against finite differences, sums against the definition.</summary>
public sealed unsafe class LowRankUpdateTests
{
    [Fact]
    public void AddingAProductToColumnsHasTheGradientsOfItsParts() =>
        GradientCheck.Run(x => MatrixOps.AddLinear(Arithmetic.Scale(x[0], 1), 2, x[1], x[2]), ([3, 7], 1), ([3, 4], 1), ([5, 4], 1));

    public static TheoryData<BlockType> Stored => [BlockType.F32, BlockType.F16, BlockType.BF16];

    [Theory]
    [MemberData(nameof(Stored))]
    public void AStoredLayerHasTheGradientOfItsInput(BlockType type)
    {
        LinearLayer layer = Layer(type, 6, 9, out _);
        GradientCheck.Run(x => layer.Forward(x[0], ActivationKind.GeluTanh), ([4, 9], 1));
    }

    [Theory]
    [InlineData(BlockType.Q8_0)]
    [InlineData(BlockType.Q4_K)]
    public void AQuantisedLayerHasTheGradientOfTheValuesThatItsBlocksStandFor(BlockType type)
    {
        int columns = type.BlockLength(), rows = 5;
        LinearLayer layer = Layer(type, rows, columns, out float[] values);
        using MemoryScope scope = new();
        using Tape tape = new();
        Tensor x = Random(new Shape(3, columns), 1), dy = Random(new Shape(3, rows), 2);
        x.RequiresGradient = true;
        Tensor y = layer.Forward(x);
        Assert.True(y.RequiresGradient);
        tape.Backward(y, dy);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < columns; k++)
                Assert.Equal(Enumerable.Range(0, rows).Sum(r => (double)dy.Row(i)[r] * values[r * columns + k]), x.Gradient!.Row(i)[k], 1e-5);
        // Differences over steps that the rounding of activations does not swallow.
        float[] at = x.ToArray();
        double Along(float step)
        {
            Tensor moved = Tensor.From(x.Shape, [.. at.Select((v, i) => v + step * MathF.Sin(i))]);
            return layer.Forward(moved).ToArray().Zip(dy.ToArray()).Sum(p => (double)p.First * p.Second);
        }
        double difference = Tape.WithoutGradient(() => Tensor.From(Shape.Scalar, [(float)((Along(2) - Along(-2)) / 4)])).Item, slope = x.Gradient!.ToArray().Select((g, i) => g * Math.Sin(i)).Sum();
        Assert.Equal(slope, difference, 0.02 * Math.Sqrt(columns));
    }

    [Fact]
    public void AnUpdateIsWhatTheDefinitionSays()
    {
        WeightScope weights = new(3);
        LinearLayer layer = weights.Linear("layer", 6, 10, hasBias: true, 0.5f);
        Tensor x = Random(new Shape(2, 3, 6), 1), a = Random(new Shape(2, 6), 2), b = Random(new Shape(4, 2), 3);
        float[] plain = layer.Forward(x).ToArray();
        LowRankUpdate update = new(5, a, b, 1.5f) { Weight = 0.5f };
        layer.Updates = [update];
        float[] adapted = layer.Forward(x).ToArray(), activated = layer.Forward(x, ActivationKind.Silu).ToArray();
        for (int i = 0; i < 6; i++)
            for (int o = 0; o < 10; o++)
            {
                double expected = plain[i * 10 + o];
                for (int r = 0; r < 2 && o is >= 5 and < 9; r++)
                    for (int k = 0; k < 6; k++) expected += 0.75 * b.Row(o - 5)[r] * a.Row(r)[k] * x.Row(i)[k];
                Assert.Equal(expected, adapted[i * 10 + o], 1e-5);
                Assert.Equal(expected / (1 + Math.Exp(-expected)), activated[i * 10 + o], 1e-5);
            }
        layer.Updates = [];
        update.MergeInto(((Linear)layer).Weight);
        Assert.All(layer.Forward(x).ToArray().Zip(adapted), p => Assert.Equal(p.Second, p.First, 1e-5f));
    }

    [Fact]
    public void GradientsFlowThroughALayerWithSeveralUpdatesAndDropout()
    {
        LinearLayer layer = Layer(BlockType.F16, 8, 5, out _);
        GradientCheck.Run(x =>
        {
            layer.Updates = [new LowRankUpdate(0, x[1], x[2], 2) { Dropout = (0.4f, 9) }, new LowRankUpdate(5, x[3], x[4], 0.5f)];
            return layer.Forward(x[0], ActivationKind.Tanh);
        }, ([4, 5], 1), ([2, 5], 0.5f), ([3, 2], 0.5f), ([1, 5], 0.5f), ([3, 1], 0.5f));
    }

    [Fact]
    public void TheFusedLossOfAStoredProjectionEqualsItsParts()
    {
        LinearLayer layer = Layer(BlockType.BF16, 13, 8, out _);
        StoredLinear stored = (StoredLinear)layer;
        Tensor targets = Tensor.From(new Shape(9), [3, -100, 0, 6, 12, 1, 2, 3, 4]);
        float[][] results = [.. new[] { false, true }.Select(fused =>
        {
            using MemoryScope scope = new();
            using Tape tape = new();
            Tensor x = Random(new Shape(9, 8), 1);
            x.RequiresGradient = true;
            Tensor loss = fused ? LossOps.LinearCrossEntropy(x, stored.Weight.Held, targets) : LossOps.CrossEntropy(MatrixOps.PackedLinear(x, stored.Weight.Held), targets);
            tape.Backward(loss);
            return (float[])[loss.Item, .. x.Gradient!.ToArray()];
        })];
        Assert.All(results[0].Zip(results[1]), p => Assert.Equal(p.First, p.Second, 1e-6f));
    }

    private static LinearLayer Layer(BlockType type, int rows, int columns, out float[] values)
    {
        WeightScope scope = WeightScope.ForFile(interleaves: false);
        LinearLayer layer = scope.Linear("layer", columns, rows, hasBias: false, 0);
        byte[] blocks = GC.AllocateArray<byte>((int)(rows * type.RowBytes(columns)), pinned: true);
        Blocks.Encode(type, Random(new Shape(rows, columns), 4).Span, blocks);
        values = new float[rows * columns];
        Blocks.Decode(type, blocks, values);
        fixed (byte* p = blocks) scope.Stored[0].Value.Hold([new BlockMatrix(type, rows, columns, p)], blocks);
        return layer;
    }

    private static Tensor Random(Shape shape, ulong seed)
    {
        Tensor tensor = Tensor.Persistent(shape);
        new RandomSource(seed).FillNormal(tensor.Span, 1);
        return tensor;
    }
}
