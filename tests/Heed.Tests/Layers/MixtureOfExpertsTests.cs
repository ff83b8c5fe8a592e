using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Autograd;
using Heed.Tests.Models;

namespace Heed.Tests.Layers;

[Trait("isa", "all")]
public sealed class MixtureOfExpertsTests
{
    private static StackConfig Stack(int experts, int perToken) =>
        TinyModels.Stack("mixtral", width: 8) with { FeedForward = new FeedForwardConfig(5, ActivationKind.Silu, Gated: true, Bias: false, new ExpertConfig(experts, perToken)) };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(3, 3)]
    public void EachTokenIsTheWeightedSumOfItsBestExperts(int experts, int perToken)
    {
        using MemoryScope memory = new();
        WeightScope scope = new(seed: 3);
        MixtureOfExperts mixture = new(scope, Stack(experts, perToken), 0);
        Dictionary<string, float[]> w = scope.Weights.ToDictionary(e => e.Key, e => e.Value.ToArray());
        Tensor x = Tensor.Empty(new Shape(2, 7, 8));
        new RandomSource(4).FillNormal(x.Span, 1);
        Tensor y = mixture.Forward(x);
        Assert.Equal(x.Shape, y.Shape);
        for (int t = 0; t < 14; t++)
        {
            double[] token = [.. x.Row(t).ToArray()];
            double[] scores = Product(w["router.weight"], token);
            // The definition: softmax over all, the best of them, renormalised.
            double[] p = [.. scores.Select(s => Math.Exp(s))];
            int[] best = [.. Enumerable.Range(0, experts).OrderByDescending(e => p[e]).Take(perToken)];
            double[] expected = new double[8];
            foreach (int e in best)
            {
                double[] gateUp = Product(w[$"experts.{e}.gate_up.weight"], token);
                double[] inner = [.. Enumerable.Range(0, 5).Select(i => gateUp[i] / (1 + Math.Exp(-gateUp[i])) * gateUp[5 + i])];
                double[] output = Product(w[$"experts.{e}.down.weight"], inner);
                for (int c = 0; c < 8; c++) expected[c] += p[e] / best.Sum(b => p[b]) * output[c];
            }
            for (int c = 0; c < 8; c++) Assert.Equal(expected[c], y.Row(t)[c], 1e-5);
        }

        static double[] Product(float[] matrix, double[] v) => [.. Enumerable.Range(0, matrix.Length / v.Length).Select(r => v.Select((a, c) => a * matrix[r * v.Length + c]).Sum())];
    }

    [Fact]
    public void RowsComeAndGoWithTheirGradients()
    {
        GradientCheck.Run(x => RowOps.Stack([x[0], x[1], x[0]]), ([3, 5], 1), ([2, 5], 1));
        GradientCheck.Run(x => RowOps.Choose(x[0], Tensor.From(new Shape(3, 2), [4, 0, 1, 2, 3, 1])), ([3, 5], 1));
        GradientCheck.Run(x => RowOps.WeightedSum(x[0], Tensor.From(new Shape(3, 2), [4, 0, 1, 2, 3, 5]), x[1]), ([6, 5], 1), ([3, 2], 1));
    }

    [Fact]
    public void TheMixtureHasTheGradientOfItsDifferences()
    {
        WeightScope scope = new(seed: 3);
        MixtureOfExperts mixture = new(scope, Stack(4, 2), 0);
        foreach ((string name, Tensor weight) in scope.Weights)
            if (name == "router.weight") weight.Span.Fill(0);
        // A router that looks at the sign of a few columns only: the steps of the check do not change who is chosen.
        Tensor router = scope.Weights.First(e => e.Key == "router.weight").Value;
        for (int e = 0; e < 4; e++) router.Span[e * 8 + e] = 0.5f;
        GradientCheck.Run(x => mixture.Forward(Spread(x[0])), ([6, 8], 0.3f));

        // Adds far distances between the scores.
        static Tensor Spread(Tensor x)
        {
            Tensor far = Tensor.Zeros(x.Shape);
            for (int r = 0; r < x.Rows; r++)
                for (int e = 0; e < 4; e++) far.Row(r)[e] = 3 * ((r + e) % 4);
            return Arithmetic.Add(x, far);
        }
    }

    [Fact]
    public void RowsNamedTwiceAreRejected()
    {
        using MemoryScope memory = new();
        using Tape tape = new();
        Tensor x = Tensor.Zeros(new Shape(2, 3)), weights = Tensor.Zeros(new Shape(1, 2));
        x.RequiresGradient = true;
        Assert.Contains("row 1 was named twice", Assert.Throws<ArgumentException>(() => RowOps.WeightedSum(x, Tensor.From(new Shape(1, 2), [1, 1]), weights)).Message);
        Assert.Throws<ArgumentException>(() => RowOps.Choose(x, Tensor.From(new Shape(2, 1), [0, 3])));
        Assert.Throws<ArgumentException>(() => RowOps.Stack([]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLossOfTheRoutersReachesThemAlsoWhenBlocksAreComputedAgain(bool recompute)
    {
        TransformerConfig config = TinyModels.Config("mixtral");
        FeedForwardConfig feed = config.Main.FeedForward;
        Transformer plain = TinyModels.Random(config);
        Transformer balanced = TinyModels.Random(config with { Decoder = config.Main with { FeedForward = feed with { Experts = feed.Experts! with { BalanceWeight = 0.5f } } } });
        Tensor router = balanced.Weights.First(w => w.Key == "blocks.0.feed_forward.router.weight").Value;
        float with = Loss(balanced), without = Loss(plain);
        // experts · Σ share · probability: perToken where all is even, at most experts.
        Assert.InRange(with - without, 0.5f * 1.2f, 0.5f * 5);

        // The router's gradient by differences, of a small step that leaves every choice as it is.
        foreach (int element in (int[])[0, 17, 61])
        {
            float value = router.Span[element], gradient = router.Gradient!.Span[element];
            const float step = 1e-3f;
            router.Span[element] = value + step;
            double up = Loss(balanced, backward: false);
            router.Span[element] = value - step;
            double down = Loss(balanced, backward: false);
            router.Span[element] = value;
            Assert.Equal((up - down) / (2 * step), gradient, 2e-3);
        }

        float Loss(Transformer model, bool backward = true)
        {
            using MemoryScope memory = new();
            using Tape? tape = backward ? new Tape() : null;
            Tensor tokens = Tensor.From(new Shape(2, 9), TinyModels.Tokens(18, 61, 5)), mask = Tensor.From(new Shape(2, 9), [.. Enumerable.Range(0, 18).Select(i => i < 15 ? 1 : 0)]);
            Tensor loss = model.Loss(tokens, tokens, new ForwardOptions { AttentionMask = mask, Recompute = recompute });
            tape?.Backward(loss);
            return loss.Item;
        }
    }
}
