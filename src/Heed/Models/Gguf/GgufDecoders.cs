using System.Text.Json.Nodes;
using Heed.Layers;

namespace Heed.Models;

/// <summary>The keys and tensors that the decoders in GGUF share.</summary>
internal static class GgufDecoders
{
    /// <summary>Keys of families whose config.json has those of LLaMA.</summary>
    /// <param name="epsilon">GGUF's key of the norm's epsilon, and config.json's.</param>
    /// <param name="more">Further lines.</param>
    public static IReadOnlyList<GgufKey> Keys(GgufKey epsilon, params GgufKey[] more) =>
    [
        new("context_length", "max_position_embeddings"),
        new("embedding_length", "hidden_size"),
        new("block_count", "num_hidden_layers"),
        new("feed_forward_length", "intermediate_size"),
        new("attention.head_count", "num_attention_heads"),
        new("attention.head_count_kv", "num_key_value_heads", Optional: true),
        new("attention.key_length", "head_dim", Optional: true),
        new("attention.value_length", "head_dim", Optional: true),
        epsilon,
        .. more,
    ];

    /// <summary>The epsilon of RMS norms.</summary>
    public static GgufKey Rms { get; } = new("attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKeyKind.Number);

    /// <summary>The epsilon of layer norms.</summary>
    public static GgufKey Layer { get; } = new("attention.layer_norm_epsilon", "layer_norm_eps", GgufKeyKind.Number);

    /// <summary>Heads and their columns, where the file leaves them out.</summary>
    public static void ReadHeads(GgufReader file, JsonObject keys)
    {
        if (file.Int("expert_count", 0) > 0) throw file.Unsupported("expert_count", "mixtures of experts are not supported");
        int width = (int)keys["hidden_size"]!, heads = (int)keys["num_attention_heads"]!;
        keys["num_key_value_heads"] ??= heads;
        keys["head_dim"] ??= width / Math.Max(heads, 1);
        if (file.Int("attention.value_length", (int)keys["head_dim"]!) != (int)keys["head_dim"]!) throw file.Unsupported("attention.value_length", "heads whose keys and values differ in length are not supported");
    }

    /// <summary>Names of a decoder's tensors.</summary>
    /// <param name="config">The model.</param>
    /// <param name="fused">Whether query, key and value are one.</param>
    public static IEnumerable<WeightName> Names(TransformerConfig config, bool fused)
    {
        StackConfig s = config.Main;
        int q = s.Heads * s.HeadColumns, kv = s.KeyHeads * s.HeadColumns, f = s.FeedForward.Width;
        float offset = s.Norm is NormConfig.RmsNorm rms ? rms.WeightOffset : 0;
        return
        [
            new("embedding.weight", "token_embd.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                Norm("self_norm", "attn_norm", kind),
                Norm("after_self_norm", "post_attention_norm", kind),
                Norm("feed_norm", "ffn_norm", kind),
                Norm("after_feed_norm", "post_ffw_norm", kind),
                Norm("self_attention.query_norm", "attn_q_norm", kind),
                Norm("self_attention.key_norm", "attn_k_norm", kind),
                QueryKeyValue("blocks.{0}.self_attention.qkv.", "blk.{0}.attn_", kind, q, kv, fused, Paired(config)),
                new($"blocks.{{0}}.self_attention.output.{kind}", $"blk.{{0}}.attn_output.{kind}"),
                new($"blocks.{{0}}.feed_forward.up.{kind}", $"blk.{{0}}.ffn_up.{kind}"),
                new($"blocks.{{0}}.feed_forward.gate_up.{kind}", [new($"blk.{{0}}.ffn_gate.{kind}", f), new($"blk.{{0}}.ffn_up.{kind}", f)]),
                new($"blocks.{{0}}.feed_forward.down.{kind}", $"blk.{{0}}.ffn_down.{kind}"),
                new WeightName($"final_norm.{kind}", $"output_norm.{kind}") { FileOffset = kind == "weight" ? offset : 0 },
                new($"head.{kind}", $"output.{kind}"),
            ]),
        ];

        WeightName Norm(string heed, string file, string kind) => new($"blocks.{{0}}.{heed}.{kind}", $"blk.{{0}}.{file}.{kind}") { FileOffset = kind == "weight" ? offset : 0 };
    }

    /// <summary>Query, key and value: three tensors or one.</summary>
    /// <param name="heed">Heed's name without its end.</param>
    /// <param name="file">GGUF's name without its end.</param>
    /// <param name="kind">weight or bias.</param>
    /// <param name="query">Rows of the query.</param>
    /// <param name="key">Rows of the key, and of the value.</param>
    /// <param name="fused">Whether they are one tensor.</param>
    /// <param name="paired">Rows of a head where the file pairs those that rotate together.</param>
    public static WeightName QueryKeyValue(string heed, string file, string kind, int query, int key, bool fused, int paired = 0) => fused
        ? new(heed + kind, $"{file}qkv.{kind}")
        : new(heed + kind, [new($"{file}q.{kind}", query, PairedRows: paired), new($"{file}k.{kind}", key, PairedRows: paired), new($"{file}v.{kind}", key)]);

    /// <summary>A model whose rotated pairs of columns are neighbours, or half a head apart.</summary>
    public static TransformerConfig Interleaved(TransformerConfig config, bool neighbours) => config.Main.Positions is PositionConfig.Rotary rotary
        ? config with { Decoder = config.Main with { Positions = rotary with { Interleaved = neighbours } } }
        : config;

    /// <summary>A model whose norms count their weight from an offset.</summary>
    public static TransformerConfig Offset(TransformerConfig config, float offset) => config.Main.Norm is NormConfig.RmsNorm norm
        ? config with { Decoder = config.Main with { Norm = norm with { WeightOffset = offset } } }
        : config;

    /// <summary>Rows of a head of queries and keys, where a model has rotated pairs side by side because it uses the weights of a GGUF file as they are, and its family half a head apart; else 0.</summary>
    public static int Halved(TransformerConfig config) =>
        config.ModelType is "llama" or "mistral" && config.Main.Positions is PositionConfig.Rotary { Interleaved: true } ? config.Main.HeadColumns : 0;

    // LLaMA's files have pairs side by side; a model that rotates halves must part them.
    private static int Paired(TransformerConfig config) =>
        config.ModelType is "llama" or "mistral" && config.Main.Positions is PositionConfig.Rotary { Interleaved: false } ? config.Main.HeadColumns : 0;
}
