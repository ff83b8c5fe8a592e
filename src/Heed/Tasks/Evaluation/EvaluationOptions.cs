using Heed.Generation;
using Heed.Metrics;

namespace Heed.Tasks.Evaluation;

/// <summary>How models are measured; each kind of model reads what concerns it.</summary>
public sealed record EvaluationOptions
{
    /// <summary>How an encoder-decoder writes; null = as its folder says.</summary>
    public GenerationOptions? Generation { get; init; }

    /// <summary>Texts that an encoder-decoder writes side by side.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Figures of written texts: any of <see cref="RewriterEvaluator.Metrics"/>; empty = all.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>How BLEU cuts texts; null = <see cref="BleuTokenization.Chinese"/> where the references are Chinese, else <see cref="BleuTokenization.Mteval13a"/>.</summary>
    public BleuTokenization? BleuTokenization { get; init; }

    /// <summary>Whether ROUGE takes the stems of English words.</summary>
    public bool Stems { get; init; }

    /// <summary>Tokens that a decoder sees at a time; null = 512, or its context where that is less.</summary>
    public int? Context { get; init; }

    /// <summary>By how many tokens its window moves; null = half of what it sees, so that every token has that much before it.</summary>
    public int? Stride { get; init; }

    /// <summary>Share of the words that are hidden where a text has no masks of its own.</summary>
    public double MaskRate { get; init; } = 0.15;

    /// <summary>Seed of what is hidden.</summary>
    public ulong Seed { get; init; } = 1337;
}
