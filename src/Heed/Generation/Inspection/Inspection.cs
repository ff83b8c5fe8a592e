using Heed.Layers;

namespace Heed.Generation;

/// <summary>A token as a model reads it.</summary>
/// <param name="Id">Its id: its row in the embedding matrix.</param>
/// <param name="Text">What it writes, with its spaces; bytes that are no whole character as <c>&lt;E4 BD&gt;</c>.</param>
/// <param name="Piece">How the vocabulary spells it.</param>
public sealed record InspectedToken(int Id, string Text, string Piece);

/// <summary>What happened in one stack of a model.</summary>
public sealed class InspectedStack
{
    /// <summary>The stack's shape.</summary>
    public required StackConfig Config { get; init; }

    /// <summary>The tokens that it read.</summary>
    public required IReadOnlyList<InspectedToken> Tokens { get; init; }

    /// <summary>What entered the first block, and what left each: (depth + 1, tokens, width); the last one behind the final norm.</summary>
    public required IReadOnlyList<float[][]> HiddenStates { get; init; }

    /// <summary>What its tokens looked at among themselves.</summary>
    public required AttentionMaps Attention { get; init; }

    /// <summary>
    /// What tells the places of the text apart: for learned and sinusoidal positions the vector of each place, (tokens, width); for rotary ones the angle in radians
    /// by which each place turns each pair of columns, (tokens, pairs); for buckets each head's bias by distance, key minus query, from -(tokens - 1) up to 0 in
    /// a causal stack, else up to tokens - 1: (heads, distances). Empty where the model has no positions.
    /// </summary>
    public required IReadOnlyList<float[]> Places { get; init; }
}

/// <summary>
/// The logit lens (nostalgebraist 2020, "interpreting GPT: the logit lens"): what the model would say after each layer, if the final norm and the head read
/// that layer's hidden state. The last layer is what the model says.
/// </summary>
public sealed class LogitLens
{
    private readonly NextToken[][][] best; // (layers, tokens, candidates)

    internal LogitLens(NextToken[][][] best) => this.best = best;

    /// <summary>Number of layers: what enters the first block counts as one.</summary>
    public int Layers => best.Length;

    /// <summary>Number of places.</summary>
    public int Tokens => best[0].Length;

    /// <summary>The most probable tokens of a place after a layer, best first; layer 0 is what enters the first block. A decoder speaks of the next token, an encoder of the place's own.</summary>
    public IReadOnlyList<NextToken> this[int layer, int token] => best[layer][token];
}

/// <summary>What happened inside a model while it read a text, as <see cref="ModelInspector"/> saw it.</summary>
public sealed class Inspection
{
    /// <summary>The stack that read the text as a whole; null where the model has none.</summary>
    public InspectedStack? Encoder { get; init; }

    /// <summary>The stack that predicts the next token; null where the model has none. Of an encoder-decoder its tokens are the target's, moved behind the token that starts it.</summary>
    public InspectedStack? Decoder { get; init; }

    /// <summary>The tokens that an encoder-decoder wrote: what its decoder should say at each place. Empty for other models.</summary>
    public IReadOnlyList<InspectedToken> Target { get; init; } = [];

    /// <summary>What an encoder-decoder looked at in the source while it wrote each token of the target; null for other models.</summary>
    public AttentionMaps? Cross { get; init; }

    /// <summary>What the model would say after each layer; null where its head does not speak of tokens.</summary>
    public LogitLens? Lens { get; init; }

    /// <summary>The stack that the head reads.</summary>
    public InspectedStack Main => Decoder ?? Encoder!;
}
