using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;
using Heed.Tests.Autograd;
using RecurrentStack = Heed.Layers.Recurrent;

namespace Heed.Tests.Layers;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class RecurrentLayerTests
{
    public static TheoryData<RecurrentKind> Kinds => RecurrentTests.Kinds;

    private static RecurrentConfig Config(RecurrentKind kind, bool bidirectional = false, int layers = 2) =>
        new() { Kind = kind, Inputs = 5, Width = 6, Layers = layers, Bidirectional = bidirectional };

    private static (RecurrentStack Stack, WeightScope Scope) Make(RecurrentConfig config, ulong seed = 3)
    {
        WeightScope scope = new(seed);
        return (new RecurrentStack(scope, config), scope);
    }

    private static Tensor Normal(ulong seed, params int[] shape)
    {
        Tensor x = Tensor.Empty(new Shape(shape));
        new RandomSource(seed).FillNormal(x.Span, 1);
        return x;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void GradientsOfEveryInputAreDifferences(RecurrentKind kind)
    {
        const int batch = 3, steps = 4, inputs = 3, width = 5;
        int rows = new RecurrentShape(kind, 0, 0, 0).Gates * width;
        bool lstm = kind == RecurrentKind.Lstm;
        int[] lengths = [4, 2, 3];
        // Both directions with their own weights and states; outputs and last states mixed into one result.
        (int[], float)[] one = [([rows, inputs], 0.5f), ([rows, width], 0.4f), ([rows], 0.3f), ([rows], 0.3f), ([batch, width], 0.7f), .. lstm ? [([batch, width], 0.7f)] : Array.Empty<(int[], float)>()];
        GradientCheck.Run(
            x =>
            {
                // Where relu is smooth: every sum is positive.
                Tensor lift = Tensor.Zeros(new Shape(rows));
                lift.Span.Fill(kind == RecurrentKind.RnnRelu ? 9 : 0);
                int n = one.Length;
                RecurrentWeights[] weights = [new(x[1], x[2], Arithmetic.Add(x[3], lift), x[4]), new(x[1 + n], x[2 + n], Arithmetic.Add(x[3 + n], lift), x[4 + n])];
                (Tensor y, Tensor[] h, Tensor[] c) = RecurrentOps.Recurrent(kind, x[0], weights, [x[5], x[5 + n]], lstm ? [x[6], x[6 + n]] : default, Tensor.From(new Shape(batch), lengths));
                Tensor mixed = MatrixOps.MatMul(y.Reshape(new Shape(batch, steps * 2 * width)), Normal(5, steps * 2 * width, width) * 0.3f);
                foreach (Tensor state in (Tensor[])[.. h, .. c]) mixed = Arithmetic.Add(mixed, state);
                return mixed;
            },
            [([batch, steps, inputs], 1), .. one, .. one]);
    }

    [Theory]
    [InlineData(RecurrentKind.RnnTanh)]
    [InlineData(RecurrentKind.Lstm)]
    [InlineData(RecurrentKind.Gru)]
    public void TheLastStateAloneHasAGradient(RecurrentKind kind)
    {
        const int width = 4;
        int rows = new RecurrentShape(kind, 0, 0, 0).Gates * width;
        GradientCheck.Run(
            x => RecurrentOps.Recurrent(kind, x[0], [new RecurrentWeights(x[1], x[2])]).Hidden[0],
            ([2, 3, 3], 1), ([rows, 3], 0.5f), ([rows, width], 0.4f));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void PackedSequencesAreEachSequenceAlone(RecurrentKind kind)
    {
        using MemoryScope scope = new();
        RecurrentConfig config = Config(kind, bidirectional: true);
        (RecurrentStack stack, _) = Make(config);
        int[] lengths = [4, 7, 1, 6, 0, 7, 3, 5];
        Tensor x = Normal(1, lengths.Length, 7, 5);
        RecurrentOutput packed = stack.Forward(x, null, lengths);
        for (int b = 0; b < lengths.Length; b++)
        {
            int length = lengths[b];
            for (int t = length; t < 7; t++) Assert.All(packed.Output.Row(7 * b + t).ToArray(), v => Assert.Equal(0, v));
            if (length == 0)
            {
                foreach (Tensor h in packed.State.Hidden) Assert.All(h.Row(b).ToArray(), v => Assert.Equal(0, v));
                continue;
            }
            RecurrentOutput alone = stack.Forward(Tensor.From(new Shape(1, length, 5), x.Span.Slice(7 * 5 * b, 5 * length)));
            for (int t = 0; t < length; t++) AssertClose(alone.Output.Row(t), packed.Output.Row(7 * b + t));
            for (int i = 0; i < alone.State.Hidden.Count; i++) AssertClose(alone.State.Hidden[i].Row(0), packed.State.Hidden[i].Row(b));
            for (int i = 0; i < alone.State.Cell.Count; i++) AssertClose(alone.State.Cell[i].Row(0), packed.State.Cell[i].Row(b));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void TheStateCarriesOverFromStepToStep(RecurrentKind kind)
    {
        using MemoryScope scope = new();
        (RecurrentStack stack, _) = Make(Config(kind));
        Tensor x = Normal(2, 1, 6, 5);
        RecurrentOutput whole = stack.Forward(x);
        RecurrentState state = RecurrentState.Zeros(stack.Config, 1);
        int done = 0;
        foreach (int part in (int[])[3, 1, 1, 1])
        {
            RecurrentOutput some = stack.Forward(Tensor.From(new Shape(1, part, 5), x.Span.Slice(5 * done, 5 * part)), state);
            for (int t = 0; t < part; t++) AssertClose(whole.Output.Row(done + t), some.Output.Row(t));
            some.State.CopyTo(state);
            done += part;
        }
        for (int i = 0; i < state.Hidden.Count; i++) AssertClose(whole.State.Hidden[i].Row(0), state.Hidden[i].Row(0));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void ThreadsDoNotChangeABit(RecurrentKind kind)
    {
        int length = Brief.Or(50, 12);
        float[] Step(int threads) => Threads.With(threads, () =>
        {
            using MemoryScope scope = new();
            using Tape tape = new();
            (RecurrentStack stack, WeightScope weights) = Make(new RecurrentConfig { Kind = kind, Inputs = 40, Width = 70, Layers = 2, Bidirectional = true, Dropout = 0.2f });
            RecurrentOutput result = stack.Forward(Normal(4, length, 6, 40), null, default, new RandomSource(5));
            float[] output = result.Output.ToArray();
            tape.Backward(result.Output, Normal(6, length, 6, 140));
            return (float[])[.. output, .. weights.Weights.SelectMany(w => w.Value.Gradient!.ToArray())];
        });
        float[] single = Step(1);
        Assert.Equal(single, Step(2));
        Assert.Equal(single, Step(7));
    }

    [Fact]
    public void DropoutActsBetweenLayersOnly()
    {
        using MemoryScope scope = new();
        Tensor x = Normal(1, 2, 4, 5);
        (RecurrentStack two, _) = Make(Config(RecurrentKind.Gru) with { Dropout = 0.5f });
        float[] plain = two.Forward(x).Output.ToArray();
        float[] dropped = two.Forward(x, random: new RandomSource(1)).Output.ToArray();
        Assert.NotEqual(plain, dropped);
        Assert.Equal(dropped, two.Forward(x, random: new RandomSource(1)).Output.ToArray());
        Assert.NotEqual(dropped, two.Forward(x, random: new RandomSource(2)).Output.ToArray());
        Assert.Equal(plain, two.Forward(x).Output.ToArray());
        (RecurrentStack one, _) = Make(Config(RecurrentKind.Gru, layers: 1) with { Dropout = 0.5f });
        Assert.Equal(one.Forward(x).Output.ToArray(), one.Forward(x, random: new RandomSource(1)).Output.ToArray());
    }

    [Fact]
    public void WeightsHaveTheNamesAndTheStartOfPyTorch()
    {
        (_, WeightScope scope) = Make(new RecurrentConfig { Kind = RecurrentKind.Lstm, Inputs = 30, Width = 50, Layers = 2, Bidirectional = true });
        Assert.Equal(
            ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse", "bias_hh_l0_reverse",
                "weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse", "bias_ih_l1_reverse", "bias_hh_l1_reverse"],
            scope.Weights.Select(w => w.Key));
        Tensor weight = scope.Weights[8].Value;
        Assert.Equal(new Shape(200, 100), weight.Shape);
        double variance = weight.ToArray().Average(v => (double)v * v);
        Assert.Equal(1.0 / 150, variance, 4e-4);
    }

    [Fact]
    public void BadShapesAreNamed()
    {
        using MemoryScope scope = new();
        (RecurrentStack stack, _) = Make(Config(RecurrentKind.Lstm));
        KernelTest.Rejects(() => stack.Forward(Normal(1, 2, 4, 6)), "(batch, tokens, 5)", "(2, 4, 6)");
        KernelTest.Rejects(() => stack.Forward(Normal(1, 2, 4, 5), null, [4]), "2 sequences", "1");
        KernelTest.Rejects(() => stack.Forward(Normal(1, 2, 4, 5), null, [4, 5]), "5", "0 to 4");
        KernelTest.Rejects(() => stack.Forward(Normal(1, 2, 4, 5), new RecurrentState([Normal(1, 2, 6)], [])), "2 hidden", "2 cell", "1 and 0");
        KernelTest.Rejects(() => stack.Forward(Normal(1, 3, 4, 5), RecurrentState.Zeros(stack.Config, 2)), "(3, 6)", "(2, 6)");
        KernelTest.Rejects(() => RecurrentState.Zeros(stack.Config, 2).CopyTo(RecurrentState.Zeros(stack.Config, 3)), "(3, 6)", "(2, 6)");
        KernelTest.Rejects(() => (Config(RecurrentKind.Lstm) with { Width = 0 }).Validate(), "width", "0");
        KernelTest.Rejects(() => (Config(RecurrentKind.Lstm) with { Dropout = 1 }).Validate(), "dropout", "1");
        Tensor w = Normal(1, 24, 6);
        KernelTest.Rejects(() => RecurrentOps.Recurrent(RecurrentKind.Gru, Normal(1, 2, 4, 6), [new RecurrentWeights(w, w)]), "(18, 6)", "(24, 6)");
        KernelTest.Rejects(() => RecurrentOps.Recurrent(RecurrentKind.Lstm, Normal(1, 2, 4, 6), [new RecurrentWeights(w, w, Normal(1, 24))]), "both biases");
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> given)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], given[i], 2e-6f);
    }
}
