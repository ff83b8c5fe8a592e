using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>
/// The Transformer of the paper (Vaswani et al. 2017) as <c>torch.nn.Transformer</c> lays out its weights, with an embedding of each side before it and a
/// linear <c>generator</c> behind it. Hugging Face has no such family; the configuration file uses PyTorch's names.
/// </summary>
internal static class OriginalTransformer
{
    public static ModelFamily Family { get; } = new("transformer", "Transformer", "", Read, Write, Names,
        ["encoder.norm.weight", "encoder.norm.bias", "decoder.norm.weight", "decoder.norm.bias"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        int width = c.Int("d_model", 512), context = c.Int("max_positions", 5000);
        int source = c.OptionalInt("src_vocab") ?? c.Int("vocab_size"), target = c.OptionalInt("tgt_vocab") ?? source;
        bool shared = c.Bool("share_embeddings", false);
        if (shared && source != target) throw c.Unsupported("share_embeddings", $"one table cannot serve {source} and {target} tokens");
        StackConfig Stack(string side) => new()
        {
            Depth = c.Int($"num_{side}_layers", 6),
            Width = width,
            Heads = c.Int("nhead", 8),
            Causal = side == "decoder",
            CrossAttention = side == "decoder",
            Embedding = new EmbeddingConfig(MathF.Sqrt(width)),
            Positions = new PositionConfig.Sinusoidal(context),
            Norm = new NormConfig.LayerNorm((float)c.Number("layer_norm_eps", 1e-5)),
            Placement = c.Bool("norm_first", false) ? Placement.Pre : Placement.Post,
            FinalNorm = c.Bool("final_norm", true),
            FeedForward = new FeedForwardConfig(c.Int("dim_feedforward", 2048), c.Activation("activation", "relu")),
            InitialDeviation = (float)c.Number("initializer_range", 0.02),
        };
        return new TransformerConfig
        {
            ModelType = "transformer",
            Vocabulary = target,
            SourceVocabulary = shared ? null : source,
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", false),
            Head = new HeadConfig { Bias = true },
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Ints("eos_token_id"),
            PadToken = c.OptionalInt("pad_token_id"),
            DecoderStartToken = c.OptionalInt("decoder_start_token_id"),
            Encoder = Stack("encoder"),
            Decoder = Stack("decoder"),
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteNumber("d_model", s.Width);
        w.WriteNumber("nhead", s.Heads);
        w.WriteNumber("num_encoder_layers", config.Encoder!.Depth);
        w.WriteNumber("num_decoder_layers", s.Depth);
        w.WriteNumber("dim_feedforward", s.FeedForward.Width);
        w.WriteNumber("src_vocab", config.SourceVocabulary ?? config.Vocabulary);
        w.WriteNumber("tgt_vocab", config.Vocabulary);
        w.WriteBoolean("share_embeddings", config.SourceVocabulary is null);
        w.WriteNumber("max_positions", config.Context);
        w.WriteString("activation", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("layer_norm_eps", Registry.Short(s.Norm.Epsilon));
        w.WriteBoolean("norm_first", s.Placement == Placement.Pre);
        w.WriteBoolean("final_norm", s.EndsWithNorm);
        SequenceKeys.Write(w, config);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        new("embedding.weight", "tgt_embed.weight"),
        new("encoder.embedding.weight", "src_embed.weight"),
        .. new[] { "weight", "bias" }.SelectMany(kind => (WeightName[])[.. Stack("encoder", kind, config.Main.Width, 2), .. Stack("decoder", kind, config.Main.Width, 3), new("head." + kind, "generator." + kind)]),
    ];

    private static IEnumerable<WeightName> Stack(string stack, string kind, int width, int lastNorm)
    {
        string heed = stack + ".blocks.{0}.", file = $"transformer.{stack}.layers.{{0}}.", cross = $"{file}multihead_attn.in_proj_{kind}";
        return
        [
            new(heed + "self_attention.qkv." + kind, $"{file}self_attn.in_proj_{kind}"),
            new(heed + "self_attention.output." + kind, $"{file}self_attn.out_proj.{kind}"),
            new(heed + "cross_attention.query." + kind, [new(cross, width, 0, 3 * width)]),
            new(heed + "cross_attention.key_value." + kind, [new(cross, 2 * width, width, 3 * width)]),
            new(heed + "cross_attention.output." + kind, $"{file}multihead_attn.out_proj.{kind}"),
            new(heed + "self_norm." + kind, $"{file}norm1.{kind}"),
            new(heed + "cross_norm." + kind, $"{file}norm2.{kind}"),
            new(heed + "feed_norm." + kind, $"{file}norm{lastNorm}.{kind}"),
            new(heed + "feed_forward.up." + kind, $"{file}linear1.{kind}"),
            new(heed + "feed_forward.down." + kind, $"{file}linear2.{kind}"),
            new($"{stack}.final_norm.{kind}", $"transformer.{stack}.norm.{kind}"),
        ];
    }
}
