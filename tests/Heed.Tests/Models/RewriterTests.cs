using System.Text.Json.Nodes;
using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Families of encoder-decoders: files, caches, padding, and what must not learn.</summary>
public sealed class RewriterTests
{
    public static TheoryData<string> Variants => [.. TinyRewriters.Variants];

    [Theory]
    [MemberData(nameof(Variants))]
    public void WhatIsSavedIsLoaded(string variant)
    {
        foreach (bool tied in (bool[])[true, false])
        {
            using TemporaryFolder folder = new();
            TransformerConfig config = TinyRewriters.Config(variant, tied);
            Transformer model = TinyRewriters.Random(config);
            Assert.Equal(model.ParameterCount, ModelCost.Parameters(config));
            ModelFolder.Save(model, folder.Path);
            Transformer loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(loaded));
            Assert.Equal(config.EndTokens, loaded.Config.EndTokens);
            Assert.Equal(config with { EndTokens = [], Head = config.Head with { Labels = [] } }, Known(loaded.Config, config) with { EndTokens = [], Head = loaded.Config.Head with { Labels = [] } });
            Assert.Equal(Logits(model, [5, 6, 7], [3, 4]), Logits(loaded, [5, 6, 7], [3, 4]));
            using WeightSource source = WeightSource.Open(folder.Path);
            Assert.Equal(!tied, source.Weights.Keys.Any(k => k is "lm_head.weight" or "generator.weight"));
        }

        // What follows from other values is spelled out after reading.
        static TransformerConfig Known(TransformerConfig read, TransformerConfig made) => read with { Encoder = Spelled(read.Encoder!, made.Encoder!), Decoder = Spelled(read.Decoder!, made.Decoder!) };

        static StackConfig Spelled(StackConfig read, StackConfig made)
        {
            Assert.Equal(made.HeadColumns, read.HeadColumns);
            Assert.Equal(made.EndsWithNorm, read.EndsWithNorm);
            return read with { HeadDim = made.HeadDim, FinalNorm = made.FinalNorm };
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void CachedStepsEqualTheWholePass(string variant)
    {
        Transformer model = TinyRewriters.Random(TinyRewriters.Config(variant));
        int[] source = TinyModels.Tokens(9, 61, 1), target = TinyModels.Tokens(11, 61, 2);
        float[] whole = Logits(model, source, target);
        KeyValueCache cache = model.NewCache(1, target.Length);
        using MemoryScope scope = new();
        Tensor memory = model.Encode(Tensor.From(new Shape(1, 9), source));
        int at = 0;
        foreach (int length in (int[])[4, 1, 1, 3, 2])
        {
            float[] part = model.Forward(Tensor.From(new Shape(1, length), target.AsSpan(at, length)), new ForwardOptions { Cache = cache, Memory = memory }).ToArray();
            Close(whole.AsSpan(at * 61, length * 61), part);
            at += length;
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void ABatchWithPaddingAnswersAsItsTextsAlone(string variant)
    {
        Transformer model = TinyRewriters.Random(TinyRewriters.Config(variant));
        int[][] sources = [TinyModels.Tokens(4, 61, 1), TinyModels.Tokens(9, 61, 2), [7]], targets = [TinyModels.Tokens(5, 61, 3), TinyModels.Tokens(5, 61, 4), TinyModels.Tokens(5, 61, 5)];
        using MemoryScope scope = new();
        Tensor ids = Tensor.Zeros(new Shape(3, 9), DType.I32), mask = Tensor.Zeros(new Shape(3, 9), DType.I32);
        for (int i = 0; i < 3; i++)
        {
            sources[i].CopyTo(ids.Ints[(9 * i)..]);
            mask.Ints.Slice(9 * i, sources[i].Length).Fill(1);
        }
        Tensor memory = model.Encode(ids, new ForwardOptions { AttentionMask = mask });
        float[] together = model.Forward(Tensor.From(new Shape(3, 5), [.. targets.SelectMany(t => t)]), new ForwardOptions { Memory = memory, MemoryMask = mask }).ToArray();
        for (int i = 0; i < 3; i++) Close(Logits(model, sources[i], targets[i]), together.AsSpan(i * 5 * 61, 5 * 61));
    }

    [Fact]
    public void SeveralSequencesMayReadOneSource()
    {
        Transformer model = TinyRewriters.Random(TinyRewriters.Config("bart"));
        int[] source = TinyModels.Tokens(6, 61, 1), targets = TinyModels.Tokens(15, 61, 2);
        using MemoryScope scope = new();
        float[] together = model.Forward(Tensor.From(new Shape(3, 5), targets), new ForwardOptions { Memory = model.Encode(Tensor.From(new Shape(1, 6), source)) }).ToArray();
        for (int i = 0; i < 3; i++) Close(Logits(model, source, targets[(5 * i)..(5 * i + 5)]), together.AsSpan(i * 5 * 61, 5 * 61));
    }

    [Theory]
    [InlineData("bart", true)]
    [InlineData("marian apart", true)]
    [InlineData("t5", false)]
    public void ThePaddingTokenLearnsOnlyAsATarget(string variant, bool frozen)
    {
        Transformer model = TinyRewriters.Random(TinyRewriters.Config(variant, tied: false));
        using MemoryScope scope = new();
        using Tape tape = new();
        int[] text = [5, 0, 7, 0];
        Tensor memory = model.Encode(Tensor.From(new Shape(1, 4), text));
        tape.Backward(model.Loss(Tensor.From(new Shape(1, 4), text), Tensor.From(new Shape(1, 4), [7, 0, 8, 2]), new ForwardOptions { Memory = memory }));
        foreach ((string name, Tensor weight) in model.Weights)
            if (name.EndsWith("embedding.weight", StringComparison.Ordinal))
            {
                Assert.Equal(frozen, weight.Gradient!.Row(0).ToArray().All(g => g == 0));
                Assert.Contains(weight.Gradient!.Row(7).ToArray(), g => g != 0);
            }
    }

    [Theory]
    [InlineData("model.shared.weight", "shared.weight")]
    [InlineData("final_logits_bias", null)]
    [InlineData(null, "model.encoder.embed_tokens.weight")]
    [InlineData(null, "model.decoder.embed_tokens.weight")]
    [InlineData(null, "lm_head.weight")]
    public void OtherFilesOfBartLoadToo(string? name, string? other)
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyRewriters.Config("bart"));
        ModelFolder.Save(model, folder.Path);
        List<SafetensorsEntry> entries = [.. new WeightLayout(model).Entries.Where(e => e.File != name || other is not null).Select(e => SafetensorsEntry.Floats(e.File == name ? other! : e.File, [.. e.Shape], e.Export()))];
        if (name is null) entries.Add(SafetensorsEntry.Floats(other!, [61, 24], new float[61 * 24]));
        SafetensorsWriter.Write(folder["model.safetensors"], entries);
        Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(ModelFolder.Load(folder.Path)));
    }

    [Theory]
    [InlineData("""{ "model_type": "t5", "feed_forward_proj": "gated-tanh" }""", "gated-tanh")]
    [InlineData("""{ "model_type": "t5", "num_heads": 0 }""", "heads")]
    [InlineData("""{ "model_type": "bart", "vocab_size": 1 }""", "does not learn")]
    [InlineData("""{ "model_type": "transformer", "src_vocab": 5, "tgt_vocab": 6, "share_embeddings": true }""", "one table cannot serve 5 and 6")]
    [InlineData("""{ "model_type": "transformer" }""", "vocab_size is missing")]
    public void AWrongConfigurationIsNamed(string json, string what)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], json);
        Assert.Contains(what, Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path)).Message);
    }

    [Fact]
    public void TheFilesKeysAreThoseOfHuggingFace()
    {
        JsonObject json = JsonNode.Parse(ModelFolder.ConfigJson(TinyRewriters.Config("marian apart")))!.AsObject();
        Assert.Equal(65, json["vocab_size"]!.GetValue<int>());
        Assert.Equal(61, json["decoder_vocab_size"]!.GetValue<int>());
        Assert.False(json["share_encoder_decoder_embeddings"]!.GetValue<bool>());
        Assert.Equal("gated-gelu", JsonNode.Parse(ModelFolder.ConfigJson(TinyRewriters.Config("t5 v1.1")))!["feed_forward_proj"]!.GetValue<string>());
        Assert.Equal("MarianMTModel", json["architectures"]![0]!.GetValue<string>());
    }

    private static float[] Logits(Transformer model, int[] source, int[] target)
    {
        using MemoryScope scope = new();
        Tensor memory = model.Encode(Tensor.From(new Shape(1, source.Length), source));
        return model.Forward(Tensor.From(new Shape(1, target.Length), target), new ForwardOptions { Memory = memory }).ToArray();
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> given)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - given[i]) <= 2e-5 * Math.Max(1, Math.Abs(expected[i])), $"value {i}: {given[i]:R}, expected {expected[i]:R}");
    }
}
