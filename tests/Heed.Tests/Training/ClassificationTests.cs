using Heed.Models;
using Heed.Tasks;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>What can be chosen for the objective "classify".</summary>
[Collection(Threads.Name)]
public sealed class ClassificationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // One text in nine is "rare"; what the words say of the label is true four times of five.
    private Recipe Skewed(Func<ClassificationSection, ClassificationSection> change, int steps = 100)
    {
        File.WriteAllLines(folder["skewed.tsv"], Enumerable.Range(0, 360).Select(i => i % 9 == 4 ? $"rare\t{(i % 5 == 0 ? "a calm" : "an odd")} day {i % 7}" : $"usual\t{(i % 5 == 0 ? "an odd" : "a calm")} day {i % 7}"));
        Recipe recipe = TinyRecipe.In(folder["run"], steps, "bert");
        return recipe with
        {
            Data = new DataSection { Source = folder["skewed.tsv"], Tokenizer = "wordpiece", Vocabulary = 300 },
            Algorithm = recipe.Algorithm with { Objective = "classify", Batch = 32, Accumulate = 1, InitialDeviation = 0.1, Dropout = 0, Optimizer = new OptimizerSection { LearningRate = 5e-3 }, Classification = change(new()) },
            Compute = recipe.Compute with { EvaluateEvery = 1000, CheckpointEvery = 1000 },
        };
    }

    [Fact]
    public void WeightsOfLabelsMoveTheDecisionToTheRareOne()
    {
        double Rare(string? weights)
        {
            TrainingResult result = Trainer.Run(Skewed(c => c with { LabelWeights = weights }), existing: ExistingRun.Restart);
            return new TextClassifier(result.Model.Transformer, result.Model.Tokenizer).Classify("an odd day 3").Single(l => l.Label == "rare").Score;
        }
        // Of the odd days 32 are rare and 64 are not: a third without weights, four fifths where both labels count alike.
        Assert.InRange(Rare(null), 0, 0.45);
        Assert.InRange(Rare("balanced"), 0.6, 0.9);
        Assert.InRange(Rare("rare=8"), 0.6, 0.9);
    }

    [Fact]
    public void AMeanOfAllTokensIsSavedAndLoadedAsOne()
    {
        TrainingResult result = Trainer.Run(Skewed(c => c with { Pooling = "mean" }, steps: 3));
        Assert.Equal(Pooling.Mean, ModelFolder.LoadConfig(folder["run"]).Head.Pooling);
        Assert.Contains("\"classifier_pooling\": \"mean\"", File.ReadAllText(folder["run/config.json"]), StringComparison.Ordinal);
        // Padding must not count: a short text beside a long one has the scores that it has alone.
        TextClassifier loaded = TextClassifier.Load(folder["run"]), trained = new(result.Model.Transformer, result.Model.Tokenizer);
        double Of(TextClassifier classifier, params string[] texts) => classifier.ClassifyAll(texts)[0].Single(l => l.Label == "rare").Score;
        Assert.Equal(Of(trained, "odd"), Of(loaded, "odd", "a calm day and an odd day"), 1e-6);
        Assert.NotEqual(Of(loaded, "odd day"), Of(loaded, "odd a"), 1e-6);
    }

    [Theory]
    [InlineData("rare", "\"rare\" is no weight")]
    [InlineData("rare=-1", "is no weight")]
    [InlineData("rare=NaN", "is no weight")]
    [InlineData("odd=2", "no label \"odd\"; there are rare, usual")]
    [InlineData("rare=0, usual=0", "all labels have the weight 0")]
    public void WeightsThatDoNotFitAreErrors(string weights, string words) =>
        Assert.Contains(words, Assert.Throws<RecipeException>(() => Trainer.Run(Skewed(c => c with { LabelWeights = weights }, steps: 3))).Message, StringComparison.Ordinal);

    [Fact]
    public void SmoothingKeepsProbabilitiesFromTheEnds()
    {
        double Surest(double smoothing)
        {
            Recipe recipe = Skewed(c => c, steps: 150);
            File.WriteAllLines(folder["skewed.tsv"], Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "even\tan even day" : "odd\tan odd day"));
            TrainingResult result = Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { LabelSmoothing = smoothing, Optimizer = recipe.Algorithm.Optimizer with { WeightDecay = 0 } } }, existing: ExistingRun.Restart);
            return new TextClassifier(result.Model.Transformer, result.Model.Tokenizer).Classify("an odd day")[0].Score;
        }
        Assert.Equal(0.9, Surest(0.2), 0.02); // 1 - s + s / 2
        Assert.True(Surest(0) > 0.98);
    }
}
