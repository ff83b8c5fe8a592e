using System.Text.Json;
using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>T5 (Raffel et al. 2020) and its version 1.1: relative positions in buckets, RMS norm before each part, unscaled attention, no biases.</summary>
internal static class T5
{
    public static ModelFamily Family { get; } = new("t5", [(HeadKind.Vocabulary, "T5ForConditionalGeneration"), (HeadKind.None, "T5Model")], "", Read, Write, Names, ["embed_tokens.weight", "EncDecAttention.relative_attention_bias.weight", "lm_head.weight"]);

    private static readonly (string Name, ActivationKind Kind, bool Gated)[] FeedForwards =
    [
        ("relu", ActivationKind.Relu, false), ("gelu", ActivationKind.Gelu, false), ("gelu_new", ActivationKind.GeluTanh, false), ("silu", ActivationKind.Silu, false),
        ("gated-gelu", ActivationKind.GeluTanh, true), ("gated-relu", ActivationKind.Relu, true), ("gated-silu", ActivationKind.Silu, true),
    ];

    private static TransformerConfig Read(ConfigReader c)
    {
        string feed = c.Text("feed_forward_proj", "relu");
        (string name, ActivationKind activation, bool gated) = FeedForwards.FirstOrDefault(f => f.Name == feed);
        if (name is null) throw c.Unsupported("feed_forward_proj", $"\"{feed}\" is not known; known are {string.Join(", ", FeedForwards.Select(f => f.Name))}");
        int width = c.Int("d_model", 512), depth = c.Int("num_layers", 6);
        bool tied = c.Bool("tie_word_embeddings", true);
        StackConfig encoder = new()
        {
            Depth = depth,
            Width = width,
            Heads = c.Int("num_heads", 8),
            HeadDim = c.Int("d_kv", 64),
            Causal = false,
            Scores = new ScoreConfig(Scale: 1),
            Positions = new PositionConfig.Buckets(c.Int("relative_attention_num_buckets", 32), c.Int("relative_attention_max_distance", 128)),
            Norm = new NormConfig.RmsNorm((float)c.Number("layer_norm_epsilon", 1e-6)),
            FeedForward = new FeedForwardConfig(c.Int("d_ff", 2048), activation, gated, Bias: false),
            QueryKeyValueBias = false,
            OutputBias = false,
            InitialFactor = (float)c.Number("initializer_factor", 1),
        };
        return new TransformerConfig
        {
            ModelType = "t5",
            Vocabulary = c.Int("vocab_size", 32128),
            Context = c.Int("n_positions", 512),
            TieEmbeddings = tied,
            Head = new HeadConfig { Kind = HeadKeys.Kind(c, HeadKind.Vocabulary), Scale = tied ? 1 / MathF.Sqrt(width) : 1 },
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Has("eos_token_id") ? c.Ints("eos_token_id") : [1],
            PadToken = c.Int("pad_token_id", 0),
            DecoderStartToken = c.OptionalInt("decoder_start_token_id"),
            Encoder = encoder,
            Decoder = encoder with { Depth = c.Int("num_decoder_layers", depth), Causal = true, CrossAttention = true },
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig decoder = config.Decoder!;
        var buckets = decoder.Positions as PositionConfig.Buckets ?? throw new ArgumentException($"a t5 configuration file cannot say {decoder.Positions}");
        w.WriteNumber("d_model", decoder.Width);
        w.WriteNumber("d_kv", decoder.HeadColumns);
        w.WriteNumber("d_ff", decoder.FeedForward.Width);
        w.WriteNumber("num_heads", decoder.Heads);
        w.WriteNumber("num_layers", config.Encoder!.Depth);
        w.WriteNumber("num_decoder_layers", decoder.Depth);
        w.WriteNumber("n_positions", config.Context);
        w.WriteNumber("relative_attention_num_buckets", buckets.Count);
        w.WriteNumber("relative_attention_max_distance", buckets.MaximumDistance);
        w.WriteNumber("layer_norm_epsilon", Registry.Short(decoder.Norm.Epsilon));
        w.WriteString("feed_forward_proj", FeedForwards.First(f => f.Kind == decoder.FeedForward.Activation && f.Gated == decoder.FeedForward.Gated).Name);
        w.WriteNumber("initializer_factor", Registry.Short(decoder.InitialFactor ?? 1));
        SequenceKeys.Write(w, config);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
        [new("embedding.weight", "shared.weight"), .. Stack("encoder", config.Encoder!), .. Stack("decoder", config.Decoder!), new("head.weight", "lm_head.weight")];

    private static IEnumerable<WeightName> Stack(string stack, StackConfig s)
    {
        string heed = stack + ".blocks.{0}.", file = stack + ".block.{0}.layer.", feed = file + (s.CrossAttention ? "2." : "1.");
        int q = s.Heads * s.HeadColumns, f = s.FeedForward.Width;
        return
        [
            new($"{stack}.relative_bias.weight", $"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"),
            new(heed + "self_norm.weight", file + "0.layer_norm.weight"),
            new(heed + "self_attention.qkv.weight", [.. "qkv".Select(c => new WeightPart($"{file}0.SelfAttention.{c}.weight", q))]),
            new(heed + "self_attention.output.weight", file + "0.SelfAttention.o.weight"),
            new(heed + "cross_norm.weight", file + "1.layer_norm.weight"),
            new(heed + "cross_attention.query.weight", file + "1.EncDecAttention.q.weight"),
            new(heed + "cross_attention.key_value.weight", [.. "kv".Select(c => new WeightPart($"{file}1.EncDecAttention.{c}.weight", q))]),
            new(heed + "cross_attention.output.weight", file + "1.EncDecAttention.o.weight"),
            new(heed + "feed_norm.weight", feed + "layer_norm.weight"),
            new(heed + "feed_forward.up.weight", feed + "DenseReluDense.wi.weight"),
            new(heed + "feed_forward.gate_up.weight", [new(feed + "DenseReluDense.wi_0.weight", f), new(feed + "DenseReluDense.wi_1.weight", f)]),
            new(heed + "feed_forward.down.weight", feed + "DenseReluDense.wo.weight"),
            new($"{stack}.final_norm.weight", $"{stack}.final_layer_norm.weight"),
        ];
    }
}
