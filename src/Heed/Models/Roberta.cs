using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>RoBERTa (Liu et al. 2019): BERT whose positions are counted without padding, from the row behind the padding token's id.</summary>
internal static class Roberta
{
    public static ModelFamily Family { get; } = new("roberta", EncoderKeys.Classes("Roberta"), "roberta.", c => Read(c, Family!, 50265), EncoderKeys.Write, Names, Ignored);

    internal static IReadOnlyList<string> Ignored => [.. EncoderKeys.Ignored, "lm_head.*"];

    /// <summary>The configuration of RoBERTa and of what differs from it in vocabulary alone.</summary>
    internal static TransformerConfig Read(ConfigReader c, ModelFamily family, int vocabulary)
    {
        TransformerConfig model = EncoderKeys.Read(c, family.ModelType, vocabulary, padding: 1);
        StackConfig s = model.Main;
        int padding = model.PadToken!.Value, context = model.Context - padding - 1;
        HeadTransform tanh = new(s.Width, ActivationKind.Tanh);
        return model with
        {
            Context = context,
            Encoder = s with { Positions = new PositionConfig.Learned(context, padding + 1, padding) },
            Head = HeadKeys.Read(c, family, (HeadKind.Vocabulary, new HeadTransform(s.Width, ActivationKind.Gelu, s.Norm)), (HeadKind.Sequence, tanh), (HeadKind.None, tanh)),
        };
    }

    internal static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        .. EncoderKeys.Names(config, "roberta."),
        .. HeadKeys.Names(config.Head.Kind switch
        {
            HeadKind.Vocabulary => new HeadPlace("lm_head.decoder", "lm_head.dense", "lm_head.layer_norm", Bias: "lm_head.bias"),
            HeadKind.Sequence => new HeadPlace("classifier.out_proj", "classifier.dense"),
            HeadKind.Span => new HeadPlace("qa_outputs"),
            _ => new HeadPlace("classifier", EncoderKeys.Pooler(config, "roberta.")),
        }),
    ];
}
