using System.Text.Json;
using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>DistilBERT (Sanh et al. 2019): half of BERT's blocks, no segments, no pooler.</summary>
internal static class DistilBert
{
    public static ModelFamily Family { get; } = new("distilbert", EncoderKeys.Classes("DistilBert"), "distilbert.", Read, Write, Names,
        [.. EncoderKeys.Ignored, "pre_classifier.*", "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*"]);

    // sinusoidal_pos_embds says how the table of positions began; it stands in the file as any other.
    private static TransformerConfig Read(ConfigReader c)
    {
        int width = c.Int("dim", 768), context = c.Int("max_position_embeddings", 512), padding = c.Int("pad_token_id", 0);
        ActivationKind activation = c.Activation("activation", "gelu");
        NormConfig norm = new NormConfig.LayerNorm(1e-12f);
        return new TransformerConfig
        {
            ModelType = "distilbert",
            Vocabulary = c.Int("vocab_size", 30522),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", true),
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Ints("eos_token_id"),
            PadToken = padding,
            Encoder = new StackConfig
            {
                Depth = c.Int("n_layers", 6),
                Width = width,
                Heads = c.Int("n_heads", 12),
                Causal = false,
                Embedding = new EmbeddingConfig(Norm: true, Frozen: padding),
                Positions = new PositionConfig.Learned(context),
                Norm = norm,
                Placement = Placement.Post,
                FeedForward = new FeedForwardConfig(c.Int("hidden_dim", 3072), activation),
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
            Head = HeadKeys.Read(c, Family, (HeadKind.Vocabulary, new HeadTransform(width, activation, norm)), (HeadKind.Sequence, new HeadTransform(width, ActivationKind.Relu))),
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteNumber("dim", s.Width);
        w.WriteNumber("hidden_dim", s.FeedForward.Width);
        w.WriteNumber("n_layers", s.Depth);
        w.WriteNumber("n_heads", s.Heads);
        w.WriteString("activation", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("max_position_embeddings", config.Context);
        w.WriteBoolean("sinusoidal_pos_embds", false);
        if (config.PadToken is { } padding) w.WriteNumber("pad_token_id", padding);
        foreach (string dropout in (string[])["dropout", "attention_dropout", "qa_dropout", "seq_classif_dropout"]) w.WriteNumber(dropout, 0);
        HeadKeys.Write(w, config.Head);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        string body = config.Head.Kind == HeadKind.None ? "" : "distilbert.", layer = body + "transformer.layer.{0}.";
        int width = config.Main.Width;
        return
        [
            new("embedding.weight", body + "embeddings.word_embeddings.weight"),
            new("positions.weight", body + "embeddings.position_embeddings.weight"),
            .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
            [
                new("embedding_norm." + kind, body + "embeddings.LayerNorm." + kind),
                new("blocks.{0}.self_attention.qkv." + kind, [.. new[] { "q_lin.", "k_lin.", "v_lin." }.Select(part => new WeightPart(layer + "attention." + part + kind, width))]),
                new("blocks.{0}.self_attention.output." + kind, layer + "attention.out_lin." + kind),
                new("blocks.{0}.self_norm." + kind, layer + "sa_layer_norm." + kind),
                new("blocks.{0}.feed_forward.up." + kind, layer + "ffn.lin1." + kind),
                new("blocks.{0}.feed_forward.down." + kind, layer + "ffn.lin2." + kind),
                new("blocks.{0}.feed_norm." + kind, layer + "output_layer_norm." + kind),
            ]),
            .. HeadKeys.Names(config.Head.Kind switch
            {
                HeadKind.Vocabulary => new HeadPlace("vocab_projector", "vocab_transform", "vocab_layer_norm"),
                HeadKind.Span => new HeadPlace("qa_outputs"),
                _ => new HeadPlace("classifier", "pre_classifier"),
            }),
        ];
    }
}
