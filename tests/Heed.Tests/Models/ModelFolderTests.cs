using System.Text.Json.Nodes;
using Heed.Formats;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Saving, loading, and everything that can be wrong with a folder.</summary>
public sealed class ModelFolderTests
{
    public static TheoryData<string, bool> FamiliesAndTies => [.. TinyModels.Families.SelectMany(f => new TheoryDataRow<string, bool>[] { new(f, true), new(f, false) })];

    [Theory]
    [MemberData(nameof(FamiliesAndTies))]
    public void WhatIsSavedIsLoaded(string family, bool tied)
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyModels.Config(family, tied));
        ModelFolder.Save(model, folder.Path);
        Transformer loaded = ModelFolder.Load(folder.Path);
        Assert.Equal(model.ParameterCount, loaded.ParameterCount);
        Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(loaded));
        Assert.Equal(["config.json", "model.safetensors"], folder.Names);
        Same(model.Config, loaded.Config);
        int[] ids = TinyModels.Tokens(17, 61, 2);
        Assert.Equal(TinyModels.Logits(model, ids), TinyModels.Logits(loaded, ids));
        using WeightSource source = WeightSource.Open(folder.Path);
        Assert.Equal(!tied, source.Weights.ContainsKey(family == "gpt_neox" ? "embed_out.weight" : "lm_head.weight"));
    }

    [Fact]
    public void EveryChoiceThatAFamilyKnowsIsSaved()
    {
        TransformerConfig llama = TinyModels.Config("llama");
        StackConfig s = llama.Main;
        foreach (TransformerConfig config in (TransformerConfig[])
            [
                llama with { EndTokens = [3, 5], BeginToken = null },
                llama with { EndTokens = [] },
                llama with { Decoder = s with { HeadDim = 10 } },
                llama with { Decoder = s with { KeyValueHeads = 1, InitialDeviation = 0.03f } },
                llama with { Decoder = s with { QueryKeyValueBias = true, OutputBias = true } },
                llama with { Decoder = s with { FeedForward = s.FeedForward with { Bias = true, Activation = ActivationKind.GeluTanh } } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Linear(2.5)) } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Llama3(8, 1, 4, 20)) } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Dynamic(1.5)) } },
                llama with { Decoder = s with { Positions = new PositionConfig.Rotary(5e5, 40, Scaling: new RopeScaling.Yarn(2, 20, 1.25, 16, 2, Truncate: false)) } },
                llama with { PadToken = 7 },
                llama with { Head = Labels(HeadKind.Sequence) with { Problem = ProblemKind.Regression } },
                llama with { Head = Labels(HeadKind.Tokens) },
                llama with { Head = new HeadConfig { Kind = HeadKind.None } },
                Of("gpt_neox", g => g with { Placement = Placement.Pre, QueryKeyValueBias = false, OutputBias = false }),
                Of("gpt_neox", g => g with { Positions = new PositionConfig.Rotary(500, 40) }),
                Of("phi", g => g with { Scores = new ScoreConfig() }),
                Of("mistral", g => g with { Window = 0 }),
                Of("mixtral", g => g with { Window = 7, FeedForward = g.FeedForward with { Experts = new ExpertConfig(3, 3, 0.05f) } }),
                Of("qwen2", g => g with { Window = 0, WindowedBlocks = null }),
                Of("qwen3", g => g with { Window = 9, WindowedBlocks = null, QueryKeyValueBias = true, OutputBias = true }),
                Of("gemma", g => g with { QueryKeyValueBias = true, OutputBias = true, FeedForward = g.FeedForward with { Activation = ActivationKind.Gelu } }),
                Of("gemma2", g => g with { Scores = new ScoreConfig(0.1234567f), Window = 0, WindowedBlocks = null }) with { Head = new HeadConfig() },
                Of("glm", g => g with { QueryKeyValueBias = false, Positions = new PositionConfig.Rotary(100, 40, Interleaved: true) }),
                Of("glm4", g => g with { Positions = new PositionConfig.Rotary(100, 40, Dimension: 6, Interleaved: true) }),
                Of("gpt2", g => g with { Scores = new ScoreConfig(1, ByBlock: true) }),
                TinyModels.Config("gpt2") with { Decoder = TinyModels.Config("gpt2").Main with { FeedForward = new FeedForwardConfig(50, ActivationKind.Relu), Norm = new NormConfig.LayerNorm(1e-6f) } },
            ])
        {
            using TemporaryFolder folder = new();
            Transformer model = TinyModels.Random(config);
            ModelFolder.Save(model, folder.Path);
            Transformer loaded = ModelFolder.Load(folder.Path);
            Same(config, loaded.Config);
            Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(loaded));
        }
    }

    private static TransformerConfig Of(string family, Func<StackConfig, StackConfig> change) => TinyModels.Config(family) with { Decoder = change(TinyModels.Config(family).Main) };

    private static HeadConfig Labels(HeadKind kind) => new()
    {
        Kind = kind,
        Labels = ["dull", "fine", "bright"],
        Pooling = kind == HeadKind.Sequence ? Pooling.Last : Pooling.First,
        Bias = kind == HeadKind.Tokens,
    };

    [Fact]
    public void WhatAFamilysFileCannotSayIsNotSavedAsSomethingElse()
    {
        TransformerConfig gpt2 = TinyModels.Config("gpt2"), llama = TinyModels.Config("llama");
        foreach (TransformerConfig config in (TransformerConfig[])
            [
                gpt2 with { Decoder = gpt2.Main with { Causal = false } },
                gpt2 with { Decoder = gpt2.Main with { Window = 5 } },
                gpt2 with { Decoder = gpt2.Main with { Positions = new PositionConfig.Rotary(1e4, 40) } },
                llama with { Decoder = llama.Main with { Positions = new PositionConfig.Learned(40) } },
                llama with { Decoder = llama.Main with { Positions = new PositionConfig.Rotary(1e4, 40, Interleaved: true) } },
                llama with { Decoder = llama.Main with { Norm = new NormConfig.RmsNorm(1e-6f, WeightOffset: 1) } },
                llama with { Decoder = llama.Main with { Window = 5 } },
                llama with { Decoder = llama.Main with { Positions = new PositionConfig.Rotary(1e4, 40, Dimension: 4) } },
                llama with { Decoder = llama.Main with { FeedForward = llama.Main.FeedForward with { Experts = new ExpertConfig(2, 1) } } },
                llama with { Head = new HeadConfig { Kind = HeadKind.Span, Bias = true } },
                Of("mixtral", g => g with { FeedForward = g.FeedForward with { Experts = null } }),
                Of("glm", g => g with { OutputBias = true }),
            ])
        {
            using TemporaryFolder folder = new();
            var e = Assert.Throws<ArgumentException>(() => ModelFolder.Save(new Transformer(config, 1), folder["model"]));
            Assert.Contains(config.ModelType, e.Message);
            Assert.False(Directory.Exists(folder["model"]));
        }
    }

    [Fact]
    public void AllMissingUnusedAndMisshapenWeightsAreNamedAtOnce()
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        ModelFolder.Save(model, folder.Path);
        List<SafetensorsEntry> entries = [.. new WeightLayout(model).Save()];
        entries.RemoveAll(e => e.Name is "model.norm.weight" or "model.layers.1.self_attn.k_proj.weight");
        int at = entries.FindIndex(e => e.Name == "model.layers.0.mlp.up_proj.weight");
        entries[at] = SafetensorsEntry.Floats(entries[at].Name, [24, 51], new float[24 * 51]);
        at = entries.FindIndex(e => e.Name == "model.layers.0.input_layernorm.weight");
        entries[at] = SafetensorsEntry.Int32s(entries[at].Name, [24], new int[24]);
        entries.Add(SafetensorsEntry.Floats("model.layers.0.adapter.weight", [2], new float[2]));
        entries.Add(SafetensorsEntry.Floats("model.layers.2.mlp.up_proj.weight", [2], new float[2]));
        entries.Add(SafetensorsEntry.Floats("model.layers.0.self_attn.rotary_emb.inv_freq", [3], new float[3])); // a buffer of old files: ignored
        SafetensorsWriter.Write(folder["model.safetensors"], entries);
        var e = Assert.Throws<InvalidDataException>(() => ModelFolder.Load(folder.Path));
        foreach (string part in (string[])
            [
                "2 missing", "model.norm.weight", "model.layers.1.self_attn.k_proj.weight",
                "2 unused", "model.layers.0.adapter.weight", "model.layers.2.mlp.up_proj.weight",
                "2 misshapen", "model.layers.0.mlp.up_proj.weight is F32 [24, 51], expected floats [51, 24]", "model.layers.0.input_layernorm.weight is I32",
                "llama", folder.Path,
            ])
            Assert.Contains(part, e.Message);
        Assert.DoesNotContain("inv_freq", e.Message);
    }

    [Theory]
    [InlineData("gpt2", "transformer.")]
    [InlineData("llama", "model.")]
    public void NamesWithoutThePrefixOfTheHeadedModelLoadToo(string family, string prefix)
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        ModelFolder.Save(model, folder.Path);
        SafetensorsWriter.Write(folder["model.safetensors"], [.. new WeightLayout(model).Entries.Select(e =>
            SafetensorsEntry.Floats(e.File.StartsWith(prefix, StringComparison.Ordinal) ? e.File[prefix.Length..] : e.File, e.Shape, e.Export()))]);
        Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(ModelFolder.Load(folder.Path)));
    }

    [Fact]
    public void AnUnknownFamilyListsTheKnown()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], """{ "model_type": "mamba" }""");
        var e = Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path));
        Assert.Contains("\"mamba\"", e.Message);
        Assert.Contains(string.Join(", ", Registry.Families.Keys.Order()), e.Message);
        foreach (string family in TinyModels.Families) Assert.Contains(family, e.Message);
        Assert.Contains("config.json", e.Message);
        Assert.Contains(string.Join(", ", Registry.Families.Keys.Order()), Assert.Throws<InvalidDataException>(() => Registry.Find("mamba")).Message);
    }

    [Theory]
    [InlineData("gpt2", "n_layer", "\"two\"", "a whole number, given \"two\"")]
    [InlineData("gpt2", "n_layer", "2.5", "a whole number, given 2.5")]
    [InlineData("gpt2", "n_layer", "0", "depth must be 1 or more, given 0")]
    [InlineData("gpt2", "n_embd", "99999999999", "a whole number")]
    [InlineData("gpt2", "n_head", "5", "heads must divide the width, given 5 heads and width 24")]
    [InlineData("gpt2", "n_positions", "-1", "1 token or more, given -1")]
    [InlineData("gpt2", "layer_norm_epsilon", "\"x\"", "a number, given \"x\"")]
    [InlineData("gpt2", "activation_function", "\"swirl\"", "known are gelu")]
    [InlineData("gpt2", "architectures", "[\"GPT2ForQuestionAnswering\"]", "a decoder has no head of kind Span")]
    [InlineData("gpt2", "tie_word_embeddings", "1", "true or false, given 1")]
    [InlineData("gpt2", "eos_token_id", "[1, \"a\"]", "whole numbers")]
    [InlineData("gpt2", "vocab_size", "0", "the vocabulary must have 1 token or more, given 0")]
    [InlineData("gpt2", "model_type", "7", "a text, given 7")]
    [InlineData("llama", "num_key_value_heads", "3", "key/value heads must divide heads, given 3 and 4")]
    [InlineData("llama", "head_dim", "5", "even number of columns")]
    [InlineData("llama", "rope_theta", "-1", "rope theta must be positive, given -1")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"spiral\"}", "known are default, linear, dynamic, yarn, llama3")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"linear\", \"factor\": 0}", "factor of rope scaling must be positive, given 0")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"dynamic\", \"factor\": 0.5}", "must be 1 or more, given 0.5")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"yarn\", \"factor\": 2, \"original_max_position_embeddings\": 0}", "original context of rope scaling must be positive, given 0")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"llama3\", \"factor\": 2, \"low_freq_factor\": 4, \"high_freq_factor\": 4}", "must be above the low one, given 4 and 4")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\": \"linear\"}", "factor is missing")]
    [InlineData("llama", "rope_scaling", "3", "a section, given 3")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\", \"chunked_attention\"]", "known are full_attention, sliding_attention")]
    [InlineData("qwen2", "layer_types", "[\"sliding_attention\", \"full_attention\", \"full_attention\"]", "must name each of 2 blocks, given 3")]
    [InlineData("qwen2", "use_sliding_window", "false", "the file names none")]
    [InlineData("mistral", "sliding_window", "-1", "0 (no limit) or more, given -1")]
    [InlineData("mixtral", "num_experts_per_tok", "6", "given 6 of 5")]
    [InlineData("mixtral", "num_local_experts", "0", "given 2 of 0")]
    [InlineData("phi", "partial_rotary_factor", "0.4", "even number of columns up to the head's 8, given 3")]
    [InlineData("gpt_neox", "rotary_pct", "2", "even number of columns up to the head's 6, given 12")]
    [InlineData("gemma2", "attn_logit_softcapping", "-3", "0 (none) or more, given -3")]
    [InlineData("gemma2", "use_bidirectional_attention", "true", "only false")]
    [InlineData("gemma2", "query_pre_attn_scalar", "0", "the attention scale must be a number")]
    public void AWrongValueIsNamedWithWhatWasExpected(string family, string key, string value, string expected)
    {
        using TemporaryFolder folder = new();
        JsonObject config = JsonNode.Parse(ModelFolder.ConfigJson(TinyModels.Config(family)))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        var e = Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path));
        Assert.Contains(folder["config.json"], e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[1]", "expected an object")]
    [InlineData("{}", "model_type is missing")]
    public void ADamagedConfigurationIsNamed(string text, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], text);
        var e = Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path));
        Assert.Contains(folder["config.json"], e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Fact]
    public void MissingFilesAreNamed()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(folder["no"], Assert.Throws<FileNotFoundException>(() => ModelFolder.Load(folder["no"])).Message);
        Assert.Contains("config.json", Assert.Throws<FileNotFoundException>(() => ModelFolder.Load(folder.Path)).Message);
        File.WriteAllText(folder["config.json"], ModelFolder.ConfigJson(TinyModels.Config("gpt2")));
        Assert.Contains("safetensors", Assert.ThrowsAny<IOException>(() => ModelFolder.Load(folder.Path)).Message);
    }

    [Theory]
    [InlineData("n_layer", 2000000000)]
    [InlineData("n_embd", 2000000000)]
    [InlineData("vocab_size", 2000000000)]
    [InlineData("n_positions", 2000000000)]
    public void NothingIsAllocatedOnAConfigurationsWord(string key, int value)
    {
        using TemporaryFolder folder = new();
        ModelFolder.Save(new Transformer(TinyModels.Config("gpt2"), 1), folder.Path);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        config[key] = value;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Assert.Contains("configuration", Assert.Throws<InvalidDataException>(() => ModelFolder.Load(folder.Path)).Message);
    }

    private static void Same(TransformerConfig expected, TransformerConfig given)
    {
        Assert.Equal(expected.EndTokens, given.EndTokens);
        Assert.Equal(expected.Head.Labels, given.Head.Labels);
        StackConfig s = expected.Main;
        Assert.Equal(Enumerable.Range(0, s.Depth).Select(s.WindowOf), Enumerable.Range(0, s.Depth).Select(given.Main.WindowOf));
        TransformerConfig spelled = expected with
        {
            EndTokens = given.EndTokens,
            Head = expected.Head with { Labels = given.Head.Labels },
            Decoder = s with { KeyValueHeads = given.Main.KeyValueHeads, HeadDim = given.Main.HeadDim, WindowedBlocks = given.Main.WindowedBlocks },
        };
        Assert.Equal(spelled, given);
        Assert.Equal((s.KeyHeads, s.HeadColumns), (given.Main.KeyHeads, given.Main.HeadColumns));
    }
}
