using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Models in GGUF files: written, read as they are stored, and read as their family publishes them.</summary>
public sealed class GgufModelTests
{
    public static TheoryData<string> Fixtures =>
    [
        "bert-base", "bert-classify", "gemma", "gemma2", "glm", "glm4", "gpt-neox", "gpt2", "llama-bf16-sharded", "llama-gqa", "llama-rope-yarn",
        "mistral", "phi", "phi-qk-layernorm", "qwen2", "qwen2-sliding", "qwen3", "t5-v1.0", "t5-v1.1",
    ];

    /// <summary>The outputs of the original library, which the folder's model reproduces, are those of the file too.</summary>
    [Theory]
    [MemberData(nameof(Fixtures))]
    public void AModelComputesTheSameFromAFileAsFromAFolder(string fixture)
    {
        using TemporaryFolder folder = new();
        Transformer model = ModelFolder.Load(FixtureFolder.Path(fixture));
        GgufModelWriter.Write(model, folder["m.gguf"]);
        Transformer stored = GgufModel.Open(folder["m.gguf"]), copied = GgufModel.Load(folder["m.gguf"]), published = GgufModel.Load(folder["m.gguf"], published: true);
        Assert.Equal(model.ParameterCount, stored.ParameterCount);
        foreach (ReferenceRun run in ReferenceJson.Read(FixtureFolder.Path(fixture + "/reference.json")).Runs)
        {
            if (run.Inputs.ContainsKey("labels")) continue;
            IReadOnlyDictionary<string, ModelOutput> expected = ModelRunner.Run(model, run.Inputs, all: false);
            foreach (Transformer other in (Transformer[])[stored, copied, published])
                foreach ((string name, ModelOutput output) in ModelRunner.Run(other, run.Inputs, all: false))
                    Assert.All(output.Values.Zip(expected[name].Values), pair => Assert.Equal(pair.Second, pair.First, 2e-5f * Math.Max(1, MathF.Abs(pair.Second))));
        }
    }

    public static TheoryData<string, bool> FamiliesAndTies => [.. TinyModels.Families.Where(f => f != "mixtral").SelectMany(f => new TheoryDataRow<string, bool>[] { new(f, true), new(f, false) })];

    [Theory]
    [MemberData(nameof(FamiliesAndTies))]
    public void WhatIsWrittenIsRead(string family, bool tied)
    {
        using TemporaryFolder folder = new();
        TransformerConfig config = TinyModels.Config(family, tied);
        if (family == "gpt_neox") config = WithGelu(config);
        Transformer model = TinyModels.Random(config);
        GgufModelWriter.Write(model, folder["m.gguf"]);
        Transformer loaded = GgufModel.Load(folder["m.gguf"], published: true);
        // Where norms count from 1, a weight is rounded once on its way there and once on its way back.
        foreach (((string name, Tensors.Tensor weight), (string other, Tensors.Tensor back)) in model.Weights.Zip(loaded.Weights))
        {
            Assert.Equal(name, other);
            Assert.All(weight.ToArray().Zip(back.ToArray()), p => Assert.Equal(p.First, p.Second, name.Contains("norm", StringComparison.Ordinal) && family.StartsWith("gemma", StringComparison.Ordinal) ? 1e-6f : 0));
        }
        ModelFolder.Save(loaded, folder["saved"]);
        Assert.Equal(ModelFolder.ConfigJson(config with { Decoder = config.Main with { InitialDeviation = 0.02f } }), File.ReadAllText(folder["saved/config.json"]));
        using GgufFile file = new(folder["m.gguf"]);
        Assert.Equal(!tied, file.Weights.ContainsKey("output.weight"));
    }

    [Fact]
    public void EveryChoiceThatAFileCanSayIsWritten()
    {
        TransformerConfig llama = TinyModels.Config("llama");
        StackConfig s = llama.Main;
        foreach (TransformerConfig config in (TransformerConfig[])
            [
                llama with { EndTokens = [3, 5, 7], BeginToken = null, PadToken = 4 },
                llama with { Decoder = s with { HeadDim = 10, KeyValueHeads = 1 } },
                llama with { Decoder = s with { QueryKeyValueBias = true, OutputBias = true, FeedForward = s.FeedForward with { Bias = true } } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Linear(2.5)) } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Llama3(8, 1, 4, 20)) } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Yarn(2, 20, 1.25, 16, 2)) } },
                Of("qwen3", g => g with { Window = 9, WindowedBlocks = [false, true] }),
                Of("gemma2", g => g with { Scores = g.Scores with { Scale = 0.1234567f } }) with { Head = new HeadConfig() },
                Of("glm4", g => g with { Positions = new PositionConfig.Rotary(100, 40, Dimension: 6, Interleaved: true) }),
                WithGelu(Of("gpt_neox", g => g with { Placement = Placement.Pre, QueryKeyValueBias = false, OutputBias = false })),
            ])
        {
            using TemporaryFolder folder = new();
            Transformer model = TinyModels.Random(config);
            GgufModelWriter.Write(model, folder["m.gguf"]);
            Transformer loaded = GgufModel.Load(folder["m.gguf"], published: true);
            ModelFolder.Save(loaded, folder["saved"]);
            Assert.Equal(Rounded(ModelFolder.ConfigJson(config with { Decoder = config.Main with { InitialDeviation = 0.02f } })), Rounded(File.ReadAllText(folder["saved/config.json"])));
            int[] ids = TinyModels.Tokens(17, 61, 2);
            Assert.All(TinyModels.Logits(model, ids).Zip(TinyModels.Logits(GgufModel.Load(folder["m.gguf"]), ids)), p => Assert.Equal(p.First, p.Second, 1e-4f));
        }

        // 1.25 stands in the file as a factor of the paper's, in float32.
        static string Rounded(string json) => System.Text.RegularExpressions.Regex.Replace(json, @"\d+\.\d{8,}", number => double.Parse(number.Value, System.Globalization.CultureInfo.InvariantCulture).ToString("G6", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void AnEncodersPoolingIsKept()
    {
        using TemporaryFolder folder = new();
        Transformer model = ModelFolder.Load(FixtureFolder.Path("bert-base"));
        foreach (Pooling? pooling in (Pooling?[])[null, Pooling.Mean, Pooling.First, Pooling.Last])
        {
            GgufModelWriter.Write(model, folder["m.gguf"], new() { Pooling = pooling });
            Assert.Equal(pooling, GgufPooling.Read(folder["m.gguf"]));
            Assert.Equal(pooling ?? Pooling.Mean, Heed.Tasks.EmbeddingOptions.Read(folder["m.gguf"], out _).Pooling);
        }
    }

    [Fact]
    public void AMistralWithoutAWindowIsALlama()
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(Of("mistral", s => s with { Window = 0 }));
        GgufModelWriter.Write(model, folder["m.gguf"]);
        Transformer loaded = GgufModel.Open(folder["m.gguf"]);
        Assert.Equal("llama", loaded.Config.ModelType);
        int[] ids = TinyModels.Tokens(17, 61, 2);
        Assert.All(TinyModels.Logits(model, ids).Zip(TinyModels.Logits(loaded, ids)), p => Assert.Equal(p.First, p.Second, 1e-4f));
    }

    [Fact]
    public void WhatAFileCannotSayIsRefused()
    {
        using TemporaryFolder folder = new();
        foreach ((TransformerConfig config, string words) in ((TransformerConfig, string)[])
            [
                (TinyModels.Config("mixtral"), "mixtral"),
                (Of("llama", g => g with { FeedForward = g.FeedForward with { Activation = ActivationKind.GeluTanh } }), "Decoder.FeedForward.Activation = GeluTanh, which would be read back as Silu"),
                (Of("llama", g => g with { Positions = new PositionConfig.Rotary(100, 40, Scaling: new RopeScaling.Dynamic(2)) }), "Dynamic"),
                (Of("gpt2", g => g with { Scores = new ScoreConfig(1, ByBlock: true) }), "Decoder.Scores.ByBlock = True"),
                (TinyModels.Config("llama") with { Head = new HeadConfig { Kind = HeadKind.Sequence, Pooling = Pooling.Last, Labels = ["a", "b"] } }, "Head.Kind = Sequence, which would be read back as Vocabulary"),
                (ModelFolder.LoadConfig(FixtureFolder.Path("bert-mlm")), "no place for a head"),
            ])
        {
            ArgumentException e = Assert.Throws<ArgumentException>(() => GgufModelWriter.Write(new Transformer(config, 1), folder["m.gguf"]));
            Assert.Contains(words, e.Message, StringComparison.Ordinal);
            Assert.Empty(folder.Names);
        }
    }

    [Fact]
    public void MissingUnusedAndMisshapenTensorsAreNamedInOneMessage()
    {
        using TemporaryFolder folder = new();
        GgufModelWriter.Write(TinyModels.Random(TinyModels.Config("llama")), folder["m.gguf"]);
        using GgufFile file = new(folder["m.gguf"]);
        IEnumerable<GgufTensor> tensors = file.Weights.Keys.Where(n => n != "blk.1.ffn_down.weight").Select(n => n switch
        {
            "output_norm.weight" => GgufTensor.Floats(n, [3], new float[3]),
            "blk.0.attn_q.weight" => GgufTensor.Copy(file, n, "blk.0.attn_z.weight"),
            _ => GgufTensor.Copy(file, n),
        });
        GgufWriter.Write(folder["wrong.gguf"], file.Fields, tensors);
        foreach (Func<string, Transformer> open in (Func<string, Transformer>[])[p => GgufModel.Open(p), p => GgufModel.Load(p)])
        {
            InvalidDataException e = Assert.Throws<InvalidDataException>(() => open(folder["wrong.gguf"]));
            Assert.Contains("2 missing: blk.0.attn_q.weight, blk.1.ffn_down.weight", e.Message, StringComparison.Ordinal);
            Assert.Contains("1 unused: blk.0.attn_z.weight", e.Message, StringComparison.Ordinal);
            Assert.Contains("output_norm.weight is F32 [3], expected floats [24]", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("general.architecture", "rwkv", "rwkv")]
    [InlineData("llama.block_count", null, "'llama.block_count' is missing")]
    [InlineData("llama.embedding_length", "wide", "llama.embedding_length")]
    [InlineData("llama.expert_count", 8, "mixtures of experts")]
    [InlineData("llama.attention.value_length", 5, "differ in length")]
    [InlineData("llama.attention.head_count", 0, "heads must be 1 or more")]
    [InlineData("llama.block_count", 1 << 30, "weights are missing")]
    [InlineData("llama.rope.scaling.type", "long", "rope.scaling.type")]
    [InlineData("llama.context_length", -5, "context")]
    public void WrongMetadataAreRefused(string key, object? value, string words)
    {
        using TemporaryFolder folder = new();
        GgufModelWriter.Write(TinyModels.Random(TinyModels.Config("llama", depth: 1)), folder["m.gguf"]);
        using GgufFile file = new(folder["m.gguf"]);
        Dictionary<string, GgufValue> fields = file.Fields.ToDictionary();
        if (value is null) fields.Remove(key);
        else fields[key] = GgufValue.Of(value);
        GgufWriter.Write(folder["wrong.gguf"], fields, file.Weights.Keys.Select(n => GgufTensor.Copy(file, n)));
        Exception e = Assert.ThrowsAny<Exception>(() => GgufModel.Open(folder["wrong.gguf"]));
        Assert.True(e is InvalidDataException or WeightFormatException, e.ToString());
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Contains("wrong.gguf", e.Message, StringComparison.Ordinal);
    }

    // The only activation that files of GPT-NeoX have.
    private static TransformerConfig WithGelu(TransformerConfig c) => c with { Decoder = c.Main with { FeedForward = c.Main.FeedForward with { Activation = ActivationKind.Gelu } } };

    private static TransformerConfig Of(string family, Func<StackConfig, StackConfig> change) => TinyModels.Config(family) with { Decoder = change(TinyModels.Config(family).Main) };
}
