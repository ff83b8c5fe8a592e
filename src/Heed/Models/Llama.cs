using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>LLaMA (Touvron et al. 2023): rotary positions, RMS norm, grouped heads, gated silu, no biases.</summary>
internal static class Llama
{
    public static ModelFamily Family { get; } = new("llama", "LlamaForCausalLM", "model.", c => Read(c, "llama", 1e-6, false, c.Bool("attention_bias", false)), Write, Names, ["rotary_emb.inv_freq"]);

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
                Positions = Rotary(c, context),
                Norm = new NormConfig.RmsNorm((float)c.Number("rms_norm_eps", epsilon)),
                FeedForward = new FeedForwardConfig(c.Int("intermediate_size", 11008), c.Activation("hidden_act", "silu"), Gated: true, Bias: c.Bool("mlp_bias", false)),
                QueryKeyValueBias = qkvBias,
                OutputBias = outputBias,
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
        };
    }

    // transformers 5 writes rope_parameters; older ones write rope_theta beside rope_scaling.
    private static PositionConfig.Rotary Rotary(ConfigReader c, int context)
    {
        ConfigReader? rope = c.Section("rope_parameters") ?? c.Section("rope_scaling");
        double theta = rope is not null && rope.Number("rope_theta", 0) is > 0 and double inner ? inner : c.Number("rope_theta", 10000);
        string type = rope is null ? "default" : rope.Text("rope_type", rope.Text("type", "default"));
        RopeScaling? scaling = type switch
        {
            "default" => null,
            "linear" => new RopeScaling.Linear(rope!.Number("factor")),
            "llama3" => new RopeScaling.Llama3(rope!.Number("factor"), rope.Number("low_freq_factor"), rope.Number("high_freq_factor"), rope.Int("original_max_position_embeddings")),
            _ => throw c.Unsupported("rope_type", $"\"{type}\" is not known; known are default, linear, llama3"),
        };
        return new PositionConfig.Rotary(theta, context, Scaling: scaling);
    }

    internal static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Decoder;
        var rotary = (PositionConfig.Rotary)s.Positions;
        w.WriteNumber("hidden_size", s.Width);
        w.WriteNumber("intermediate_size", s.FeedForward.Width);
        w.WriteNumber("num_hidden_layers", s.Depth);
        w.WriteNumber("num_attention_heads", s.Heads);
        w.WriteNumber("num_key_value_heads", s.KeyHeads);
        w.WriteNumber("head_dim", s.HeadColumns);
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("max_position_embeddings", config.Context);
        w.WriteNumber("rms_norm_eps", Registry.Short(s.Norm.Epsilon));
        w.WriteNumber("rope_theta", rotary.Theta);
        if (config.ModelType == "llama")
        {
            w.WriteBoolean("attention_bias", s.QueryKeyValueBias);
            w.WriteBoolean("mlp_bias", s.FeedForward.Bias);
        }
        if (rotary.Scaling is null) return;
        w.WriteStartObject("rope_scaling");
        switch (rotary.Scaling)
        {
            case RopeScaling.Linear linear:
                w.WriteString("rope_type", "linear");
                w.WriteNumber("factor", linear.Factor);
                break;
            case RopeScaling.Llama3 llama:
                w.WriteString("rope_type", "llama3");
                w.WriteNumber("factor", llama.Factor);
                w.WriteNumber("low_freq_factor", llama.LowFrequencyFactor);
                w.WriteNumber("high_freq_factor", llama.HighFrequencyFactor);
                w.WriteNumber("original_max_position_embeddings", llama.OriginalMaximum);
                break;
        }
        w.WriteEndObject();
    }

    internal static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        StackConfig s = config.Decoder;
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
