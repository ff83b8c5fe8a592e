using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Tests.Models;

/// <summary>Small encoder-decoders of every family and variant, in odd sizes.</summary>
internal static class TinyRewriters
{
    public static readonly string[] Variants = ["t5", "t5 v1.1", "bart", "marian", "marian apart", "transformer", "transformer shared", "transformer pre"];

    public static TransformerConfig Config(string variant, bool? tied = null, int vocabulary = 61, int width = 24, int context = 40)
    {
        string family = variant.Split(' ')[0];
        bool t5 = family == "t5", bart = family == "bart", paper = family == "transformer";
        bool tie = tied ?? (variant != "t5 v1.1" && !paper);
        ActivationKind activation = variant switch { "t5 v1.1" => ActivationKind.GeluTanh, "bart" => ActivationKind.Gelu, "t5" or "transformer" => ActivationKind.Relu, _ => ActivationKind.Silu };
        StackConfig encoder = new()
        {
            Depth = 1,
            Width = width,
            Heads = 4,
            HeadDim = t5 ? 5 : null,
            Causal = false,
            Scores = new ScoreConfig(Scale: t5 ? 1 : null),
            Embedding = new EmbeddingConfig(t5 || bart ? 1 : MathF.Sqrt(width), Norm: bart, Frozen: family is "bart" or "marian" ? 0 : null),
            Positions = t5 ? new PositionConfig.Buckets(8, 20) : bart ? new PositionConfig.Learned(context, 2) : new PositionConfig.Sinusoidal(context, Halves: family == "marian"),
            Norm = t5 ? new NormConfig.RmsNorm(1e-6f) : new NormConfig.LayerNorm(1e-5f),
            Placement = t5 || variant == "transformer pre" ? Placement.Pre : Placement.Post,
            FinalNorm = variant == "transformer shared" ? false : paper ? true : null,
            FeedForward = new FeedForwardConfig(2 * width + 3, activation, Gated: variant == "t5 v1.1", Bias: !t5),
            QueryKeyValueBias = !t5,
            OutputBias = !t5,
            InitialDeviation = t5 ? 0.02f : 0.3f, // T5's own rule
            InitialFactor = t5 ? 1 : null,
        };
        return new TransformerConfig
        {
            ModelType = family,
            Vocabulary = vocabulary,
            SourceVocabulary = variant is "marian apart" ? vocabulary + 4 : variant is "transformer" or "transformer pre" ? vocabulary : null,
            Context = context,
            TieEmbeddings = tie,
            Head = new HeadConfig { Scale = t5 && tie ? 1 / MathF.Sqrt(width) : 1, Bias = !t5, FixedBias = family is "bart" or "marian" },
            BeginToken = bart ? 1 : null,
            EndTokens = [2],
            PadToken = 0,
            DecoderStartToken = 3,
            Encoder = encoder,
            Decoder = encoder with { Depth = 2, Causal = true, CrossAttention = true },
        };
    }

    /// <summary>A model all of whose values are random, those too that training leaves alone.</summary>
    public static Transformer Random(TransformerConfig config, ulong seed = 5)
    {
        Transformer model = TinyModels.Random(config, seed);
        foreach ((_, Tensors.Tensor constant) in model.Constants) new Tensors.RandomSource(seed).FillNormal(constant.Span, 0.3f);
        return model;
    }
}
