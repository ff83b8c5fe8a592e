using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>What the configuration and weight files of BERT and its descendants share.</summary>
internal static class EncoderKeys
{
    /// <summary>Tensors that a file of any of them may hold beyond what a model needs: buffers, and the heads of other tasks.</summary>
    public static IReadOnlyList<string> Ignored { get; } = ["embeddings.position_ids", "embeddings.token_type_ids", "pooler.*", "classifier.*", "qa_outputs.*"];

    /// <summary>The classes of a family by its name in them.</summary>
    public static IReadOnlyList<(HeadKind, string)> Classes(string name) =>
    [
        (HeadKind.Vocabulary, name + "ForMaskedLM"),
        (HeadKind.Sequence, name + "ForSequenceClassification"),
        (HeadKind.Tokens, name + "ForTokenClassification"),
        (HeadKind.Span, name + "ForQuestionAnswering"),
        (HeadKind.None, name + "Model"),
    ];

    /// <summary>The model but for its head; what the file leaves out is as in the family's published base size.</summary>
    public static TransformerConfig Read(ConfigReader c, string modelType, int vocabulary = 30522, int width = 768, int heads = 12, int feed = 3072, int padding = 0)
    {
        if (c.Text("position_embedding_type", "absolute") is not "absolute" and string type) throw c.Unsupported("position_embedding_type", $"only \"absolute\" is supported, given \"{type}\"");
        if (c.Bool("is_decoder", false) || c.Bool("add_cross_attention", false)) throw c.Unsupported("is_decoder, add_cross_attention", "only false is supported");
        int context = c.Int("max_position_embeddings", 512), pad = c.Int("pad_token_id", padding);
        return new TransformerConfig
        {
            ModelType = modelType,
            Vocabulary = c.Int("vocab_size", vocabulary),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", true),
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Ints("eos_token_id"),
            PadToken = pad,
            Encoder = new StackConfig
            {
                Depth = c.Int("num_hidden_layers", 12),
                Width = c.Int("hidden_size", width),
                Heads = c.Int("num_attention_heads", heads),
                Causal = false,
                Embedding = new EmbeddingConfig(Norm: true, TokenTypes: c.Int("type_vocab_size", 2), Frozen: pad),
                Positions = new PositionConfig.Learned(context),
                Norm = new NormConfig.LayerNorm((float)c.Number("layer_norm_eps", 1e-12)),
                Placement = Placement.Post,
                FeedForward = new FeedForwardConfig(c.Int("intermediate_size", feed), c.Activation("hidden_act", "gelu")),
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
        };
    }

    /// <summary>Writes what <see cref="Read"/> reads, and the head.</summary>
    public static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteNumber("hidden_size", s.Width);
        w.WriteNumber("intermediate_size", s.FeedForward.Width);
        w.WriteNumber("num_hidden_layers", s.Depth);
        w.WriteNumber("num_attention_heads", s.Heads);
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("max_position_embeddings", (s.Positions as PositionConfig.Learned)?.Rows ?? config.Context);
        w.WriteNumber("type_vocab_size", s.Embedding.TokenTypes);
        w.WriteNumber("layer_norm_eps", Registry.Short(s.Norm.Epsilon));
        w.WriteString("position_embedding_type", "absolute");
        if (config.PadToken is { } padding) w.WriteNumber("pad_token_id", padding);
        foreach (string dropout in (string[])["hidden_dropout_prob", "attention_probs_dropout_prob"]) w.WriteNumber(dropout, 0);
        HeadKeys.Write(w, config.Head);
    }

    /// <summary>The weights below the head.</summary>
    /// <param name="config">The model.</param>
    /// <param name="prefix">What a model with a head writes before the names of its body.</param>
    public static IEnumerable<WeightName> Names(TransformerConfig config, string prefix)
    {
        string body = config.Head.Kind == HeadKind.None ? "" : prefix, tables = body + "embeddings.", layer = body + "encoder.layer.{0}.";
        int width = config.Main.Width;
        return
        [
            new("embedding.weight", tables + "word_embeddings.weight"),
            new("positions.weight", tables + "position_embeddings.weight"),
            new("types.weight", tables + "token_type_embeddings.weight"),
            new("tasks.weight", tables + "task_type_embeddings.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                new("embedding_norm." + kind, tables + "LayerNorm." + kind),
                new("embedding_projection." + kind, body + "embeddings_project." + kind),
                new("blocks.{0}.self_attention.qkv." + kind, [.. new[] { "query.", "key.", "value." }.Select(part => new WeightPart(layer + "attention.self." + part + kind, width))]),
                new("blocks.{0}.self_attention.output." + kind, layer + "attention.output.dense." + kind),
                new("blocks.{0}.self_norm." + kind, layer + "attention.output.LayerNorm." + kind),
                new("blocks.{0}.feed_forward.up." + kind, layer + "intermediate.dense." + kind),
                new("blocks.{0}.feed_forward.down." + kind, layer + "output.dense." + kind),
                new("blocks.{0}.feed_norm." + kind, layer + "output.LayerNorm." + kind),
            ]),
        ];
    }

    /// <summary>The place of BERT's pooler, which has the prefix of the body.</summary>
    public static string Pooler(TransformerConfig config, string prefix) => (config.Head.Kind == HeadKind.None ? "" : prefix) + "pooler.dense";
}
