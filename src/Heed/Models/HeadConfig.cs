using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>What a model answers.</summary>
public enum HeadKind : byte
{
    /// <summary>A score for every token id at every place: the next token, or the masked one.</summary>
    Vocabulary,

    /// <summary>A score for each label of the whole text.</summary>
    Sequence,

    /// <summary>A score for each label at every place.</summary>
    Tokens,

    /// <summary>Two scores at every place: does the answer start here, does it end here.</summary>
    Span,

    /// <summary>A score at every place: was this token replaced (ELECTRA's discriminator; Clark et al. 2020).</summary>
    Replaced,

    /// <summary>Nothing: the hidden states are the answer.</summary>
    None,
}

/// <summary>How one vector is made of those of all places.</summary>
public enum Pooling : byte
{
    /// <summary>That of the first place (BERT's [CLS]).</summary>
    First,

    /// <summary>That of the last place which is no padding.</summary>
    Last,

    /// <summary>The mean over the places that are no padding.</summary>
    Mean,
}

/// <summary>What a classification head's labels mean to its loss.</summary>
public enum ProblemKind : byte
{
    /// <summary>One label is right: softmax and cross-entropy.</summary>
    SingleLabel,

    /// <summary>Each label may be right: sigmoid and binary cross-entropy.</summary>
    MultiLabel,

    /// <summary>The scores are the answer: mean squared error.</summary>
    Regression,
}

/// <summary>A layer before the output projection: act(dense(x)), perhaps normalised.</summary>
/// <param name="Width">Its columns.</param>
/// <param name="Activation">Its nonlinearity.</param>
/// <param name="Norm">The norm behind it; null = none.</param>
public sealed record HeadTransform(int Width, ActivationKind Activation, NormConfig? Norm = null);

/// <summary>What stands above the last hidden state.</summary>
public sealed record HeadConfig
{
    /// <summary>What the model answers.</summary>
    public HeadKind Kind { get; init; }

    /// <summary>How a text becomes one vector, where the answer is one for the whole text.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>A layer before the output projection; null = none.</summary>
    public HeadTransform? Transform { get; init; }

    /// <summary>Whether the output projection has a bias.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether that bias is a constant of the file instead of a trained weight (BART's <c>final_logits_bias</c>).</summary>
    public bool FixedBias { get; init; }

    /// <summary>Factor of what enters the output projection (T5 with tied embeddings: 1 / sqrt(width)).</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Logits l become cap · tanh(l / cap) (Gemma 2); 0 = they stay.</summary>
    public float SoftCap { get; init; }

    /// <summary>Names of the labels; their number is that of the scores.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>What the labels mean to the loss; null = regression for one label, else as the labels given to it look.</summary>
    public ProblemKind? Problem { get; init; }

    /// <summary>Columns of the answer; 0 where there is none.</summary>
    public int Outputs(int vocabulary) => Kind switch
    {
        HeadKind.Vocabulary => vocabulary,
        HeadKind.Sequence or HeadKind.Tokens => Labels.Count,
        HeadKind.Span => 2,
        HeadKind.Replaced => 1,
        _ => 0,
    };

    internal void Validate(TransformerConfig model)
    {
        if (Kind is HeadKind.Sequence or HeadKind.Tokens && Labels.Count < 1) throw new ArgumentException("a classification head needs 1 label or more");
        if (Transform is { Width: < 1 }) throw new ArgumentException($"the width of a head's layer must be 1 or more, given {Transform.Width}");
        if (!float.IsFinite(Scale) || !(SoftCap >= 0)) throw new ArgumentException($"a head's scale must be a number and its soft cap 0 or more, given {Scale} and {SoftCap}");
        int inputs = Transform?.Width ?? model.Main.Width;
        if (Kind == HeadKind.Vocabulary && model.TieEmbeddings && inputs != model.Main.EmbeddingWidth)
            throw new ArgumentException($"tied embeddings have {model.Main.EmbeddingWidth} columns, the output projection needs {inputs}");
    }
}
