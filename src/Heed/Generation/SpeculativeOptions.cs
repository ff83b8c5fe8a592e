using Heed.Models;

namespace Heed.Generation;

/// <summary>Where guesses of the next tokens come from, which a model then reads in one pass: either <see cref="Draft"/> or <see cref="Lookup"/>.</summary>
public sealed record SpeculativeOptions
{
    /// <summary>Guesses for which each row of a pass is computed with the same bits as alone, so that output does not depend on guesses even where two tokens are equally good.</summary>
    public const int ExactGuesses = Kernels.Attention.DecodeQueries - 1;

    /// <summary>A smaller model with the same vocabulary that writes ahead; null = none.</summary>
    public Transformer? Draft { get; init; }

    /// <summary>
    /// Guesses that the text goes on as it did where its last tokens, at most so many, stood before (prompt lookup; Saxena 2023); 0 = off. It costs
    /// next to nothing and pays where texts repeat themselves or their prompt: summaries, corrections, code.
    /// </summary>
    public int Lookup { get; init; }

    /// <summary>Most guesses for a pass. The number adapts to how many prove right.</summary>
    /// <remarks>Up to <see cref="ExactGuesses"/> greedy output is that of plain decoding, token for token; beyond, two tokens whose logits differ by less than rounding may change places.</remarks>
    public int MostGuesses { get; init; } = ExactGuesses;

    /// <summary>Checks the options for a model.</summary>
    /// <exception cref="ArgumentException">None or both of the sources are given, a number is out of range, or the draft model does not fit.</exception>
    public void Validate(TransformerConfig model)
    {
        if (Draft is null == (Lookup == 0)) throw new ArgumentException("guesses come from a draft model or from lookup: give one of the two");
        OptionCheck.Require(Lookup >= 0, "lookup", Lookup, "0 (off) or more");
        OptionCheck.Require(MostGuesses is >= 1 and <= 64, "most guesses", MostGuesses, "1 to 64");
        if (Draft?.Config is not { } draft) return;
        if (draft.Decoder is null || draft.Encoder is not null || draft.Head.Kind != HeadKind.Vocabulary) throw new ArgumentException($"a draft model must continue texts; a {draft.ModelType} model of this kind does not");
        if (draft.Vocabulary != model.Vocabulary) throw new ArgumentException($"the draft model has {draft.Vocabulary} tokens, the model {model.Vocabulary}: they must have one vocabulary");
    }
}

/// <summary>How a generation with guesses went.</summary>
/// <param name="Tokens">Tokens written.</param>
/// <param name="Passes">Passes of the model, that over the prompt included.</param>
/// <param name="Guesses">Tokens guessed.</param>
/// <param name="Accepted">Of these, those that were right.</param>
public readonly record struct SpeculativeStatistics(int Tokens, int Passes, int Guesses, int Accepted)
{
    /// <summary>Tokens for each pass.</summary>
    public double TokensPerPass => Passes == 0 ? 0 : (double)Tokens / Passes;

    /// <summary>Share of the guesses that were right.</summary>
    public double AcceptanceRate => Guesses == 0 ? 0 : (double)Accepted / Guesses;
}
