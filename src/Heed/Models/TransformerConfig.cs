using Heed.Layers;

namespace Heed.Models;

/// <summary>A whole model: its vocabulary and its stack of blocks.</summary>
public sealed record TransformerConfig
{
    /// <summary>The family whose file layout the model is saved in: a Hugging Face <c>model_type</c>.</summary>
    public string ModelType { get; init; } = "gpt2";

    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The stack that predicts the next token.</summary>
    public required StackConfig Decoder { get; init; }

    /// <summary>Whether the output projection is the embedding table.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Longest context that the model was made for.</summary>
    public required int Context { get; init; }

    /// <summary>Id that starts a text, if there is one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Ids that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Vocabulary < 1) throw new ArgumentException($"the vocabulary must have 1 token or more, given {Vocabulary}");
        if (Context < 1) throw new ArgumentException($"the context must be 1 token or more, given {Context}");
        Decoder.Validate();
        if (Decoder.Positions is PositionConfig.Learned learned && learned.Maximum < Context)
            throw new ArgumentException($"a context of {Context} needs as many learned positions, given {learned.Maximum}");
    }
}
