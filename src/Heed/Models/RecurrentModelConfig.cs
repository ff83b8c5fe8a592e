using Heed.Kernels;
using Heed.Layers;

namespace Heed.Models;

/// <summary>A recurrent language model: an embedding, a stack of recurrent layers, an output projection (Mikolov et al. 2010; Zaremba et al. 2014).</summary>
public sealed record RecurrentModelConfig
{
    /// <summary>The cell.</summary>
    public required RecurrentKind Kind { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Columns of the token embedding.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>Hidden size of the layers.</summary>
    public required int Width { get; init; }

    /// <summary>Recurrent layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether the output projection is the embedding table (Press and Wolf 2017, Inan et al. 2017).</summary>
    public bool TieEmbeddings { get; init; }

    /// <summary>Tokens of the windows that it was trained on; a text may be of any length.</summary>
    public required int Context { get; init; }

    /// <summary>Id that starts a text, if there is one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Ids that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Standard deviation of the embedding's and the projection's start values; those of the layers follow from their width.</summary>
    public float InitialDeviation { get; init; } = 0.02f;

    /// <summary>The <c>model_type</c> of its configuration file.</summary>
    public string ModelType => Kind switch
    {
        RecurrentKind.Lstm => "heed_lstm",
        RecurrentKind.Gru => "heed_gru",
        _ => "heed_rnn",
    };

    /// <summary>The stack of layers.</summary>
    public RecurrentConfig Stack => new() { Kind = Kind, Inputs = EmbeddingWidth, Width = Width, Layers = Layers };

    /// <summary>Number of trainable values.</summary>
    public long Parameters
    {
        get
        {
            long gates = new RecurrentShape(Kind, 0, 0, 0).Gates, layers = 0;
            for (int layer = 0; layer < Layers; layer++) layers += gates * Width * ((layer == 0 ? EmbeddingWidth : Width) + (long)Width + 2);
            return (long)Vocabulary * (EmbeddingWidth + 1) + layers + (TieEmbeddings ? 0 : (long)Vocabulary * Width);
        }
    }

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Vocabulary < 1) throw new ArgumentException($"the vocabulary must have 1 token or more, given {Vocabulary}");
        if (Context < 1) throw new ArgumentException($"the context must be 1 token or more, given {Context}");
        Stack.Validate();
        if (TieEmbeddings && EmbeddingWidth != Width) throw new ArgumentException($"a tied output projection needs an embedding as wide as the layers, given {EmbeddingWidth} and {Width}");
        if (!(InitialDeviation is > 0 and <= 1)) throw new ArgumentException($"the deviation of the start values must be above 0 and at most 1, given {InitialDeviation}");
        foreach (int id in BeginToken is { } begin ? (IEnumerable<int>)[begin, .. EndTokens] : EndTokens)
            if ((uint)id >= (uint)Vocabulary) throw new ArgumentException($"the id {id} of a token that starts or ends texts is outside the vocabulary of {Vocabulary}");
    }
}
