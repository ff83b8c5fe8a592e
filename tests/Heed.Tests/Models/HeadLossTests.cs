using Heed.Autograd;
using Heed.Formats;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Autograd;

namespace Heed.Tests.Models;

/// <summary>The losses of the heads against their definitions, computed in double here, and their gradients against differences.</summary>
public sealed class HeadLossTests
{
    [Fact]
    public void GradientsAgreeWithDifferences()
    {
        GradientCheck.Run(t => LossOps.MeanSquaredError(t[0], Tensor.From(new Shape(6), [0.5f, -1, 2, 0, 1, 3])), ([2, 3], 1));
        GradientCheck.Run(t => LossOps.BinaryCrossEntropy(t[0], Tensor.From(new Shape(2, 3), [0f, 1, 1, 0, 0.25f, 1])), ([2, 3], 2));
        GradientCheck.Run(t => LossOps.BinaryCrossEntropy(t[0], Tensor.From(new Shape(2, 3), [0f, 1, 1, 0, 0, 1]), Tensor.From(new Shape(2, 3), [1, 0, 1, 1, 1, 0])), ([2, 3], 2));
        HeadConfig span = new() { Kind = HeadKind.Span };
        GradientCheck.Run(t => HeadLoss.Of(span, t[0], Tensor.From(new Shape(2, 3), [0, 4, 9, 2, 3, 1]), null), ([3, 5, 2], 1));
        HeadConfig labels = new() { Kind = HeadKind.Sequence, Labels = ["a", "b", "c"] };
        GradientCheck.Run(t => HeadLoss.Of(labels, t[0], Tensor.From(new Shape(2), [2, 0]), null), ([2, 3], 1));
    }

    [Fact]
    public void BinaryCrossEntropyIsItsDefinitionAndStaysFinite()
    {
        using MemoryScope scope = new();
        float[] x = [0.3f, -2, 90, -90], t = [1, 0.5f, 0, 0];
        double expected = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double s = 1 / (1 + Math.Exp(-x[i]));
            expected += i < 2 ? -t[i] * Math.Log(s) - (1 - t[i]) * Math.Log(1 - s) : i == 2 ? 90 : Math.Exp(-90); // there log(1 - s) has no digits left
        }
        Assert.Equal(expected / 4, LossOps.BinaryCrossEntropy(Tensor.From(new Shape(4), x), Tensor.From(new Shape(4), t)).Item, 1e-5);
        Assert.Throws<ArgumentException>(() => LossOps.BinaryCrossEntropy(Tensor.From(new Shape(4), x), Tensor.From(new Shape(3), t[..3])));
    }

    [Theory]
    [InlineData(null, true, "regression")]
    [InlineData(null, false, "single")]
    [InlineData(ProblemKind.Regression, false, "regression")]
    [InlineData(ProblemKind.MultiLabel, false, "multi")]
    public void TheProblemIsThatOfTheConfigurationOrOfTheLabels(ProblemKind? problem, bool oneLabel, string expected)
    {
        using MemoryScope scope = new();
        HeadConfig head = new() { Kind = HeadKind.Sequence, Labels = oneLabel ? ["score"] : ["a", "b"], Problem = problem };
        float[] x = oneLabel ? [0.5f, -1] : [0.5f, -1, 2, 0.25f];
        Tensor logits = Tensor.From(new Shape(2, x.Length / 2), x);
        double loss = expected switch
        {
            "single" => HeadLoss.Of(head, logits, Tensor.From(new Shape(2), [1, 0]), null).Item,
            "multi" => HeadLoss.Of(head, logits, Tensor.From(new Shape(2, 2), [1, 0, 1, 1]), null).Item,
            _ => HeadLoss.Of(head, logits, Tensor.From(new Shape(x.Length), [.. x.Select((v, i) => v + i)]), null).Item,
        };
        double wanted = expected switch
        {
            "single" => (Math.Log(1 + Math.Exp(1.5)) + Math.Log(1 + Math.Exp(-1.75))) / 2,
            "multi" => (Soft(-0.5) + Soft(-1) + Soft(-2) + Soft(-0.25)) / 4,
            _ => x.Select((_, i) => (double)i * i).Average(),
        };
        Assert.Equal(wanted, loss, 1e-5);

        static double Soft(double v) => Math.Log(1 + Math.Exp(v));
    }

    [Fact]
    public void FloatsAreSeveralLabelsWhereNothingElseIsSaid()
    {
        using MemoryScope scope = new();
        Tensor logits = Tensor.From(new Shape(1, 2), [0.5f, -1]), targets = Tensor.From(new Shape(1, 2), [1f, 0]);
        HeadConfig head = new() { Kind = HeadKind.Sequence, Labels = ["a", "b"] };
        Assert.Equal(HeadLoss.Of(head with { Problem = ProblemKind.MultiLabel }, logits, targets, null).Item, HeadLoss.Of(head, logits, targets, null).Item);
        var e = Assert.Throws<ArgumentException>(() => HeadLoss.Of(head with { Problem = ProblemKind.SingleLabel }, logits, targets, null));
        Assert.Contains("a label id for each text, integers: 1 in all, given F32 (1, 2)", e.Message);
    }

    [Fact]
    public void APlaceBeyondTheTextDoesNotCountAndOneBeforeItIsTheFirst()
    {
        using MemoryScope scope = new();
        float[] x = new float[2 * 4 * 2];
        new RandomSource(3).FillNormal(x, 1);
        Tensor logits = Tensor.From(new Shape(2, 4, 2), x);
        double Start(int text, int place) => -x[text * 8 + place * 2] + Math.Log(Enumerable.Range(0, 4).Sum(p => Math.Exp(x[text * 8 + p * 2])));
        double End(int text, int place) => -x[text * 8 + place * 2 + 1] + Math.Log(Enumerable.Range(0, 4).Sum(p => Math.Exp(x[text * 8 + p * 2 + 1])));
        HeadConfig head = new() { Kind = HeadKind.Span };
        Assert.Equal(((Start(0, 1) + Start(1, 3)) / 2 + (End(0, 2) + End(1, 3)) / 2) / 2, HeadLoss.Of(head, logits, Tensor.From(new Shape(2, 2), [1, 3, 2, 3]), null).Item, 1e-5);
        Assert.Equal((Start(0, 1) + (End(0, 2) + End(1, 3)) / 2) / 2, HeadLoss.Of(head, logits, Tensor.From(new Shape(2, 2), [1, 4, 2, 3]), null).Item, 1e-5);
        Assert.Equal((Start(0, 0) + End(0, 2)) / 2, HeadLoss.Of(head, logits, Tensor.From(new Shape(2, 2), [-1, 7, 2, 9]), null).Item, 1e-5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MaskedRowsAloneGiveTheLossAndGradientsOfAll(bool tied)
    {
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert", tied: tied));
        int[] ids = TinyModels.Tokens(2 * 15, 61, 2), targets = [.. Enumerable.Repeat(LossOps.IgnoreIndex, 30)];
        (targets[3], targets[17], targets[18]) = (5, 60, 0);
        float[][] few = Gradients(Tape(model, m => m.Loss(Tensor.From(new Shape(2, 15), ids), Tensor.From(new Shape(2, 15), targets), scale: 0.5f), out float loss), model);
        float[][] all = Gradients(Tape(model, m => Arithmetic.Scale(LossOps.CrossEntropy(m.Forward(Tensor.From(new Shape(2, 15), ids)), Tensor.From(new Shape(2, 15), targets)), 0.5f), out float expected), model);
        Assert.Equal(expected, loss, 1e-5);
        for (int w = 0; w < all.Length; w++)
            for (int i = 0; i < all[w].Length; i++) Assert.Equal(all[w][i], few[w][i], 1e-5);
    }

    [Fact]
    public void ATextWithoutAnyMaskHasNoLoss()
    {
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert"));
        using MemoryScope scope = new();
        Assert.Equal(0, model.Loss(Tensor.From(new Shape(1, 4), [1, 2, 3, 4]), Tensor.From(new Shape(1, 4), [-100, -100, -100, -100])).Item);
    }

    public static TheoryData<string, HeadKind> Heads => [.. TinyEncoders.All.Where(p => p.Head != HeadKind.None).Select(pair => new TheoryDataRow<string, HeadKind>(pair.Family, pair.Head))];

    /// <summary>The derivative along a random direction of all weights at once.</summary>
    [Theory]
    [MemberData(nameof(Heads))]
    public void TheGradientOfAWholeModelAgreesWithDifferences(string family, HeadKind head)
    {
        Transformer model = TinyModels.Random(TinyEncoders.Config(family, head, labels: head == HeadKind.Sequence ? ["a", "b"] : null));
        int[] ids = TinyModels.Tokens(2 * 7, 58, 6).Select(i => i + 3).ToArray();
        float[][] gradients = Gradients(Tape(model, Loss, out _), model);
        float[][] direction = [.. model.Weights.Select(w =>
        {
            float[] d = new float[w.Value.Count];
            new RandomSource(11).Split(w.Key).FillNormal(d, 1);
            return d;
        })];
        double along = 0;
        for (int w = 0; w < direction.Length; w++)
            for (int i = 0; i < direction[w].Length; i++) along += (double)gradients[w][i] * direction[w][i];
        double d1 = Difference(2e-3f), d2 = Difference(1e-3f), difference = (4 * d2 - d1) / 3;
        Assert.True(Math.Abs(difference - along) < 5e-3 * Math.Max(1, Math.Abs(along)), $"{family} {head}: gradient {along}, differences {difference}");

        double Difference(float step) => (Shifted(step) - Shifted(-step)) / (2.0 * step);

        double Shifted(float step)
        {
            Move(step);
            using MemoryScope scope = new();
            double loss = Loss(model).Item;
            Move(-step);
            return loss;
        }

        void Move(float step)
        {
            for (int w = 0; w < direction.Length; w++)
                for (int i = 0; i < direction[w].Length; i++) model.Weights[w].Value.Span[i] += step * direction[w][i];
        }

        Tensor Loss(Transformer m)
        {
            Shape shape = new(2, 7);
            Tensor targets = head switch
            {
                HeadKind.Sequence => Tensor.From(new Shape(2), [1, 0]),
                HeadKind.Span => Tensor.From(new Shape(2, 2), [1, 3, 4, 3]),
                HeadKind.Tokens => Tensor.From(shape, [0, 1, 2, -100, -100, 0, 1, 2, 1, 1, 1, -100, 0, 0]),
                HeadKind.Replaced => Tensor.From(shape, [0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]),
                _ => Tensor.From(shape, [5, -100, -100, 7, -100, -100, -100, -100, -100, -100, -100, -100, 60, -100]),
            };
            return m.Loss(Tensor.From(shape, ids), targets, new ForwardOptions { AttentionMask = Tensor.From(shape, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]) });
        }
    }

    [Theory]
    [InlineData("start_positions", "end_positions must both have shape (1)")]
    [InlineData("labels", "no label for", true)]
    public void InputsThatDoNotFitAreNamed(string name, string expected, bool sequence = false)
    {
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert", sequence ? HeadKind.Sequence : HeadKind.Span));
        Dictionary<string, ArrayData> inputs = Inputs($$"""{ "input_ids": [[5, 6, 7]], "{{name}}": [1, 2] }""");
        Exception e = Assert.ThrowsAny<Exception>(() => ModelRunner.Run(model, inputs, all: false));
        Assert.True(e is InvalidDataException or ArgumentException, e.ToString());
        if (!sequence) Assert.Contains(expected, e.Message);
        else Assert.Contains("a label id for each text", e.Message);
    }

    private static Dictionary<string, ArrayData> Inputs(string json)
    {
        using Formats.TemporaryFolder folder = new();
        File.WriteAllText(folder["inputs.json"], json);
        return new Dictionary<string, ArrayData>(InputsJson.Read(folder["inputs.json"]));
    }

    private static Transformer Tape(Transformer model, Func<Transformer, Tensor> function, out float value)
    {
        foreach ((_, Tensor weight) in model.Weights) weight.ClearGradient();
        using MemoryScope scope = new();
        using Tape tape = new();
        Tensor loss = function(model);
        value = loss.Item;
        tape.Backward(loss);
        return model;
    }

    private static float[][] Gradients(Transformer _, Transformer model) => [.. model.Weights.Select(w => w.Value.Gradient?.ToArray() ?? new float[w.Value.Count])];
}
