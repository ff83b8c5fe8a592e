using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Training that begins with a trained model: of any family, with new heads, with rates by layer and with frozen weights.</summary>
[Collection(Threads.Name)]
public sealed class FineTuningTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FineTuningTests() => File.WriteAllLines(folder["labels.tsv"], Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "even" : "odd")}\tThis is {i % 10}."));

    public void Dispose() => folder.Dispose();

    // A model folder of a family with a tokenizer beside it, as a download would be.
    private Transformer Trained(TransformerConfig config)
    {
        Transformer model = TinyModels.Random(config);
        ModelFolder.Save(model, folder["trained"]);
        Tokenizer tokenizer = Tokenizer.Train(["This is 0 1 2 3 4 5 6 7 8 9."], new WordPieceTrainer { VocabularySize = 60, SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], UnknownToken = "[UNK]" }, TokenizerPipeline.Bert);
        new Tokenizer(tokenizer.Model, tokenizer.Pipeline with { PostProcessor = new BertPostProcessor(("[CLS]", 2), ("[SEP]", 3)) }, tokenizer.AddedTokens).Save(folder["trained/tokenizer.json"]);
        return model;
    }

    private Recipe From(string objective, int steps, OptimizerSection? optimizer = null) => new()
    {
        Data = new DataSection { Source = folder["labels.tsv"] },
        Algorithm = new AlgorithmSection { Objective = objective, Family = "from", StartFrom = folder["trained"], Context = 16, Steps = steps, Batch = 8, Optimizer = optimizer ?? new(), Schedule = new ScheduleSection { WarmupSteps = 0, Kind = "constant" } },
        Compute = new ComputeSection { Output = folder["run"], EvaluateEvery = 1000, CheckpointEvery = 1000, SampleEvery = 0 },
    };

    private static Dictionary<string, float[]> Values(Transformer model) => model.Weights.ToDictionary(w => w.Key, w => w.Value.ToArray());

    private static bool Close(float[] a, float[] b) => a.Zip(b).All(p => Math.Abs(p.First - p.Second) < 1e-6f);

    [Theory]
    [InlineData("bert", HeadKind.None, true)]
    [InlineData("bert", HeadKind.Vocabulary, false)]
    [InlineData("ernie", HeadKind.Vocabulary, false)]
    [InlineData("distilbert", HeadKind.Vocabulary, false)]
    [InlineData("roberta", HeadKind.Tokens, false)]
    [InlineData("electra", HeadKind.Replaced, false)]
    public void AnEncoderOfAnyFamilyLearnsLabels(string family, HeadKind head, bool bringsPooler)
    {
        Dictionary<string, float[]> before = Values(Trained(TinyEncoders.Config(family, head)));
        TrainingResult result = Trainer.Run(From("classify", 1, new OptimizerSection { LearningRate = 1e-9, WeightDecay = 0 }));
        Transformer after = ModelFolder.Load(folder["run"]);
        Assert.Equal((family, HeadKind.Sequence), (after.Config.ModelType, after.Config.Head.Kind));
        Assert.Equal(["even", "odd"], after.Config.Head.Labels);
        foreach ((string name, float[] values) in Values(after))
            if (!name.StartsWith("head.", StringComparison.Ordinal) || (bringsPooler && name.StartsWith("head.dense.", StringComparison.Ordinal))) Assert.True(Close(values, before[name]), name);
        LabelScore loaded = TextClassifier.Load(folder["run"]).Classify("This is 3.")[0], trained = new TextClassifier(result.Model.Transformer, result.Model.Tokenizer).Classify("This is 3.")[0];
        Assert.Equal((trained.Label, Math.Round(trained.Score, 5)), (loaded.Label, Math.Round(loaded.Score, 5)));
    }

    [Fact]
    public void TheSameHeadIsKeptAndADecoderLearnsLabelsToo()
    {
        Transformer model = Trained(TinyEncoders.Config("bert", HeadKind.Sequence, labels: ["even", "odd"]));
        Trainer.Run(From("classify", 1, new OptimizerSection { LearningRate = 1e-9, WeightDecay = 0 }));
        Assert.True(Close(Values(model)["head.weight"], Values(ModelFolder.Load(folder["run"]))["head.weight"]));

        Trained(TinyModels.Config("llama"));
        TrainingResult result = Trainer.Run(From("classify", 120, new OptimizerSection { LearningRate = 5e-3 }), existing: ExistingRun.Restart);
        Assert.True(result.ValidationLoss < result.UnigramLoss - 0.1, $"{result.ValidationLoss} against {result.UnigramLoss}");
        Assert.Equal(result.Model.Transformer.Config.Head.Labels, TextClassifier.Load(folder["run"]).Labels);
    }

    [Theory]
    [InlineData("masked", "llama", "cannot learn the objective masked")]
    [InlineData("sequence-to-sequence", "gpt2", "cannot learn the objective sequence-to-sequence")]
    [InlineData("causal", "bert", "cannot learn the objective causal")]
    public void AModelThatCannotLearnTheObjectiveIsRefused(string objective, string family, string words)
    {
        Trained(family == "bert" ? TinyEncoders.Config(family) : TinyModels.Config(family));
        Assert.Contains(words, Assert.Throws<RecipeException>(() => Trainer.Run(From(objective, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FrozenWeightsStayAndCostNoOptimizerState()
    {
        Dictionary<string, float[]> before = Values(Trained(TinyEncoders.Config("bert", HeadKind.None)));
        Trainer.Run(From("classify", 3, new OptimizerSection { LearningRate = 1e-2, Freeze = "embedding, blocks.0-1,!blocks.1.feed_norm,positions,types" }));
        Dictionary<string, float[]> after = Values(ModelFolder.Load(folder["run"]));
        foreach ((string name, float[] values) in before)
        {
            bool frozen = name.StartsWith("blocks.", StringComparison.Ordinal) ? !name.StartsWith("blocks.1.feed_norm", StringComparison.Ordinal) : name.Split('.')[0] is "embedding" or "positions" or "types";
            Assert.True(values.SequenceEqual(after[name]) == frozen, name);
        }
        using Heed.Formats.WeightSource moments = Heed.Formats.WeightSource.Open(folder["run/checkpoints/step-00000003/optimizer.safetensors"]);
        Assert.Equal(["embedding_norm.weight", "embedding_norm.bias", "blocks.1.feed_norm.weight", "blocks.1.feed_norm.bias", "head.dense.weight", "head.dense.bias", "head.weight", "head.bias"],
            moments.Weights.Keys.Where(k => k.StartsWith("m.", StringComparison.Ordinal)).Select(k => k[2..]).OrderBy(k => Array.FindIndex([.. after.Keys], n => n == k)));
    }

    [Theory]
    [InlineData("blocks.7", "\"blocks.7\" names no weight")]
    [InlineData("embed", "\"embed\" names no weight")]
    [InlineData("*", "nothing is left to learn")]
    public void AListThatFreezesNothingOrAllIsAnError(string list, string words)
    {
        Trained(TinyEncoders.Config("bert"));
        Assert.Contains(words, Assert.Throws<RecipeException>(() => Trainer.Run(From("classify", 1, new OptimizerSection { Freeze = list }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LowerLayersLearnAtLowerRates()
    {
        string[] names = ["embedding.weight", "embedding_norm.bias", "blocks.0.self_norm.weight", "blocks.2.self_norm.weight", "final_norm.weight", "head.weight"];
        Assert.Equal([0.0625f, 0.0625f, 0.125f, 0.5f, 1, 1], names.Select(LayerRates.Of(names, 0.5)!));
        // The stacks of an encoder-decoder are counted each for itself; the table that both read is below the deeper.
        names = ["embedding.weight", "encoder.relative_bias.weight", "encoder.blocks.1.up.weight", "decoder.blocks.0.up.weight", "decoder.final_norm.weight"];
        Assert.Equal([0.125f, 0.125f, 0.5f, 0.5f, 1], names.Select(LayerRates.Of(names, 0.5)!));
        Assert.Null(LayerRates.Of(names, 1));

        // The first step of Adam is as long as the rate, whatever the gradient.
        Dictionary<string, float[]> before = Values(Trained(TinyEncoders.Config("bert", HeadKind.None)));
        Trainer.Run(From("classify", 1, new OptimizerSection { LearningRate = 1e-2, WeightDecay = 0, LayerDecay = 0.5 }));
        Dictionary<string, float[]> after = Values(ModelFolder.Load(folder["run"]));
        double Longest(string name) => before[name].Zip(after[name]).Max(p => Math.Abs(p.First - p.Second));
        Assert.Equal(1e-2 / 8, Longest("embedding.weight"), 2e-5);
        Assert.Equal(1e-2 / 4, Longest("blocks.0.feed_forward.up.weight"), 4e-5);
        Assert.Equal(1e-2 / 2, Longest("blocks.1.feed_forward.up.weight"), 8e-5);
        Assert.Equal(1e-2, Longest("head.dense.weight"), 1.6e-4);
    }
}
