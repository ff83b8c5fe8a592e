using Heed.Data;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>A whole training run ends with the same bits for any number of threads, and whether activations are kept or computed again.</summary>
[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class DeterminismTests
{
    // Large enough that every kernel has more parts than threads.
    private static string Train(string family, int threads, bool recompute, ulong seed = 11) => Threads.With(threads, () =>
    {
        const int context = 45;
        int vocabulary = Brief.Or(811, 211);
        Transformer model = new(TinyModels.Config(family, vocabulary: vocabulary, width: Brief.Or(72, 48), context: context), seed);
        Learner learner = new(new TransformerTrainee(model), new AdamW(model.Weights, new AdamWOptions(0.9f, 0.95f, 1e-8f, 0.1f)));
        TokenBatches text = new(TinyModels.Tokens(5000, vocabulary, 3), 4, context, "text");
        RandomSource random = new(seed);
        for (int step = 0; step < Brief.Or(20, 2); step++)
        {
            RandomSource own = random.Split(step);
            ForwardOptions options = new() { Dropout = family == "gpt2" ? 0.1f : 0, Random = own.Split("dropout"), Recompute = recompute };
            StepOutcome outcome = learner.Step(i => text.Random(own.Split("batch").Split(i)), accumulate: 2, learningRate: 3e-3f, clip: 0.5, options);
            Assert.True(outcome.GradientNorm > 0.5, $"the gradient is not clipped: {outcome.GradientNorm}");
        }
        return TinyModels.Hash(model);
    });

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void WeightsDoNotDependOnThreadsOrRecomputation(string family)
    {
        string expected = Train(family, 1, recompute: false);
        Assert.Equal(expected, Train(family, 7, recompute: true));
        if (Brief.On) return;
        Assert.Equal(expected, Train(family, 2, recompute: false));
        Assert.Equal(expected, Train(family, 7, recompute: false));
        Assert.Equal(expected, Train(family, 1, recompute: true));
        Assert.NotEqual(expected, Train(family, 2, recompute: false, seed: 12));
    }
}
