using Heed.Layers;

namespace Heed.Models;

/// <summary>A whole model: its vocabulary, its stacks of blocks, and what it answers. With a decoder alone it continues texts, with an encoder alone it reads them, with both it rewrites one text as another.</summary>
public sealed record TransformerConfig
{
    /// <summary>The family whose file layout the model is saved in: a Hugging Face <c>model_type</c>.</summary>
    public string ModelType { get; init; } = "gpt2";

    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Token ids of the encoder where it has a table of its own beside a decoder; null = both read one table.</summary>
    public int? SourceVocabulary { get; init; }

    /// <summary>The stack that reads a text as a whole, if there is one.</summary>
    public StackConfig? Encoder { get; init; }

    /// <summary>The stack that predicts the next token, if there is one.</summary>
    public StackConfig? Decoder { get; init; }

    /// <summary>The stack whose output the head reads: the decoder where there is one, else the encoder.</summary>
    public StackConfig Main => Decoder ?? Encoder ?? throw new ArgumentException("a model needs an encoder, a decoder, or both");

    /// <summary>What stands above the last hidden state.</summary>
    public HeadConfig Head { get; init; } = new();

    /// <summary>Whether the output projection is the embedding table.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Longest context that the model was made for.</summary>
    public required int Context { get; init; }

    /// <summary>Id that starts a text, if there is one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Ids that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>Id that fills up shorter texts of a batch, if there is one.</summary>
    public int? PadToken { get; init; }

    /// <summary>Id that the decoder of an encoder-decoder starts with, if there is one.</summary>
    public int? DecoderStartToken { get; init; }

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Vocabulary < 1) throw new ArgumentException($"the vocabulary must have 1 token or more, given {Vocabulary}");
        if (SourceVocabulary is < 1) throw new ArgumentException($"the encoder's vocabulary must have 1 token or more, given {SourceVocabulary}");
        if (SourceVocabulary is not null && (Encoder is null || Decoder is null)) throw new ArgumentException("a vocabulary of the encoder's own needs an encoder and a decoder");
        if (Context < 1) throw new ArgumentException($"the context must be 1 token or more, given {Context}");
        Encoder?.Validate();
        Main.Validate();
        Head.Validate(this);
        foreach ((StackConfig? stack, int ids) in new[] { (Encoder, SourceVocabulary ?? Vocabulary), (Decoder, Vocabulary) })
            if (stack?.Embedding.Frozen is { } frozen && (uint)frozen >= (uint)ids) throw new ArgumentException($"the id whose vector does not learn must be one of {ids}, given {frozen}");
        if (Main.Positions is PositionConfig.Learned learned && learned.Maximum < Context)
            throw new ArgumentException($"a context of {Context} needs as many learned positions, given {learned.Maximum}");
        if (Encoder is { CrossAttention: true }) throw new ArgumentException("an encoder has no other stack to attend to");
        if (Encoder is { } encoder && Decoder is { } decoder)
        {
            if (!decoder.CrossAttention) throw new ArgumentException("the decoder of an encoder-decoder needs cross-attention");
            if (encoder.Width != decoder.Width) throw new ArgumentException($"encoder and decoder must have the same width, given {encoder.Width} and {decoder.Width}");
        }
        else if (Main.CrossAttention)
        {
            throw new ArgumentException("cross-attention needs an encoder");
        }
    }
}
