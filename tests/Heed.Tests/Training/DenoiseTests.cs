using Heed.Generation;
using Heed.Models;
using Heed.Tasks;
using Heed.Tests.Formats;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Runs of the objectives that hide a part of a text: they learn, and leave folders that do what was learned.</summary>
[Collection(Threads.Name)]
public sealed class DenoiseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Recipe Tiny(string objective, string family, int steps, string tokenizer) => new()
    {
        Data = new DataSection { Source = "facts", Examples = 300, Tokenizer = tokenizer, Vocabulary = 500 },
        Algorithm = new AlgorithmSection { Objective = objective, Family = family, Depth = 1, Width = 32, Heads = 2, Context = 32, Steps = steps, Batch = 16, InitialDeviation = 0.1, Optimizer = new OptimizerSection { LearningRate = 5e-3 }, Schedule = new ScheduleSection { WarmupSteps = 3, Kind = "constant" } },
        Compute = new ComputeSection { Output = folder["run"], EvaluateEvery = 1000, CheckpointEvery = 1000, SampleEvery = 0 },
    };

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    public void DamagedTextsAreRestored(string family)
    {
        Recipe recipe = Tiny("denoise", family, Brief.Or(120, 40), "unigram");
        recipe = recipe with { Algorithm = recipe.Algorithm with { Masking = new MaskingSection { Deletion = 0.05, Permutation = 0.5, Rotation = 0.1 } } };
        TrainingResult result = Trainer.Run(recipe);
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.3, $"{result.ValidationLoss} against {result.UnigramLoss}");
        Tokenizer tokenizer = Tokenizer.Load(folder["run"]);
        Assert.NotNull(tokenizer.TokenToId(family == "t5" ? "<extra_id_99>" : "<mask>"));
        Assert.Equal(family, LanguageModel.Load(folder["run"]).Transformer.Config.ModelType);
        // The folder goes on where it is named as the start.
        TrainingResult more = Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { Family = "from", StartFrom = Path.GetFullPath(folder["run"]), Steps = 3, Optimizer = new OptimizerSection { LearningRate = 1e-6 } }, Compute = recipe.Compute with { Output = folder["more"] } });
        Assert.Equal(result.ValidationLoss, more.ValidationLoss, 0.02);
    }

    [Theory]
    [InlineData("token", "wordpiece", null)]
    [InlineData("span", "wordpiece", null)]
    [InlineData("phrase", "wordpiece", null)]
    [InlineData("phrase", "bpe", "the capital of\nlives in\n")]
    public void EveryUnitOfMaskingLearns(string unit, string tokenizer, string? phrases)
    {
        if (phrases is not null) File.WriteAllText(folder["phrases.txt"], phrases);
        File.WriteAllLines(folder["lines.txt"], Enumerable.Range(0, 60).Select(i => $"He lives in the capital of {(i % 7) switch { 0 => "Peru", 1 => "Chad", 2 => "Iran", 3 => "Cuba", _ => "Mali" }}."));
        Recipe recipe = Tiny("masked", "bert", Brief.Or(60, 30), tokenizer);
        TrainingResult result = Trainer.Run(recipe with { Data = recipe.Data with { Source = folder["lines.txt"], Vocabulary = 300 }, Algorithm = recipe.Algorithm with { Masking = new MaskingSection { Unit = unit, Phrases = phrases is null ? null : folder["phrases.txt"] } } });
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.3, $"{result.ValidationLoss} against {result.UnigramLoss}");
    }

    [Fact]
    public void AUnitThatCannotBeIsAnError()
    {
        Recipe recipe = Tiny("masked", "bert", 3, "bpe");
        Assert.Contains("masking.unit", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { Masking = new MaskingSection { Unit = "word" } } })).Message, StringComparison.Ordinal);
        Assert.Contains("masking.phrases", Assert.Throws<FileNotFoundException>(() => Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { Masking = new MaskingSection { Unit = "phrase", Phrases = "none.txt" } } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADecoderLearnsToFillAGap()
    {
        // What stands in the gap can be told from the suffix alone.
        string[] names = ["one", "two", "three", "four"];
        File.WriteAllLines(folder["code.jsonl"], Enumerable.Range(0, 240).Select(i => $$"""{"text": "set {{names[i % 4]}} to {{i % 4 + 1}};"}"""));
        Recipe recipe = Tiny("causal", "gpt2", Brief.Or(300, 30), "bpe");
        recipe = recipe with
        {
            Data = recipe.Data with { Source = folder["code.jsonl"], Vocabulary = 280 },
            Algorithm = recipe.Algorithm with { Width = 48, Schedule = new ScheduleSection { WarmupSteps = 3 }, Fim = new FimSection { Rate = 1, SuffixFirst = 0 } },
        };
        TrainingResult result = Trainer.Run(recipe);
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.5, $"{result.ValidationLoss} against {result.UnigramLoss}");
        LanguageModel model = LanguageModel.Load(folder["run"]);
        string Fill(string prefix, string suffix) => string.Concat(model.FillGap(prefix, suffix, new SamplingOptions { Temperature = 0, MaxTokens = 12 }).Select(p => p.Text)).Trim();
        if (!Brief.On) Assert.Equal(["two", "four"], [Fill("set ", " to 2;"), Fill("set ", " to 4;")]);
        Assert.Contains("not trained to fill gaps", Assert.Throws<ArgumentException>(() => new LanguageModel(model.Transformer, Tokenizer.Bytes([])).FillGap("a", "b")).Message, StringComparison.Ordinal);
    }
}
