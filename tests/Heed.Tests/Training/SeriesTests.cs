using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed class SeriesTests
{
    private const string Empty = """{ "data": {}, "algorithm": {}, "compute": { "output": "runs/x" } }""";

    private static IReadOnlyList<SeriesRun> Plan(int seeds, params string[] sweeps) => RunSeries.Plan(last => Recipe.Parse(Empty, last), [.. sweeps.Select(Sweep.Parse)], seeds);

    [Fact]
    public void ASweepIsTheProductOfItsValuesEachInItsFolder()
    {
        IReadOnlyList<SeriesRun> runs = Plan(2, "algorithm.optimizer.learning_rate=1e-4, 3e-4", "compute.sample_prompt=\"a,b\",c");
        Assert.Equal(
        [
            "learning_rate=1e-4,sample_prompt=_a_b_/seed-1337", "learning_rate=1e-4,sample_prompt=_a_b_/seed-1338", "learning_rate=1e-4,sample_prompt=c/seed-1337", "learning_rate=1e-4,sample_prompt=c/seed-1338",
            "learning_rate=3e-4,sample_prompt=_a_b_/seed-1337", "learning_rate=3e-4,sample_prompt=_a_b_/seed-1338", "learning_rate=3e-4,sample_prompt=c/seed-1337", "learning_rate=3e-4,sample_prompt=c/seed-1338",
        ], runs.Select(r => Path.GetRelativePath("runs/x", r.Recipe.OutputFolder).Replace('\\', '/')));
        Assert.Equal((3e-4, "a,b", 1338), (runs[5].Recipe.Algorithm.Optimizer.LearningRate, runs[5].Recipe.Compute.SamplePrompt, runs[5].Recipe.Seed));
        Assert.Equal(["runs/x/seed-1337", "runs/x/seed-1338", "runs/x/seed-1339"], Plan(3).Select(r => r.Recipe.OutputFolder.Replace('\\', '/')));
    }

    [Theory]
    [InlineData("algorithm.depth", "expected KEY=VALUE")]
    [InlineData("algorithm.depth=1,,2", "expected KEY=VALUE")]
    [InlineData("algorithm.depth=1,1", "twice")]
    [InlineData("algorithm.deep=1,2", "unknown key 'algorithm.deep'")]
    [InlineData("algorithm.depth=1,x", "an integer")]
    [InlineData("compute.output=a,b", "folder")]
    public void AWrongSweepIsRefusedBeforeAnyRun(string sweep, string words) => Assert.Contains(words, Assert.Throws<RecipeException>(() => Plan(1, sweep)).Message);

    [Fact]
    public void SettingsAreRankedByTheMeanOfTheirSeeds()
    {
        IReadOnlyList<SeriesGroup> ranked = SeriesGroup.Rank([new("a", [new(2, 0.5, 1), new(4, 0.7, 1)]), new("b", [new(1, 0.4, 1), new(2, 0.6, 1)])]);
        Assert.Equal(["a", "b"], ranked.Select(g => g.Name)); // accuracy goes before loss
        Assert.Equal((3, Math.Sqrt(2)), ranked[0].Loss);
        Assert.Equal(0.6, ranked[0].Accuracy!.Value.Mean, 12);
        Assert.Equal(["b", "a"], SeriesGroup.Rank([new("a", [new(3, null, 1)]), new("b", [new(1.5, 0.4, 1)])]).Select(g => g.Name));
        Assert.True(double.IsNaN(SeriesGroup.Rank([new("a", [new(3, null, 1)])])[0].Loss.Deviation));
    }

    [Fact]
    public void ARunIsFinishedWhenItsOwnRecipeHasEnded()
    {
        using TemporaryFolder folder = new();
        SeriesRun run = new([], TinyRecipe.In(folder["run"], 3));
        Assert.Null(run.Finished());
        TrainingResult result = Trainer.Run(run.Recipe);
        Assert.Equal(result.ValidationLoss, run.Finished()!.Value.Loss);
        Assert.NotNull((run with { Recipe = run.Recipe with { Compute = run.Recipe.Compute with { Threads = 1 } } }).Finished());
        Assert.Null((run with { Recipe = run.Recipe with { Seed = 5 } }).Finished());
    }

    [Fact]
    public void TheLearningRateIsTakenWhereTheLossFallsFastest()
    {
        double[] rates = [.. Enumerable.Range(0, 60).Select(i => 1e-6 * Math.Pow(1e6, i / 59.0))];
        // A fall that is steepest at 1e-3 and a rise behind 1e-1.
        LearningRateCurve curve = new(rates, [.. rates.Select(r => 4 - 2 / (1 + Math.Exp(-3 * Math.Log10(r / 1e-3))) + (r > 0.1 ? 20 * (r - 0.1) : 0))]);
        Assert.InRange(curve.Steepest!.Value, 0.7e-3, 1.4e-3);
        Assert.InRange(curve.Lowest, 0.05, 0.15);
        Assert.Null(new LearningRateCurve(rates, [.. rates.Select(r => 1 + r)]).Steepest);
    }
}
