using System.Text.Json.Nodes;
using Heed.Formats.Gguf;
using Heed.Layers;

namespace Heed.Models;

/// <summary>BERT in GGUF: the encoder, and perhaps the pooled layer and the labels of a text. It has no place for other heads.</summary>
internal static class GgufBert
{
    private const string LabelsKey = "classifier.output_labels", TypesKey = "tokenizer.ggml.token_type_count";

    public static GgufArchitecture Bert { get; } = new("bert", "bert")
    {
        Keys =
        [
            new("context_length", "max_position_embeddings"),
            new("embedding_length", "hidden_size"),
            new("block_count", "num_hidden_layers"),
            new("feed_forward_length", "intermediate_size"),
            new("attention.head_count", "num_attention_heads"),
            new("attention.layer_norm_epsilon", "layer_norm_eps", GgufKeyKind.Number),
        ],
        Choices = [new("cls.weight", "add_pooling_layer")],
        Names = Names,
        ReadMore = ReadMore,
        WriteMore = WriteMore,
    };

    private static void ReadMore(GgufReader file, JsonObject keys)
    {
        if (file.Flag("attention.causal", false)) throw file.Unsupported("attention.causal", "only false is supported");
        keys["type_vocab_size"] = file.Has("token_types.weight") ? file.Rows("token_types.weight") : 0;
        bool labelled = file.Has("cls.output.weight");
        keys["architectures"] = new JsonArray(JsonValue.Create(labelled ? "BertForSequenceClassification" : "BertModel"));
        keys["tie_word_embeddings"] = true;
        if (!labelled) return;
        string[] labels = file.Texts(LabelsKey) ?? [.. Enumerable.Range(0, file.Rows("cls.output.weight")).Select(i => $"LABEL_{i}")];
        keys["id2label"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create<string, JsonNode?>($"{i}", JsonValue.Create(label))));
    }

    private static void WriteMore(GgufKeys keys, TransformerConfig config)
    {
        HeadConfig head = config.Head;
        if (head.Kind is not (HeadKind.None or HeadKind.Sequence)) throw new ArgumentException($"a GGUF file of a bert model has no place for a head of kind {head.Kind}; load the model without its head");
        keys["attention.causal"] = false;
        if (config.Main.Embedding.TokenTypes > 0) keys[TypesKey] = (uint)config.Main.Embedding.TokenTypes;
        if (head.Kind == HeadKind.None) return;
        keys[GgufPooling.Key] = GgufPooling.Ranked;
        keys[LabelsKey] = GgufValue.Of(head.Labels.ToArray());
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config, bool fused)
    {
        int width = config.Main.Width;
        return
        [
            new("embedding.weight", "token_embd.weight"),
            new("positions.weight", "position_embd.weight"),
            new("types.weight", "token_types.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                new($"embedding_norm.{kind}", $"token_embd_norm.{kind}"),
                GgufDecoders.QueryKeyValue("blocks.{0}.self_attention.qkv.", "blk.{0}.attn_", kind, width, width, fused),
                new($"blocks.{{0}}.self_attention.output.{kind}", $"blk.{{0}}.attn_output.{kind}"),
                new($"blocks.{{0}}.self_norm.{kind}", $"blk.{{0}}.attn_output_norm.{kind}"),
                new($"blocks.{{0}}.feed_forward.up.{kind}", $"blk.{{0}}.ffn_up.{kind}"),
                new($"blocks.{{0}}.feed_forward.down.{kind}", $"blk.{{0}}.ffn_down.{kind}"),
                new($"blocks.{{0}}.feed_norm.{kind}", $"blk.{{0}}.layer_output_norm.{kind}"),
                new($"head.dense.{kind}", $"cls.{kind}"),
                new($"head.{kind}", $"cls.output.{kind}"),
            ]),
        ];
    }
}
