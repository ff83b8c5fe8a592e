using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Generation;

/// <summary>Models whose output is known beforehand.</summary>
internal static class Parrot
{
    /// <summary>
    /// A model that repeats a text: at place t it predicts token t + 1 with near certainty, whatever it read. Each position has its own
    /// column, and the output projection looks the column's token up. Behind the text all tokens are about equally likely.
    /// </summary>
    public static Transformer Of(int[] text, int context, int vocabulary, int? end = null)
    {
        Transformer model = new(Config(context, vocabulary, end), seed: null);
        Tensor positions = Weight(model, "positions.weight"), head = Weight(model, "head.weight");
        for (int t = 0; t < context; t++)
        {
            positions.Row(t)[t] = 1;
            if (t + 1 < text.Length) head.Row(text[t + 1])[t] = 40;
        }
        return model;
    }

    /// <summary>A model that knows nothing: every token is exactly as likely as any other.</summary>
    public static Transformer Uniform(int context, int vocabulary) => new(Config(context, vocabulary, null), seed: null);

    private static TransformerConfig Config(int context, int vocabulary, int? end) => new()
    {
        Vocabulary = vocabulary,
        Context = context,
        TieEmbeddings = false,
        BeginToken = end,
        EndTokens = end is { } id ? [id] : [],
        Decoder = new StackConfig
        {
            Depth = 1,
            Width = context,
            Heads = 1,
            Positions = new PositionConfig.Learned(context),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(1, ActivationKind.GeluTanh),
        },
    };

    private static Tensor Weight(Transformer model, string name) => model.Weights.First(w => w.Key == name).Value;
}
