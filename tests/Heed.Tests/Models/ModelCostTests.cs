using CsCheck;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

public sealed class ModelCostTests
{
    private static readonly Gen<TransformerConfig> Configs =
        from family in Gen.Int[0, TinyModels.Families.Length - 1].Select(i => TinyModels.Families[i])
        from sizes in Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[1, 33], Gen.Int[1, 40])
        from more in Gen.Select(Gen.Int[1, 3], Gen.Int[1, 30], Gen.Enum<Placement>())
        from experts in Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4])
        from flags in Gen.Bool.Array[7]
        let heads = sizes.Item2 * more.Item1
        let width = heads * 2 * sizes.Item3
        select new TransformerConfig
        {
            ModelType = family,
            Vocabulary = sizes.Item5,
            Context = more.Item2,
            TieEmbeddings = flags[0],
            Decoder = new StackConfig
            {
                Depth = sizes.Item1,
                Width = width,
                Heads = heads,
                KeyValueHeads = sizes.Item2,
                HeadDim = flags[1] ? 2 * more.Item1 : null,
                Positions = flags[2] ? new PositionConfig.Learned(more.Item2 + 3) : flags[3] ? new PositionConfig.Rotary(1e4, more.Item2) : new PositionConfig.None(),
                Norm = flags[3] ? new NormConfig.LayerNorm(1e-5f, Bias: flags[4]) : new NormConfig.RmsNorm(1e-6f),
                Placement = more.Item3,
                Scores = new ScoreConfig(Normalised: flags[6]),
                FeedForward = new FeedForwardConfig(sizes.Item4, ActivationKind.Silu, Gated: flags[5], Bias: flags[4], experts.Item1 == 0 ? null : new ExpertConfig(experts.Item1, 1 + experts.Item2 % experts.Item1)),
                QueryKeyValueBias = flags[1] ^ flags[4],
                OutputBias = flags[5] ^ flags[0],
            },
        };

    [Fact]
    public void ParametersAreThoseOfTheBuiltModel() =>
        Configs.Sample(config =>
        {
            Transformer model = new(config, seed: null);
            Assert.Equal(model.ParameterCount, ModelCost.Parameters(config));
            Assert.Equal(16 * model.ParameterCount, ModelCost.TrainingStateBytes(config));
        }, iter: 300);

    [Theory]
    [InlineData("""{ "model_type": "gpt2" }""", 124_439_808)]
    [InlineData("""{ "model_type": "gpt2", "n_embd": 1024, "n_head": 16, "n_layer": 24 }""", 354_823_168)]
    [InlineData("""{ "model_type": "gpt2", "n_embd": 1280, "n_head": 20, "n_layer": 36 }""", 774_030_080)]
    [InlineData("""{ "model_type": "gpt2", "n_embd": 1600, "n_head": 25, "n_layer": 48 }""", 1_557_611_200)]
    [InlineData("""{ "model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32, "num_hidden_layers": 32, "vocab_size": 32000, "tie_word_embeddings": false }""", 6_738_415_616)]
    [InlineData("""{ "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2, "num_hidden_layers": 24, "vocab_size": 151936, "tie_word_embeddings": true }""", 494_032_768)]
    [InlineData("""{ "model_type": "t5" }""", 60_506_624)]
    [InlineData("""{ "model_type": "t5", "d_ff": 1024, "num_layers": 8, "num_heads": 6, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false }""", 76_961_152)]
    [InlineData("""{ "model_type": "bart", "d_model": 768, "encoder_layers": 6, "decoder_layers": 6, "encoder_ffn_dim": 3072, "decoder_ffn_dim": 3072, "encoder_attention_heads": 12, "decoder_attention_heads": 12 }""", 139_420_416)]
    [InlineData("""{ "model_type": "bart" }""", 406_291_456)]
    [InlineData("""{ "model_type": "mistral" }""", 7_241_732_096)]
    [InlineData("""{ "model_type": "mixtral" }""", 46_702_792_704)]
    [InlineData("""{ "model_type": "gpt_neox" }""", 20_554_567_680)]
    [InlineData("""{ "model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240, "num_hidden_layers": 32, "partial_rotary_factor": 0.4 }""", 2_779_683_840)]
    [InlineData("""{ "model_type": "gemma" }""", 8_537_680_896)]
    [InlineData("""{ "model_type": "gemma2" }""", 2_614_341_888)]
    [InlineData("""{ "model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8, "num_hidden_layers": 28, "tie_word_embeddings": true }""", 596_049_920)]
    [InlineData("""{ "model_type": "glm" }""", 9_399_951_360)]
    [InlineData("""{ "model_type": "glm4" }""", 9_400_279_040)]
    public void ParametersAreThePublishedOnes(string config, long expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], config);
        Assert.Equal(expected, ModelCost.Parameters(ModelFolder.LoadConfig(folder.Path)));
    }

    [Fact]
    public void OperationsCountOnlyTheExpertsThatATokenPassesThrough()
    {
        TransformerConfig all = TinyModels.Config("mixtral"), one = all with { Decoder = all.Main with { FeedForward = all.Main.FeedForward with { Experts = new ExpertConfig(5, 1) } } };
        FeedForwardConfig f = all.Main.FeedForward;
        Assert.Equal(ModelCost.Parameters(all), ModelCost.Parameters(one));
        Assert.Equal(2.0 * all.Main.Depth * 3 * f.Width * all.Main.Width, ModelCost.ForwardOperations(all, 16) - ModelCost.ForwardOperations(one, 16), 1);
    }

    [Fact]
    public void OperationsFollowTheRuleOfSixParametersAndAttention()
    {
        // GPT-2: 6 N for the matrices and the (tied) output projection, 12 · depth · width · context for attention (Chowdhery et al. 2022).
        TransformerConfig gpt2 = TinyModels.Config("gpt2", vocabulary: 50257, width: 768, depth: 12, context: 1024);
        gpt2 = gpt2 with { Decoder = gpt2.Main with { FeedForward = gpt2.Main.FeedForward with { Width = 3072 } } };
        double matrices = 12.0 * 12 * 768 * 768 + 50257.0 * 768;
        Assert.Equal(6 * matrices + 12.0 * 12 * 768 * 1024, ModelCost.TrainingOperations(gpt2, 1024), 1);
        Assert.Equal(ModelCost.TrainingOperations(gpt2, 1024), 3 * ModelCost.ForwardOperations(gpt2, 1024), 1);
        Assert.Equal(2 * 12 * 768 * 4, ModelCost.CacheBytes(gpt2));
    }
}
