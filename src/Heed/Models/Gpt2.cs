using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>GPT-2 (Radford et al. 2019): learned positions, layer norm before each part, biases everywhere, tied embeddings.</summary>
internal static class Gpt2
{
    public static ModelFamily Family { get; } = new("gpt2", DecoderHead.Classes("GPT2", "LMHeadModel"), "transformer.", Read, Write, Names, ["attn.bias", "attn.masked_bias", "lm_head.weight"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        int width = c.Int("n_embd", 768), context = c.Int("n_positions", 1024);
        return new TransformerConfig
        {
            ModelType = "gpt2",
            Vocabulary = c.Int("vocab_size", 50257),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", true),
            BeginToken = c.OptionalInt("bos_token_id", 50256),
            EndTokens = c.Ints("eos_token_id", [50256]),
            PadToken = c.OptionalInt("pad_token_id"),
            Head = DecoderHead.Read(c),
            Decoder = new StackConfig
            {
                Depth = c.Int("n_layer", 12),
                Width = width,
                Heads = c.Int("n_head", 12),
                Scores = new ScoreConfig(c.Bool("scale_attn_weights", true) ? null : 1, ByBlock: c.Bool("scale_attn_by_inverse_layer_idx", false)),
                Positions = new PositionConfig.Learned(context),
                Norm = new NormConfig.LayerNorm((float)c.Number("layer_norm_epsilon", 1e-5)),
                FeedForward = new FeedForwardConfig(c.OptionalInt("n_inner") ?? 4 * width, c.Activation("activation_function", "gelu_new")),
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteString("activation_function", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("n_embd", s.Width);
        w.WriteNumber("n_head", s.Heads);
        w.WriteNumber("n_inner", s.FeedForward.Width);
        w.WriteNumber("n_layer", s.Depth);
        w.WriteNumber("n_positions", config.Context);
        w.WriteNumber("layer_norm_epsilon", Registry.Short(s.Norm.Epsilon));
        w.WriteBoolean("scale_attn_weights", s.Scores.Scale is null);
        w.WriteBoolean("scale_attn_by_inverse_layer_idx", s.Scores.ByBlock);
        DecoderHead.Write(w, config);
        foreach (string dropout in (string[])["attn_pdrop", "embd_pdrop", "resid_pdrop"]) w.WriteNumber(dropout, 0);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        new("embedding.weight", "transformer.wte.weight"),
        new("positions.weight", "transformer.wpe.weight"),
        new("blocks.{0}.self_norm.weight", "transformer.h.{0}.ln_1.weight"),
        new("blocks.{0}.self_norm.bias", "transformer.h.{0}.ln_1.bias"),
        new("blocks.{0}.self_attention.qkv.weight", "transformer.h.{0}.attn.c_attn.weight", transposed: true),
        new("blocks.{0}.self_attention.qkv.bias", "transformer.h.{0}.attn.c_attn.bias"),
        new("blocks.{0}.self_attention.output.weight", "transformer.h.{0}.attn.c_proj.weight", transposed: true),
        new("blocks.{0}.self_attention.output.bias", "transformer.h.{0}.attn.c_proj.bias"),
        new("blocks.{0}.feed_norm.weight", "transformer.h.{0}.ln_2.weight"),
        new("blocks.{0}.feed_norm.bias", "transformer.h.{0}.ln_2.bias"),
        new("blocks.{0}.feed_forward.up.weight", "transformer.h.{0}.mlp.c_fc.weight", transposed: true),
        new("blocks.{0}.feed_forward.up.bias", "transformer.h.{0}.mlp.c_fc.bias"),
        new("blocks.{0}.feed_forward.down.weight", "transformer.h.{0}.mlp.c_proj.weight", transposed: true),
        new("blocks.{0}.feed_forward.down.bias", "transformer.h.{0}.mlp.c_proj.bias"),
        new("final_norm.weight", "transformer.ln_f.weight"),
        new("final_norm.bias", "transformer.ln_f.bias"),
        .. DecoderHead.Names(config, tokens: "classifier"),
    ];
}
