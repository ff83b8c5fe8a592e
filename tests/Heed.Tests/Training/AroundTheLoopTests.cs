using System.Text.Json;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>What stands around the loop: averages of weights, the best model, an early end, snapshots.</summary>
public sealed class AroundTheLoopTests
{
    private static Recipe With(string folder, double? ema = null, string keep = "no", int? patience = null, int steps = 12)
    {
        Recipe recipe = TinyRecipe.In(folder, steps);
        return recipe with
        {
            Algorithm = recipe.Algorithm with { Ema = ema, EarlyStopping = new EarlyStoppingSection { Patience = patience } },
            Compute = recipe.Compute with { EvaluateEvery = 2, SampleEvery = 0, KeepBest = keep },
        };
    }

    private static TrainingResult Stopped(Recipe recipe, int step)
    {
        using CancellationTokenSource stop = new();
        return Trainer.Run(recipe, s =>
        {
            if (s.Index == step) stop.Cancel();
        }, cancellation: stop.Token);
    }

    private static float[] Weights(string folder) => [.. ModelFolder.Load(folder).Weights.SelectMany(w => w.Value.ToArray())];

    [Fact]
    public void TheModelIsTheAverageOfTheWeights()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = With(folder["run"], ema: 0.8, steps: 6);
        recipe = recipe with { Compute = recipe.Compute with { CheckpointEvery = 1, KeepCheckpoints = 100 } };
        TrainingResult result = Trainer.Run(recipe);
        double[] average = [.. new Transformer(RecipeModel.Configure(recipe.Algorithm, ModelFolder.LoadConfig(folder["run"]).Vocabulary, null), (ulong)recipe.Seed).Weights.SelectMany(w => w.Value.ToArray()).Select(w => (double)w)];
        foreach ((int step, string path) in Checkpoint.List(folder["run"]))
        {
            double keep = Math.Min(0.8, (1.0 + step) / (10 + step));
            float[] weights = Weights(path);
            for (int i = 0; i < average.Length; i++) average[i] = keep * average[i] + (1 - keep) * weights[i];
        }
        float[] found = Weights(folder["run"]);
        for (int i = 0; i < found.Length; i++) Assert.Equal(average[i], found[i], 1e-5);
        Assert.NotEqual(Weights(Checkpoint.List(folder["run"])[^1].Path), found);
        Assert.Equal(found, result.Model.Transformer.Weights.SelectMany(w => w.Value.ToArray()).ToArray());
    }

    [Fact]
    public void AveragesAndTheBestModelAreResumedToTheSameBits()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = With(folder["calm"], ema: 0.9, keep: "keep");
        Trainer.Run(recipe);
        recipe = With(folder["wild"], ema: 0.9, keep: "keep");
        Stopped(recipe, 7);
        Trainer.Run(recipe, existing: ExistingRun.Resume);
        foreach (string file in (string[])["model.safetensors", "best/model.safetensors", "best/best.json", "best/tokenizer.json"])
            Assert.Equal(File.ReadAllBytes(folder[$"calm/{file}"]), File.ReadAllBytes(folder[$"wild/{file}"]));
    }

    [Fact]
    public void ARunThatGetsNoBetterEndsAndItsModelIsTheBest()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = With(folder["run"], keep: "final", patience: 2, steps: 40);
        recipe = recipe with { Algorithm = recipe.Algorithm with { Optimizer = new OptimizerSection { LearningRate = 0.3 }, Schedule = new ScheduleSection { Kind = "constant", WarmupSteps = 4 } } };
        List<TrainingStep> steps = [];
        TrainingResult result = Trainer.Run(recipe, steps.Add);
        TrainingStep[] measured = [.. steps.Where(s => s.ValidationLoss is not null)];
        TrainingStep best = measured.MinBy(s => s.ValidationLoss)!;
        Assert.True(result is { EndedEarly: true, Stopped: false } && result.Steps < 40, $"{result.Steps} steps");
        Assert.Equal(best.Index, result.BestStep);
        Assert.Equal(best.Index + 4, result.Steps); // two measurements without a gain
        Assert.Equal(Weights(folder["run/best"]), Weights(folder["run"]));
        Assert.NotEqual(Weights(result.Checkpoint), Weights(folder["run"]));
        TrainingResult again = Trainer.Run(recipe, existing: ExistingRun.Resume);
        Assert.Equal(result.Steps, again.Steps);
        Assert.Equal(result.ValidationLoss, again.ValidationLoss);
    }

    [Fact]
    public void AKillWhileTheBestModelIsWrittenLeavesAWholeOne()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder[".before-best"]);
        File.WriteAllText(folder[".before-best/best.json"], "1");
        Directory.CreateDirectory(folder[".unfinished-best"]);
        BestModel.Recover(folder.Path);
        Assert.Equal(["best"], folder.Names);
        Assert.Equal("1", File.ReadAllText(folder["best/best.json"]));
    }

    [Theory]
    [InlineData("causal", "gpt2", "The cat")]
    [InlineData("sequence-to-sequence", "t5", "the cat\t猫")]
    [InlineData("masked", "bert", "the [MASK] sleeps")]
    [InlineData("classify", "bert", "i am happy")]
    public void EveryCheckpointLeavesASnapshot(string objective, string family, string text)
    {
        using TemporaryFolder folder = new();
        string source = objective switch { "causal" => "stories", "masked" => "facts", "classify" => "moods", _ => "pairs" };
        Recipe recipe = new()
        {
            Data = new DataSection { Source = source, Stories = 30, Examples = 60, ValidationFraction = 0.2, Tokenizer = objective switch { "causal" => "bytes", "sequence-to-sequence" => "unigram", _ => "wordpiece" }, Vocabulary = 400 },
            Algorithm = new AlgorithmSection { Objective = objective, Family = family, Depth = 2, Width = 16, Heads = 2, Context = 48, Steps = 4, Batch = 4, Schedule = new ScheduleSection { WarmupSteps = 0 } },
            Compute = new ComputeSection { Output = folder["run"], CheckpointEvery = 2, KeepCheckpoints = 1, SnapshotTexts = [text], SampleEvery = 0 },
        };
        Trainer.Run(recipe);
        string[] files = [.. Directory.GetFiles(folder["run/snapshots"]).Order(StringComparer.Ordinal)];
        Assert.Equal(["step-00000000.json", "step-00000002.json", "step-00000004.json"], files.Select(Path.GetFileName));
        JsonElement snapshot = JsonDocument.Parse(File.ReadAllText(files[^1])).RootElement.GetProperty("texts")[0];
        int queries = snapshot.GetProperty("queries").GetArrayLength(), keys = snapshot.GetProperty("keys").GetArrayLength();
        Assert.Equal(text.Contains('\t'), snapshot.GetProperty("cross").GetBoolean());
        Assert.Equal(2, snapshot.GetProperty("attention").GetArrayLength());
        foreach (JsonElement layer in snapshot.GetProperty("attention").EnumerateArray())
        {
            byte[] weights = layer.GetBytesFromBase64();
            Assert.Equal(2 * queries * keys, weights.Length);
            for (int row = 0; row < 2 * queries; row++) Assert.InRange(weights.AsSpan(row * keys, keys).ToArray().Sum(b => b), 255 - keys, 255 + keys); // each row sums to 1
        }
        JsonElement[] predictions = [.. snapshot.GetProperty("predictions").EnumerateArray()];
        Assert.Equal(objective is "masked" or "classify" ? 1 : queries, predictions.Length);
        foreach (JsonElement place in predictions)
        {
            double[] top = [.. place.GetProperty("top").EnumerateArray().Select(p => p[1].GetDouble())];
            Assert.Equal(top.OrderDescending(), top);
            Assert.InRange(top.Sum(), 1e-3, 1.0001);
        }
        Assert.Contains("class=\"attention\"", File.ReadAllText(folder["run/report.html"]));
        if (objective != "causal") return;
        recipe = recipe with { Compute = recipe.Compute with { SnapshotTexts = [new string('a', 49)] } };
        Assert.Contains("compute.snapshot_texts", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe, existing: ExistingRun.Restart)).Message);
    }

    [Fact]
    public void TheAverageIsInUseOnlyOnce()
    {
        Tensor weight = Tensor.Persistent(new Shape(2));
        WeightAverage average = new([new("w", weight)], 0.5);
        weight.Span.Fill(1);
        average.Add(1_000); // 0.5 · 0 + 0.5 · 1
        using (average.Use())
        using (average.Use())
            Assert.Equal(0.5f, weight.Span[0]);
        Assert.Equal(1, weight.Span[0]);
    }
}
