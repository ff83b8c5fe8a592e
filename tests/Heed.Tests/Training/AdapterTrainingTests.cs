using System.Security.Cryptography;
using Heed.Formats;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Recipes that train adapters: of a folder, of a quantised file, of an encoder with a new head; stopped and resumed.</summary>
public sealed class AdapterTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AnAdapterLearnsAndItsModelStaysAsItWas()
    {
        string model = Base();
        string before = Hash(Path.Combine(model, "model.safetensors"));
        List<double> losses = [];
        TrainingResult result = Trainer.Run(Recipe(model, steps: 30) with { Compute = Compute("run") with { Recompute = true } }, s => losses.Add(s.Loss));
        Assert.Equal(before, Hash(Path.Combine(model, "model.safetensors")));
        Assert.True(losses[^5..].Average() < 0.98 * losses[..5].Average(), string.Join(' ', losses));
        // All matrices but the output, twice; nothing else is learned or kept.
        Assert.Equal(7 * 3 * 16 + 3 * (16 + 16 + 16 + 16 + 2 * 64 + 16) - 3 * 16 + 3 * 64, result.Parameters);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "optimizer.safetensors", "state.json"], Directory.EnumerateFiles(result.Checkpoint).Select(f => Path.GetFileName(f)!).Order());
        Assert.False(File.Exists(folder["run/model.safetensors"]));

        // The adapter, the model with it merged in, and what was trained write the same.
        float[] adapted = Logits(LanguageModel.Load(model, new AdapterUse(folder["run"])));
        Assert.Equal(Logits(result.Writer!), adapted);
        Assert.All(Logits(LanguageModel.Load(folder["run/merged"])).Zip(adapted), p => Assert.Equal(p.Second, p.First, 1e-4f));
        Assert.Contains(Logits(LanguageModel.Load(model)).Zip(adapted), p => MathF.Abs(p.First - p.Second) > 1e-3f);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("Q8_0")]
    public void AStoppedRunIsResumedToTheSameBits(string kind)
    {
        string model = kind == "folder" ? Base() : Quantised();
        Recipe recipe = Recipe(model, steps: 9);
        Trainer.Run(recipe);
        foreach (int step in (int[])[2, 6])
        {
            using CancellationTokenSource stop = new();
            TrainingResult stopped = Trainer.Run(recipe with { Compute = Compute("again") }, s =>
            {
                if (s.Index == step) stop.Cancel();
            }, ExistingRun.Resume, cancellation: stop.Token);
            Assert.Equal(step, stopped.Steps);
        }
        Trainer.Run(recipe with { Compute = Compute("again") }, existing: ExistingRun.Resume);
        Assert.Equal(Hash(folder["run/adapter_model.safetensors"]), Hash(folder["again/adapter_model.safetensors"]));
    }

    [Fact]
    public void AQuantisedFileIsAdaptedWhereItLies()
    {
        string model = Quantised();
        List<double> losses = [];
        TrainingResult result = Trainer.Run(Recipe(model, steps: 25), s => losses.Add(s.Loss));
        Assert.True(result.Writer!.Transformer.Stored.Count > 3);
        Assert.True(losses[^5..].Average() < 0.98 * losses[..5].Average(), string.Join(' ', losses));
        // Merged, it is widened; activations are no longer rounded.
        float[] adapted = Logits(LanguageModel.Load(model, new AdapterUse(folder["run"]))), merged = Logits(LanguageModel.Load(folder["run/merged"]));
        Assert.All(merged.Zip(adapted), p => Assert.Equal(p.Second, p.First, 0.1f));
    }

    [Fact]
    public void LabelsAreLearnedWithANewHeadThatIsSavedWhole()
    {
        Trainer.Run(new Recipe
        {
            Data = new() { Source = "facts", Examples = 60, Tokenizer = "wordpiece", Vocabulary = 300 },
            Algorithm = new() { Objective = "masked", Family = "bert", Depth = 1, Width = 16, Heads = 2, Context = 24, Steps = 3, Batch = 4, Schedule = new() { WarmupSteps = 1 } },
            Compute = Compute("base") with { SampleEvery = 0 },
        });
        TrainingResult result = Trainer.Run(new Recipe
        {
            Data = new() { Source = "moods", Examples = 60 },
            Algorithm = new() { Objective = "classify", Family = "bert", StartFrom = folder["base"], Context = 24, Steps = 3, Batch = 4, Schedule = new() { WarmupSteps = 1 }, Lora = new() { Rank = 2, Targets = "query, value", Merge = true } },
            Compute = Compute("run"),
        });
        AdapterConfig config = AdapterConfig.Read(folder["run"]);
        Assert.Equal(["bert.pooler.dense", "classifier"], config.ModulesToSave.Order());
        using (WeightSource source = WeightSource.Open(folder["run/adapter_model.safetensors"]))
        {
            Assert.Contains("base_model.model.classifier.weight", source.Weights.Keys);
            Assert.Contains("base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight", source.Weights.Keys);
            Assert.Equal(8, source.Weights.Count);
        }
        Transformer merged = ModelFolder.Load(folder["run/merged"]);
        Assert.Equal(HeadKind.Sequence, merged.Config.Head.Kind);
        Assert.Equal(3, result.Steps);
    }

    [Fact]
    public void WhatCannotBeAdaptedIsTold()
    {
        string model = Base();
        Recipe recipe = Recipe(model, steps: 3);
        Assert.Contains("q_proj", Refused(recipe with { Algorithm = recipe.Algorithm with { Lora = new() { Rank = 2, Targets = "c_attn" } } }), StringComparison.Ordinal);
        Assert.Contains("16 tokens at most", Refused(recipe with { Algorithm = recipe.Algorithm with { Context = 17 } }), StringComparison.Ordinal);
        Assert.Contains("algorithm.start_from", Refused(recipe with { Algorithm = recipe.Algorithm with { StartFrom = null } }), StringComparison.Ordinal);
        Assert.Contains("merge", Refused(recipe with { Algorithm = recipe.Algorithm with { Lora = new() { Merge = true } } }), StringComparison.Ordinal);
        Assert.Contains("lm_head2", Refused(recipe with { Algorithm = recipe.Algorithm with { Lora = new() { Rank = 2, ModulesToSave = "lm_head2" } } }), StringComparison.Ordinal);

        static string Refused(Recipe recipe) => Assert.Throws<RecipeException>(() => Trainer.Run(recipe)).Message;
    }

    private string Base()
    {
        Trainer.Run(Untrained("base", 16, "bytes"));
        return folder["base"];
    }

    private string Quantised()
    {
        Trainer.Run(Untrained("wide", 32, "bpe")); // blocks have 32 columns
        ModelExport.WriteGguf(folder["wide"], folder["base.gguf"], new GgufWriteOptions { Mix = GgufMix.Find("Q8_0") });
        return folder["base.gguf"];
    }

    // Large weights, so that there is something to adapt.
    private Recipe Untrained(string name, int width, string tokenizer)
    {
        Recipe tiny = TinyRecipe.In(folder[name], steps: 3, family: "llama");
        return tiny with { Data = tiny.Data with { Tokenizer = tokenizer, Vocabulary = 257 }, Algorithm = tiny.Algorithm with { Width = width, InitialDeviation = 0.3 } };
    }

    private Recipe Recipe(string model, int steps)
    {
        Recipe tiny = TinyRecipe.In(folder["run"], steps);
        return tiny with
        {
            Algorithm = tiny.Algorithm with { StartFrom = model, Dropout = 0, Optimizer = new() { LearningRate = 1e-2 }, Lora = new() { Rank = 3, Alpha = 6, Dropout = 0.05, Merge = true } },
            Compute = Compute("run"),
        };
    }

    private ComputeSection Compute(string name) => new() { Output = folder[name], CheckpointEvery = 4, EvaluateEvery = 5, EvaluateBatches = 2, SampleEvery = 4, SampleTokens = 3, LogEvery = 1 };

    private static float[] Logits(LanguageModel model) => TinyModels.Logits(model.Transformer, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
