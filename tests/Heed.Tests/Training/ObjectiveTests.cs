using System.Security.Cryptography;
using System.Text.Json;
using Heed.Generation;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>What holds for the causal objective holds for the others: they learn, depend on no thread, resume to the same bits, and leave folders that load.</summary>
[Collection(Threads.Name)]
public sealed class ObjectiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> All => new() { { "masked", "bert" }, { "sequence-to-sequence", "t5" }, { "sequence-to-sequence", "bart" }, { "classify", "bert" } };

    public void Dispose() => folder.Dispose();

    private Recipe Tiny(string objective, string family, int steps = 10, string run = "run")
    {
        Recipe recipe = TinyRecipe.In(folder[run], steps, family);
        (string source, string tokenizer) = objective switch { "masked" => ("facts", "wordpiece"), "classify" => ("moods", "wordpiece"), _ => ("pairs", "unigram") };
        return recipe with
        {
            Data = new DataSection { Source = source, Examples = 200, Tokenizer = tokenizer, Vocabulary = 700, Direction = "both" },
            Algorithm = recipe.Algorithm with { Objective = objective, Context = 32, InitialDeviation = 0.1, LabelSmoothing = objective == "classify" ? 0 : 0.1 },
        };
    }

    private static Recipe Learning(Recipe recipe, int steps) => recipe with
    {
        Algorithm = recipe.Algorithm with { Steps = steps, Accumulate = 1, Batch = 32, Width = 32, Dropout = 0, LabelSmoothing = 0, Optimizer = new OptimizerSection { LearningRate = 5e-3 } },
        Compute = recipe.Compute with { EvaluateEvery = 1000, CheckpointEvery = 1000 },
    };

    private static string Hash(string run) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model.safetensors"))));

    [Theory]
    [MemberData(nameof(All))]
    public void EveryObjectiveLearnsMoreThanFrequencies(string objective, string family)
    {
        TrainingResult result = Trainer.Run(Learning(Tiny(objective, family), Brief.Or(100, 60)));
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.1, $"{result.ValidationLoss} against {result.UnigramLoss} of frequencies");
        Assert.InRange(result.Accuracy!.Value, objective == "classify" ? 0.3 : 0.05, 1);
        Assert.Null(result.BitsPerByte);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheWeightsDoNotDependOnThreadsOrRecomputation(string objective, string family)
    {
        Recipe recipe = Tiny(objective, family, steps: 3);
        recipe = recipe with { Algorithm = recipe.Algorithm with { Schedule = new ScheduleSection { WarmupSteps = 1 } } };
        string Train(int threads, bool recompute) => Threads.With(threads, () =>
        {
            Trainer.Run(recipe with { Compute = recipe.Compute with { Recompute = recompute } }, existing: ExistingRun.Restart);
            return Hash(folder["run"]);
        });
        string expected = Train(1, recompute: false);
        Assert.Equal(expected, Train(5, recompute: false));
        Assert.Equal(expected, Train(2, recompute: true));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AStoppedRunIsResumedToTheSameBits(string objective, string family)
    {
        Trainer.Run(Tiny(objective, family, run: "calm"));
        Recipe recipe = Tiny(objective, family);
        foreach (int at in (int[])[3, 7])
        {
            using CancellationTokenSource stop = new();
            TrainingResult part = Trainer.Run(recipe, s =>
            {
                if (s.Index == at) stop.Cancel();
            }, ExistingRun.Resume, cancellation: stop.Token);
            Assert.True(part.Stopped);
            Assert.Null(part.Accuracy);
        }
        Trainer.Run(recipe, existing: ExistingRun.Resume);
        Assert.Equal(Hash(folder["calm"]), Hash(folder["run"]));
        recipe = recipe with { Data = recipe.Data with { Examples = 201 } };
        Assert.Contains("other data", Assert.ThrowsAny<InvalidDataException>(() => Trainer.Run(recipe, existing: ExistingRun.Resume)).Message);
    }

    [Fact]
    public void AMaskedRunLeavesAFolderThatFillsMasks()
    {
        TrainingResult result = Trainer.Run(Tiny("masked", "bert"));
        JsonElement config = Read("config.json"), words = Read("tokenizer_config.json");
        Assert.Equal(("bert", "BertForMaskedLM"), (config.GetProperty("model_type").GetString(), config.GetProperty("architectures")[0].GetString()));
        foreach ((string key, string token) in ((string, string)[])[("mask_token", "[MASK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("unk_token", "[UNK]")])
            Assert.Equal(token, words.GetProperty(key).GetString());
        Assert.Equal(Tokenizer.Load(folder["run"]).TokenToId("[PAD]"), config.GetProperty("pad_token_id").GetInt32());
        MaskCandidate loaded = FillMask.Load(folder["run"]).Fill("Paris is the [MASK] of France.")[0][0];
        Assert.Equal(loaded, new FillMask(result.Model.Transformer, result.Model.Tokenizer).Fill("Paris is the [MASK] of France.")[0][0]);
    }

    [Theory]
    [InlineData("t5", "T5ForConditionalGeneration", "<pad>")]
    [InlineData("bart", "BartForConditionalGeneration", "</s>")]
    public void APairRunLeavesAFolderThatRewrites(string family, string architecture, string start)
    {
        TrainingResult result = Trainer.Run(Tiny("sequence-to-sequence", family));
        Assert.Equal(architecture, Read("config.json").GetProperty("architectures")[0].GetString());
        LanguageModel loaded = LanguageModel.Load(folder["run"]);
        GenerationOptions options = GenerationConfig.Load(folder["run"]);
        Assert.Equal(31, options.Sampling.MaxTokens);
        Assert.Equal(loaded.Tokenizer.TokenToId(start), options.DecoderStartToken);
        Assert.Equal([loaded.Tokenizer.TokenToId("</s>")!.Value], options.EndTokens);
        int[] source = loaded.Tokenizer.Encode("我是一个学生。");
        Assert.Equal(loaded.Tokenizer.TokenToId("</s>"), source[^1]);
        int[] Write(LanguageModel model) => [.. new Generator(model.Transformer).Write([source], options).Select(step => step[0].Id)];
        Assert.Equal(Write(result.Model), Write(loaded));
    }

    [Fact]
    public void AClassifierStartsFromTheMaskedModelsEncoder()
    {
        Recipe masked = Tiny("masked", "bert", run: "masked"), recipe = Tiny("classify", "bert", steps: 1);
        Trainer.Run(masked);
        recipe = recipe with
        {
            Data = recipe.Data with { Tokenizer = Path.GetFullPath(Path.Combine(folder["masked"], "tokenizer.json")) },
            Algorithm = recipe.Algorithm with { StartFrom = Path.GetFullPath(folder["masked"]), Optimizer = new OptimizerSection { LearningRate = 1e-9, WeightDecay = 0 }, Schedule = new ScheduleSection { WarmupSteps = 0, MinLearningRate = 0 } },
        };
        TrainingResult result = Trainer.Run(recipe);
        // A step of size one in a billion leaves the encoder's weights as they were.
        Dictionary<string, Tensor> before = ModelFolder.Load(folder["masked"]).Weights.Where(w => !w.Key.StartsWith("head.", StringComparison.Ordinal)).ToDictionary(w => w.Key, w => w.Value);
        Dictionary<string, Tensor> after = ModelFolder.Load(folder["run"]).Weights.ToDictionary(w => w.Key, w => w.Value);
        Assert.True(before.Count > 10);
        foreach ((string name, Tensor weight) in before)
            for (int i = 0; i < weight.Count; i++) Assert.Equal(weight.Span[i], after[name].Span[i], 1e-6f);
        LabelScore best = TextClassifier.Load(folder["run"]).Classify("Tom lost his dog.")[0];
        Assert.Contains(best.Label, (string[])["happy", "sad", "angry", "afraid"]);
        LabelScore trained = new TextClassifier(result.Model.Transformer, result.Model.Tokenizer).Classify("Tom lost his dog.")[0];
        Assert.Equal(best.Label, trained.Label);
        Assert.Equal(best.Score, trained.Score, 1e-6);

        recipe = recipe with { Algorithm = recipe.Algorithm with { Depth = 2 }, Compute = recipe.Compute with { Output = folder["deep"] } };
        Assert.Contains("start_from", Assert.Throws<RecipeException>(() => Trainer.Run(recipe)).Message);
    }

    [Fact]
    public void FilesOfLinesPairsAndLabelsAreLearnedFrom()
    {
        File.WriteAllLines(folder["lines.txt"], Enumerable.Range(0, 60).Select(i => $"Line {i % 7} of a small file."));
        File.WriteAllLines(folder["pairs.tsv"], Enumerable.Range(0, 60).Select(i => $"number {i % 7}\t第{i % 7}"));
        File.WriteAllLines(folder["labels.tsv"], Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "even" : "odd")}\tThis is {i % 10}."));
        foreach ((string objective, string family, string file, string tokenizer) in ((string, string, string, string)[])[("masked", "bert", "lines.txt", "wordpiece"), ("masked", "bert", "lines.txt", "bpe"), ("sequence-to-sequence", "t5", "pairs.tsv", "characters"), ("sequence-to-sequence", "bart", "pairs.tsv", "bytes"), ("classify", "bert", "labels.tsv", "bpe")])
        {
            Recipe recipe = Learning(Tiny(objective, family), 80);
            TrainingResult result = Trainer.Run(recipe with { Data = recipe.Data with { Source = folder[file], Tokenizer = tokenizer, Vocabulary = 300 } }, existing: ExistingRun.Restart);
            Assert.True(result.ValidationLoss < result.UnigramLoss, $"{objective}, {tokenizer}: {result.ValidationLoss} against {result.UnigramLoss}");
            if (objective == "classify") Assert.Equal(["even", "odd"], result.Model.Transformer.Config.Head.Labels);
        }
    }

    [Theory]
    [InlineData("causal", "gpt2", null, null)]
    [InlineData("masked", "bert", "{b} {a}", null)]
    [InlineData("sequence-to-sequence", "t5", "a", "b")]
    [InlineData("classify", "bert", "{a} {b}", "c")]
    public void RecordsOfSeveralFilesAreLearnedFrom(string objective, string family, string? text, string? target)
    {
        string Row(int i) => $"{{\"text\": \"the {i % 7} of {i % 3}\", \"a\": \"number {i % 7}\", \"b\": \"第{i % 7}\", \"c\": {i % 2}}}";
        File.WriteAllLines(folder["train.jsonl"], [.. Enumerable.Range(0, 60).Select(Row), "{\"a\":"]);
        File.WriteAllLines(folder["valid.jsonl"], Enumerable.Range(60, 20).Select(Row));
        Recipe recipe = Tiny(objective, family);
        recipe = recipe with { Data = recipe.Data with { Source = folder["train.jsonl"], Validation = folder["valid.jsonl"], Text = text, Target = target, Tokenizer = "bytes", CorruptLimit = 1 } };
        List<string> status = [];
        TrainingResult result = Trainer.Run(recipe, status: status.Add);
        Assert.True(double.IsFinite(result.ValidationLoss));
        Assert.Contains(status, s => s.Contains("train.jsonl, line 61", StringComparison.Ordinal));
        Assert.Contains($"1 record was passed over: 1 of {folder["train.jsonl"]}", status);
        recipe = recipe with { Data = recipe.Data with { CorruptLimit = 0 }, Compute = recipe.Compute with { Output = folder["other"] } };
        Assert.Contains("line 61", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe)).Message);
    }

    [Fact]
    public void ListsGlobsAndFoldersAreOneSource()
    {
        Directory.CreateDirectory(folder["set"]);
        string Row(int i) => $"{{\"text\": \"row {i} of {i % 5}\", \"label\": \"{i % 2}\"}}";
        File.WriteAllLines(folder["set/train-0.jsonl"], Enumerable.Range(0, 20).Select(Row));
        File.WriteAllLines(folder["set/train-1.jsonl"], Enumerable.Range(20, 20).Select(Row));
        File.WriteAllLines(folder["set/validation.jsonl"], Enumerable.Range(40, 10).Select(Row));
        Recipe recipe = Tiny("classify", "bert", steps: 3);
        List<string> weights = [];
        foreach ((TextList source, TextList? validation) in ((TextList, TextList?)[])[(folder["set"], null), (folder["set/train-*"], folder["set"]), ([folder["set/train-0.jsonl"], folder["set/train-1.jsonl"]], folder["set/v*"])])
        {
            Trainer.Run(recipe with { Data = recipe.Data with { Source = source, Validation = validation } }, existing: ExistingRun.Restart);
            weights.Add(Hash(folder["run"]));
        }
        Assert.Single(weights.Distinct());
        Trainer.Run(recipe with { Data = recipe.Data with { Source = folder["set/train-*"], Split = "hash", ValidationFraction = 0.3, TestFraction = 0.1 } }, existing: ExistingRun.Restart);
        Assert.NotEqual(weights[0], Hash(folder["run"]));
    }

    [Theory]
    [InlineData("sequence-to-sequence", "t5", "one\tun\ntwo\n", "a source and its target")]
    [InlineData("sequence-to-sequence", "t5", "one\tun\ttrop\nx\ty\n", "one\\tun\\ttrop")]
    [InlineData("classify", "bert", "good\tyes\ngood\tno\ngood\tmaybe\n", "one label only")]
    [InlineData("classify", "bert", "good\ta\nbad\tb\nugly\tc\n", "\"ugly\" stands in the validation part")]
    [InlineData("masked", "bert", "only one line\n", "has 1 lines")]
    public void FilesThatDoNotFitAreRefused(string objective, string family, string text, string words)
    {
        File.WriteAllText(folder["bad.tsv"], text);
        Recipe recipe = Tiny(objective, family);
        string message = Assert.ThrowsAny<InvalidDataException>(() => Trainer.Run(recipe with { Data = recipe.Data with { Source = folder["bad.tsv"] } })).Message;
        Assert.Contains("bad.tsv", message);
        Assert.Contains(words.Replace("\\t", "\t", StringComparison.Ordinal), message);
    }

    [Theory]
    [InlineData("algorithm.family", "algorithm.objective=masked", "data.source=facts")]
    [InlineData("data.source", "algorithm.objective=classify", "algorithm.family=bert")]
    [InlineData("algorithm.start_from", "algorithm.family=from")]
    [InlineData("data.source", "data.source=pairs")]
    [InlineData("algorithm.kv_heads", "algorithm.objective=masked", "algorithm.family=bert", "data.source=facts", "algorithm.kv_heads=2")]
    [InlineData("algorithm.masking.rate", "algorithm.masking.rate=0")]
    [InlineData("data.direction", "data.direction=sideways")]
    [InlineData("data.split", "data.split=hash")]
    public void WhatDoesNotFitTheObjectiveIsAnErrorThatNamesTheKey(string key, params string[] set) =>
        Assert.Equal(key, Assert.Throws<RecipeException>(() => Recipe.Parse("""{ "data": {}, "algorithm": {}, "compute": {} }""", set)).Key);

    private JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["run"], name))).RootElement;
}
