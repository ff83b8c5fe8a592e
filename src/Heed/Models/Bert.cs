using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>BERT (Devlin et al. 2019): an encoder with learned positions and segments, a norm behind each part, and the first token as the text's vector.</summary>
internal static class Bert
{
    public static ModelFamily Family { get; } = new("bert", EncoderKeys.Classes("Bert"), "bert.", c => Read(c, Family!), EncoderKeys.Write, c => Names(c, "bert."), Ignored);

    internal static IReadOnlyList<string> Ignored => [.. EncoderKeys.Ignored, "cls.*"];

    /// <summary>The configuration of BERT and of what has its heads.</summary>
    internal static TransformerConfig Read(ConfigReader c, ModelFamily family)
    {
        TransformerConfig model = EncoderKeys.Read(c, family.ModelType);
        StackConfig s = model.Main;
        HeadTransform pooler = new(s.Width, ActivationKind.Tanh);
        return model with
        {
            Head = HeadKeys.Read(c, family, (HeadKind.Vocabulary, new HeadTransform(s.Width, s.FeedForward.Activation, s.Norm)), (HeadKind.Sequence, pooler), (HeadKind.None, pooler)),
        };
    }

    /// <summary>The weights of BERT and of what has its heads.</summary>
    internal static IEnumerable<WeightName> Names(TransformerConfig config, string prefix) =>
    [
        .. EncoderKeys.Names(config, prefix),
        .. HeadKeys.Names(config.Head.Kind switch
        {
            HeadKind.Vocabulary => new HeadPlace("cls.predictions.decoder", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", Bias: "cls.predictions.bias"),
            HeadKind.Span => new HeadPlace("qa_outputs"),
            _ => new HeadPlace("classifier", EncoderKeys.Pooler(config, prefix)),
        }),
    ];
}
