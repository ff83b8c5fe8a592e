using System.Text.Json;
using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>ELECTRA (Clark et al. 2020): BERT with narrower tables; a generator that fills masks, and a discriminator that finds replaced tokens.</summary>
internal static class Electra
{
    public static ModelFamily Family { get; } = new("electra", [.. EncoderKeys.Classes("Electra"), (HeadKind.Replaced, "ElectraForPreTraining")], "electra.", Read, Write, Names,
        [.. EncoderKeys.Ignored, "generator_predictions.*", "generator_lm_head.*", "discriminator_predictions.*", "sequence_summary.*"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig model = EncoderKeys.Read(c, "electra", width: 256, heads: 4, feed: 1024);
        StackConfig s = model.Main;
        int embedding = c.Int("embedding_size", 128);
        return model with
        {
            Encoder = s with { Embedding = s.Embedding with { Width = embedding == s.Width ? null : embedding } },
            Head = HeadKeys.Read(c, Family,
                (HeadKind.Vocabulary, new HeadTransform(embedding, ActivationKind.Gelu, s.Norm)),
                (HeadKind.Sequence, new HeadTransform(s.Width, ActivationKind.Gelu)),
                (HeadKind.Replaced, new HeadTransform(s.Width, s.FeedForward.Activation))),
        };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        EncoderKeys.Write(w, config);
        w.WriteNumber("embedding_size", config.Main.EmbeddingWidth);
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        .. EncoderKeys.Names(config, "electra."),
        .. HeadKeys.Names(config.Head.Kind switch
        {
            HeadKind.Vocabulary => new HeadPlace("generator_lm_head", "generator_predictions.dense", "generator_predictions.LayerNorm"),
            HeadKind.Replaced => new HeadPlace("discriminator_predictions.dense_prediction", "discriminator_predictions.dense"),
            HeadKind.Sequence => new HeadPlace("classifier.out_proj", "classifier.dense"),
            HeadKind.Span => new HeadPlace("qa_outputs"),
            _ => new HeadPlace("classifier"),
        }),
    ];
}
