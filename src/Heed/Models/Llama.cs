using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>LLaMA (Touvron et al. 2023): rotary positions, RMS norm, grouped heads, gated silu, no biases.</summary>
internal static class Llama
{
    public static ModelFamily Family { get; } = new("llama", "LlamaForCausalLM", "model.", c => Read(c, "llama", 1e-6, false, c.Bool("attention_bias", false)), Write, Names, ["rotary_emb.inv_freq", "lm_head.weight"]);

    /// <summary>The keys that LLaMA and its descendants share.</summary>
    internal static TransformerConfig Read(ConfigReader c, string modelType, double epsilon, bool tied, bool qkvBias)
    {
        int width = c.Int("hidden_size", 4096), context = c.Int("max_position_embeddings", 2048), heads = c.Int("num_attention_heads", 32);
        bool outputBias = modelType == "llama" && qkvBias;
        return new TransformerConfig
        {
            ModelType = modelType,
            Vocabulary = c.Int("vocab_size", 32000),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", tied),
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Ints("eos_token_id"),
            Decoder = new StackConfig
            {
                Depth = c.Int("num_hidden_layers", 32),
                Width = width,
                Heads = heads,
                KeyValueHeads = c.OptionalInt("num_key_value_heads") ?? heads,
                HeadDim = c.OptionalInt("head_dim"),
                Positions = RotaryKeys.Read(c, context),
                Norm = new NormConfig.RmsNorm((float)c.Number("rms_norm_eps", epsilon)),
                FeedForward = new FeedForwardConfig(c.Int("intermediate_size", 11008), c.Activation("hidden_act", "silu"), Gated: true, Bias: c.Bool("mlp_bias", false)),
                QueryKeyValueBias = qkvBias,
                OutputBias = outputBias,
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
        };
    }

    internal static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteNumber("hidden_size", s.Width);
        w.WriteNumber("intermediate_size", s.FeedForward.Width);
        w.WriteNumber("num_hidden_layers", s.Depth);
        w.WriteNumber("num_attention_heads", s.Heads);
        w.WriteNumber("num_key_value_heads", s.KeyHeads);
        w.WriteNumber("head_dim", s.HeadColumns);
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("max_position_embeddings", config.Context);
        w.WriteNumber("rms_norm_eps", Registry.Short(s.Norm.Epsilon));
        if (config.ModelType == "llama")
        {
            w.WriteBoolean("attention_bias", s.QueryKeyValueBias);
            w.WriteBoolean("mlp_bias", s.FeedForward.Bias);
        }
        RotaryKeys.Write(w, s.Positions as PositionConfig.Rotary ?? throw new ArgumentException($"a {config.ModelType} configuration file cannot say {s.Positions}: its positions are rotary"));
    }

    internal static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        StackConfig s = config.Main;
        int q = s.Heads * s.HeadColumns, kv = s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width;
        const string layer = "model.layers.{0}.";
        return
        [
            new("embedding.weight", "model.embed_tokens.weight"),
            new("blocks.{0}.self_norm.weight", layer + "input_layernorm.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                new("blocks.{0}.self_attention.qkv." + kind, [new(layer + "self_attn.q_proj." + kind, q), new(layer + "self_attn.k_proj." + kind, kv), new(layer + "self_attn.v_proj." + kind, kv)]),
                new("blocks.{0}.self_attention.output." + kind, layer + "self_attn.o_proj." + kind),
                new("blocks.{0}.feed_forward.gate_up." + kind, [new(layer + "mlp.gate_proj." + kind, f), new(layer + "mlp.up_proj." + kind, f)]),
                new("blocks.{0}.feed_forward.down." + kind, layer + "mlp.down_proj." + kind),
            ]),
            new("blocks.{0}.feed_norm.weight", layer + "post_attention_layernorm.weight"),
            new("final_norm.weight", "model.norm.weight"),
            new("head.weight", "lm_head.weight"),
        ];
    }
}
