using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Tests.Models;

/// <summary>Small encoders of every family with every head that it has, in odd sizes.</summary>
internal static class TinyEncoders
{
    public static readonly string[] Families = ["bert", "distilbert", "electra", "ernie", "roberta", "xlm-roberta"];

    /// <summary>Every family with each of its heads.</summary>
    public static IEnumerable<(string Family, HeadKind Head)> All => Families.SelectMany(f => Registry.Find(f).Architectures.Select(a => (f, a.Head)));

    public static TransformerConfig Config(string family, HeadKind head = HeadKind.Vocabulary, bool tied = true, int vocabulary = 61, int width = 24, int context = 40, string[]? labels = null)
    {
        bool distil = family == "distilbert", roberta = family.EndsWith("roberta", StringComparison.Ordinal), electra = family == "electra";
        NormConfig norm = new NormConfig.LayerNorm(distil ? 1e-12f : 1e-6f);
        HeadTransform? transform = (head, family) switch
        {
            (HeadKind.Vocabulary, "electra") => new HeadTransform(16, ActivationKind.Gelu, norm),
            (HeadKind.Vocabulary, _) => new HeadTransform(width, ActivationKind.Gelu, norm),
            (HeadKind.Sequence, "electra") or (HeadKind.Replaced, _) => new HeadTransform(width, ActivationKind.Gelu),
            (HeadKind.Sequence, "distilbert") => new HeadTransform(width, ActivationKind.Relu),
            (HeadKind.Sequence, _) => new HeadTransform(width, ActivationKind.Tanh),
            (HeadKind.None, not ("electra" or "distilbert")) => new HeadTransform(width, ActivationKind.Tanh),
            _ => null,
        };
        return new TransformerConfig
        {
            ModelType = family,
            Vocabulary = vocabulary,
            Context = context,
            TieEmbeddings = tied,
            PadToken = roberta ? 1 : 0,
            Encoder = new StackConfig
            {
                Depth = 2,
                Width = width,
                Heads = 4,
                Causal = false,
                Embedding = new EmbeddingConfig(Norm: true, TokenTypes: distil ? 0 : 3, TaskTypes: family == "ernie" ? 4 : 0, Width: electra ? 16 : null, Frozen: roberta ? 1 : 0),
                Positions = roberta ? new PositionConfig.Learned(context, 2, 1) : new PositionConfig.Learned(context),
                Norm = norm,
                Placement = Placement.Post,
                FeedForward = new FeedForwardConfig(2 * width + 3, ActivationKind.Gelu),
                InitialDeviation = 0.2f,
            },
            Head = new HeadConfig
            {
                Kind = head,
                Transform = transform,
                Bias = head != HeadKind.None,
                Labels = head is HeadKind.Sequence or HeadKind.Tokens ? labels ?? ["no", "perhaps", "yes"] : [],
            },
        };
    }
}
