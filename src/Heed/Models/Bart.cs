using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>BART (Lewis et al. 2020): layer norm behind each part, learned positions that begin at row 2, a norm on the embeddings.</summary>
internal static class Bart
{
    public static ModelFamily Family { get; } = new("bart", [(HeadKind.Vocabulary, "BartForConditionalGeneration"), (HeadKind.None, "BartModel")], "model.",
        c => Read(c, "bart", 50265, 1, 2, 2) with { BeginToken = c.Int("bos_token_id", 0) }, Write, Names, ["embed_tokens.weight", "lm_head.weight", ".version"]);

    /// <summary>The keys that BART and Marian share; Marian's positions are fixed and its embeddings not normalised.</summary>
    internal static TransformerConfig Read(ConfigReader c, string modelType, int vocabulary, int pad, int end, int start)
    {
        int width = c.Int("d_model", 1024), context = c.Int("max_position_embeddings", 1024);
        bool bart = modelType == "bart";
        HeadKind head = HeadKeys.Kind(c, HeadKind.Vocabulary);
        StackConfig Stack(string side) => new()
        {
            Depth = c.Int(side + "_layers", 12),
            Width = width,
            Heads = c.Int(side + "_attention_heads", 16),
            Causal = side == "decoder",
            CrossAttention = side == "decoder",
            Embedding = new EmbeddingConfig(c.Bool("scale_embedding", false) ? MathF.Sqrt(width) : 1, Norm: bart, Frozen: c.Int("pad_token_id", pad)),
            Positions = bart ? new PositionConfig.Learned(context, Offset: 2) : new PositionConfig.Sinusoidal(context, Halves: true),
            Norm = new NormConfig.LayerNorm(1e-5f),
            Placement = Placement.Post,
            FeedForward = new FeedForwardConfig(c.Int(side + "_ffn_dim", 4096), c.Activation("activation_function", "gelu")),
            InitialDeviation = (float)c.Number("init_std", 0.02),
        };
        return new TransformerConfig
        {
            ModelType = modelType,
            Vocabulary = c.Int("vocab_size", vocabulary),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", true),
            Head = new HeadConfig { Kind = head, Bias = head == HeadKind.Vocabulary, FixedBias = head == HeadKind.Vocabulary },
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Has("eos_token_id") ? c.Ints("eos_token_id") : [end],
            PadToken = c.Int("pad_token_id", pad),
            DecoderStartToken = c.Int("decoder_start_token_id", start),
            Encoder = Stack("encoder"),
            Decoder = Stack("decoder"),
        };
    }

    internal static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        w.WriteNumber("d_model", config.Main.Width);
        w.WriteNumber("max_position_embeddings", config.Context);
        w.WriteString("activation_function", Registry.ActivationName(config.Main.FeedForward.Activation));
        w.WriteBoolean("scale_embedding", config.Main.Embedding.Scale != 1);
        w.WriteNumber("init_std", Registry.Short(config.Main.InitialDeviation));
        foreach ((string side, StackConfig s) in new[] { ("encoder", config.Encoder!), ("decoder", config.Decoder!) })
        {
            w.WriteNumber(side + "_layers", s.Depth);
            w.WriteNumber(side + "_attention_heads", s.Heads);
            w.WriteNumber(side + "_ffn_dim", s.FeedForward.Width);
        }
        w.WriteNumber("dropout", 0);
        SequenceKeys.Write(w, config);
    }

    internal static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        new("embedding.weight", config.SourceVocabulary is null ? "model.shared.weight" : "model.decoder.embed_tokens.weight"),
        new("encoder.embedding.weight", "model.encoder.embed_tokens.weight"),
        .. new[] { "encoder", "decoder" }.SelectMany(stack => new[] { "weight", "bias" }.SelectMany(kind => Stack(stack, kind, config.Main.Width))),
        new("encoder.positions.weight", "model.encoder.embed_positions.weight"),
        new("decoder.positions.weight", "model.decoder.embed_positions.weight"),
        new("head.weight", "lm_head.weight"),
        new WeightName("head.bias", "final_logits_bias") { FileShape = [1, config.Vocabulary], Optional = true },
    ];

    private static IEnumerable<WeightName> Stack(string stack, string kind, int width)
    {
        string heed = stack + ".blocks.{0}.", file = $"model.{stack}.layers.{{0}}.";
        WeightPart Part(string name) => new(file + name + "_proj." + kind, width);
        return
        [
            new($"{stack}.embedding_norm.{kind}", $"model.{stack}.layernorm_embedding.{kind}"),
            new(heed + "self_attention.qkv." + kind, [Part("self_attn.q"), Part("self_attn.k"), Part("self_attn.v")]),
            new(heed + "self_attention.output." + kind, file + "self_attn.out_proj." + kind),
            new(heed + "self_norm." + kind, file + "self_attn_layer_norm." + kind),
            new(heed + "cross_attention.query." + kind, file + "encoder_attn.q_proj." + kind),
            new(heed + "cross_attention.key_value." + kind, [Part("encoder_attn.k"), Part("encoder_attn.v")]),
            new(heed + "cross_attention.output." + kind, file + "encoder_attn.out_proj." + kind),
            new(heed + "cross_norm." + kind, file + "encoder_attn_layer_norm." + kind),
            new(heed + "feed_forward.up." + kind, file + "fc1." + kind),
            new(heed + "feed_forward.down." + kind, file + "fc2." + kind),
            new(heed + "feed_norm." + kind, file + "final_layer_norm." + kind),
        ];
    }
}
