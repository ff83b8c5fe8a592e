using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Whole runs and how they fail.</summary>
[Collection(Threads.Name)] // one test sets the recipe's threads
public sealed class TrainerTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("qwen2")]
    public void ARunLearnsAndLeavesAModelFolder(string family)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"], steps: 300, family);
        recipe = recipe with
        {
            Algorithm = recipe.Algorithm with { Accumulate = 1, Dropout = 0, Width = 32, Batch = 16, Optimizer = new OptimizerSection { LearningRate = 5e-3 } },
            Compute = recipe.Compute with { SampleEvery = 0, EvaluateEvery = 100, CheckpointEvery = 200 },
        };
        List<TrainingStep> steps = [];
        TrainingResult result = Trainer.Run(recipe, steps.Add);
        Assert.Equal(Enumerable.Range(1, 300), steps.Select(s => s.Index));
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.3, $"{result.ValidationLoss} against {result.UnigramLoss} of token frequencies");
        Assert.Equal([100, 200], steps.Where(s => s.ValidationLoss is not null).Select(s => s.Index));
        LanguageModel loaded = LanguageModel.Load(folder["run"]);
        SamplingOptions options = new() { Temperature = 0.9f, Seed = 3, MaxTokens = 12 };
        Assert.Equal(result.Model.Complete("The", options), loaded.Complete("The", options));
        Assert.Equal(recipe.ToJson(), File.ReadAllText(Path.Combine(folder["run"], "recipe.json")));
    }

    [Fact]
    public void ADivergedRunKeepsItsLastCheckpoint()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"], steps: 40);
        recipe = recipe with
        {
            // Weight decay times learning rate far above 1: every step multiplies the weights by -99 until they overflow.
            Algorithm = recipe.Algorithm with { Optimizer = new OptimizerSection { LearningRate = 10, WeightDecay = 10, ClipNorm = 0 }, Schedule = new ScheduleSection { Kind = "constant", WarmupSteps = 0 } },
            Compute = recipe.Compute with { CheckpointEvery = 1, SampleEvery = 0, EvaluateEvery = 100 },
        };
        int last = 0;
        var e = Assert.Throws<TrainingException>(() => Trainer.Run(recipe, s => last = s.Index));
        Assert.InRange(last, 1, 39);
        string kept = Checkpoint.List(folder["run"])[^1].Path;
        Assert.EndsWith($"step-{last:D8}", kept);
        Assert.Contains($"step {last + 1}", e.Message);
        Assert.Contains(kept, e.Message);
        Assert.Contains("learning rate", e.Message);
        Assert.Contains("clip_norm", e.Message);
        Assert.IsType<DivergedException>(e.InnerException);
        foreach ((_, Heed.Tensors.Tensor weight) in ModelFolder.Load(kept).Weights) Assert.True(Reduce.AllFinite(weight.Span));
    }

    [Fact]
    public void TextThatIsTooShortIsRefusedWithItsLength()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["short.txt"], new string('a', 90) + new string('b', 10));
        Recipe recipe = TinyRecipe.In(folder["run"]) with { Data = new DataSection { Source = folder["short.txt"], Tokenizer = "bytes" } };
        var e = Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe));
        Assert.Contains("validation text has 10 tokens", e.Message);
        Assert.Contains("17", e.Message);
        recipe = recipe with { Algorithm = recipe.Algorithm with { Context = 200 } };
        Assert.Contains("training text has 90 tokens", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe)).Message);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void AMissingOrDamagedTextIsNamed()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]) with { Data = new DataSection { Source = folder["no.txt"], Tokenizer = "bytes" } };
        Assert.Contains("no.txt", Assert.Throws<FileNotFoundException>(() => Trainer.Run(recipe)).Message);
        File.WriteAllBytes(folder["no.txt"], [(byte)'a', 0xFF, (byte)'b']);
        Assert.Contains("offset 1", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe)).Message);
        recipe = recipe with { Data = recipe.Data with { Source = "stories", Tokenizer = folder["no.json"] } };
        Assert.Contains("no.json", Assert.Throws<FileNotFoundException>(() => Trainer.Run(recipe)).Message);
    }

    [Fact]
    public void ThreadsOfTheRecipeAreUsed()
    {
        int before = WorkerTeam.Threads;
        try
        {
            using TemporaryFolder folder = new();
            Recipe recipe = TinyRecipe.In(folder["run"], steps: 1);
            Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { Schedule = new ScheduleSection { WarmupSteps = 0 } }, Compute = recipe.Compute with { Threads = 3 } });
            Assert.Equal(3, WorkerTeam.Threads);
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }
}
