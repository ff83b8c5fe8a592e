using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>What configuration files of decoders mean: old and new keys, and what is meant where a key is missing.</summary>
public sealed class DecoderConfigTests
{
    private static TransformerConfig Read(string json)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], json);
        return ModelFolder.LoadConfig(folder.Path);
    }

    [Theory]
    [InlineData("gpt2", 50257, 768, 3072, 12, 12, 12, 64, 1024, false, 50256, "50256")]
    [InlineData("gpt_neox", 50432, 6144, 24576, 44, 64, 64, 96, 2048, false, 0, "2")]
    [InlineData("phi", 51200, 2048, 8192, 24, 32, 32, 64, 2048, false, 1, "2")]
    [InlineData("llama", 32000, 4096, 11008, 32, 32, 32, 128, 2048, false, 1, "2")]
    [InlineData("mistral", 32000, 4096, 14336, 32, 32, 8, 128, 131072, false, 1, "2")]
    [InlineData("mixtral", 32000, 4096, 14336, 32, 32, 8, 128, 131072, false, 1, "2")]
    [InlineData("qwen2", 151936, 4096, 22016, 32, 32, 32, 128, 32768, false, null, "")]
    [InlineData("qwen3", 151936, 4096, 22016, 32, 32, 32, 128, 32768, false, null, "")]
    [InlineData("gemma", 256000, 3072, 24576, 28, 16, 16, 256, 8192, true, 2, "1")]
    [InlineData("gemma2", 256000, 2304, 9216, 26, 8, 4, 256, 8192, true, 2, "1")]
    [InlineData("glm", 151552, 4096, 13696, 40, 32, 2, 128, 131072, false, null, "151329 151336 151338")]
    [InlineData("glm4", 151552, 4096, 13696, 40, 32, 2, 128, 131072, false, null, "151329 151336 151338")]
    public void AMissingKeyHasTheDefaultOfHuggingFace(string type, int vocabulary, int width, int feed, int depth, int heads, int keyHeads, int columns, int context, bool tied, int? begin, string end)
    {
        TransformerConfig c = Read($$"""{ "model_type": "{{type}}" }""");
        StackConfig s = c.Main;
        Assert.Equal((vocabulary, width, feed, depth, heads, keyHeads, columns, context), (c.Vocabulary, s.Width, s.FeedForward.Width, s.Depth, s.Heads, s.KeyHeads, s.HeadColumns, c.Context));
        Assert.Equal((tied || type == "gpt2", begin, end), (c.TieEmbeddings, c.BeginToken, string.Join(' ', c.EndTokens)));
        Assert.Equal(HeadKind.Vocabulary, c.Head.Kind);
    }

    [Fact]
    public void WhatMakesAFamilyIsThereWithoutAKey()
    {
        Assert.Equal(4096, Read("""{ "model_type": "mistral" }""").Main.Window);
        Assert.Equal(0, Read("""{ "model_type": "mistral", "sliding_window": null }""").Main.Window);
        Assert.Equal(0, Read("""{ "model_type": "mixtral" }""").Main.Window);
        Assert.Equal(new ExpertConfig(8, 2), Read("""{ "model_type": "mixtral" }""").Main.FeedForward.Experts);
        Assert.Equal(1e6, ((PositionConfig.Rotary)Read("""{ "model_type": "mixtral" }""").Main.Positions).Theta);
        Assert.Equal(24, ((PositionConfig.Rotary)Read("""{ "model_type": "gpt_neox" }""").Main.Positions).Dimension);
        Assert.Equal(32, ((PositionConfig.Rotary)Read("""{ "model_type": "phi" }""").Main.Positions).Dimension);
        Assert.Equal(new PositionConfig.Rotary(10000, 131072, 64, Interleaved: true), Read("""{ "model_type": "glm4" }""").Main.Positions);
        TransformerConfig gemma2 = Read("""{ "model_type": "gemma2" }""");
        Assert.Equal((50f, 30f, 1 / 16f, 4096, 0), (gemma2.Main.Scores.SoftCap, gemma2.Head.SoftCap, gemma2.Main.Scores.Scale, gemma2.Main.WindowOf(0), gemma2.Main.WindowOf(1)));
        gemma2 = Read("""{ "model_type": "gemma2", "attn_logit_softcapping": null, "final_logit_softcapping": null }""");
        Assert.Equal((0f, 0f), (gemma2.Main.Scores.SoftCap, gemma2.Head.SoftCap));
        StackConfig qwen2 = Read("""{ "model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 30 }""").Main;
        Assert.Equal((0, 4096, 4096), (qwen2.WindowOf(29), qwen2.WindowOf(30), qwen2.WindowOf(31)));
        Assert.Equal(0, Read("""{ "model_type": "qwen2", "sliding_window": 4096 }""").Main.Window);
    }

    [Theory]
    [InlineData("", ActivationKind.GeluTanh)]
    [InlineData(""", "hidden_act": "gelu" """, ActivationKind.Gelu)]
    [InlineData(""", "hidden_act": "gelu", "hidden_activation": null """, ActivationKind.Gelu)]
    [InlineData(""", "hidden_act": "gelu", "hidden_activation": "gelu_pytorch_tanh" """, ActivationKind.GeluTanh)]
    public void GemmasNewerActivationKeyOverridesTheOlder(string keys, ActivationKind expected) =>
        Assert.Equal(expected, Read($$"""{ "model_type": "gemma"{{keys}} }""").Main.FeedForward.Activation);

    [Fact]
    public void RotaryKeysOfBothStylesMeanTheSame()
    {
        foreach ((string old, string now) in ((string, string)[])
            [
                (""" "llama", "rope_theta": 500 """, """ "llama", "rope_parameters": { "rope_type": "default", "rope_theta": 500 } """),
                (""" "llama", "rope_theta": 500, "rope_scaling": { "type": "dynamic", "factor": 2 } """, """ "llama", "rope_parameters": { "rope_type": "dynamic", "factor": 2, "rope_theta": 500 } """),
                (""" "phi", "rope_theta": 500, "partial_rotary_factor": 0.25 """, """ "phi", "rope_parameters": { "rope_type": "default", "rope_theta": 500, "partial_rotary_factor": 0.25 } """),
                (""" "gpt_neox", "rotary_emb_base": 500, "rotary_pct": 0.5 """, """ "gpt_neox", "rope_parameters": { "rope_theta": 500, "partial_rotary_factor": 0.5 } """),
            ])
            Assert.Equal(Read($$"""{ "model_type": {{old}} }""").Main, Read($$"""{ "model_type": {{now}} }""").Main);
    }

    [Theory]
    [InlineData(""" "factor": 4 """, 4, 2048, 1.1386294361119891)]
    [InlineData(""" "factor": 4, "original_max_position_embeddings": 1024 """, 4, 1024, 1.1386294361119891)]
    [InlineData(""" "original_max_position_embeddings": 1024 """, 2, 1024, 1.0693147180559945)]
    [InlineData(""" "factor": 4, "attention_factor": 0.9 """, 4, 2048, 0.9)]
    [InlineData(""" "factor": 40, "mscale": 0.707, "mscale_all_dim": 1.4 """, 40, 2048, 0.83142174)]
    [InlineData(""" "factor": 40, "mscale": 0.707 """, 40, 2048, 1.3688879454113936)]
    public void YarnsFactorOfCosinesIsTheRecommendedOneUnlessItIsGiven(string keys, double factor, int original, double attention)
    {
        var yarn = (RopeScaling.Yarn)((PositionConfig.Rotary)Read($$"""{ "model_type": "llama", "rope_scaling": { "rope_type": "yarn", {{keys}} } }""").Main.Positions).Scaling!;
        Assert.Equal((factor, original, 32.0, 1.0, true), (yarn.Factor, yarn.OriginalMaximum, yarn.BetaFast, yarn.BetaSlow, yarn.Truncate));
        Assert.Equal(attention, yarn.AttentionFactor, 7);
    }
}
