using Heed.Models;

namespace Heed.Generation;

/// <summary>All that says how a model writes: what its generation_config.json holds, or the caller.</summary>
public sealed record GenerationOptions
{
    /// <summary>How tokens are chosen, and how many; by default the most probable one. Above temperature 0, beams are drawn instead of the best.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0 };

    /// <summary>Beam search.</summary>
    public BeamOptions Beams { get; init; } = new();

    /// <summary>Most tokens of a sequence, those of the prompt included, in place of the sampling options' number of new ones; null = that number holds.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Ids that end a sequence; null = the model's.</summary>
    public IReadOnlyList<int>? EndTokens { get; init; }

    /// <summary>Id that stands in for what an ended group of beams would write; null = the model's.</summary>
    public int? PadToken { get; init; }

    /// <summary>Id that an encoder-decoder's decoder starts with; null = the model's.</summary>
    public int? DecoderStartToken { get; init; }

    /// <summary>Ids behind the start token that an encoder-decoder is to take as written already, and goes on from; not for beams.</summary>
    public IReadOnlyList<int> DecoderPrefix { get; init; } = [];

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        Sampling.Validate();
        Beams.Validate();
        if (MaxLength is < 1) throw new ArgumentException($"the maximum length must be 1 or more, given {MaxLength}");
    }

    /// <summary>The same with nothing left open.</summary>
    internal GenerationOptions For(TransformerConfig model) => this with
    {
        EndTokens = Sampling.StopAtEnd ? EndTokens ?? model.EndTokens : [],
        PadToken = PadToken ?? model.PadToken,
        DecoderStartToken = DecoderStartToken ?? model.DecoderStartToken ?? model.BeginToken,
    };

    /// <summary>Most tokens that a sequence may have, those of its prompt included.</summary>
    /// <param name="prompt">Tokens of the prompt, or those that the decoder starts with.</param>
    /// <param name="model">The model; the last token may stand behind its context, for nobody reads it.</param>
    internal int Longest(int prompt, TransformerConfig model) =>
        (int)Math.Min(MaxLength ?? prompt + (long)Sampling.MaxTokens, model.Decoder?.Positions.HasEnd != false ? model.Context + 1L : int.MaxValue);
}
