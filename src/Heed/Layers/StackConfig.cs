using Heed.Kernels;

namespace Heed.Layers;

/// <summary>Where a block normalises.</summary>
public enum Placement : byte
{
    /// <summary>x + f(norm(x)): GPT-2, LLaMA.</summary>
    Pre,

    /// <summary>norm(x + f(x)): the original Transformer, BERT.</summary>
    Post,
}

/// <summary>How a layer normalises its rows.</summary>
public abstract record NormConfig(float Epsilon)
{
    /// <summary>Layer norm (Ba et al. 2016): mean and variance, weight and bias.</summary>
    public sealed record LayerNorm(float Epsilon, bool Bias = true) : NormConfig(Epsilon);

    /// <summary>RMS norm (Zhang and Sennrich 2019): no mean, no bias; the weight counts from <paramref name="WeightOffset"/>.</summary>
    public sealed record RmsNorm(float Epsilon, float WeightOffset = 0) : NormConfig(Epsilon);
}

/// <summary>How a model knows the order of its tokens.</summary>
public abstract record PositionConfig
{
    /// <summary>No positions.</summary>
    public sealed record None : PositionConfig;

    /// <summary>A learned vector for each position, added to the token's (GPT-2).</summary>
    public sealed record Learned(int Maximum) : PositionConfig;

    /// <summary>Rotary embedding of queries and keys (Su et al. 2021).</summary>
    /// <param name="Theta">Base of the wavelengths (rope theta).</param>
    /// <param name="Maximum">Context that the model was made for.</param>
    /// <param name="Dimension">Leading columns of a head that rotate; null = all.</param>
    /// <param name="Interleaved">Pairs are neighbours, else halves.</param>
    /// <param name="Scaling">How wavelengths stretch to longer contexts; null = not at all.</param>
    public sealed record Rotary(double Theta, int Maximum, int? Dimension = null, bool Interleaved = false, RopeScaling? Scaling = null) : PositionConfig;
}

/// <summary>How rotary wavelengths stretch to contexts longer than those of training.</summary>
public abstract record RopeScaling
{
    /// <summary>All positions divided by a factor (Chen et al. 2023).</summary>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>LLaMA 3.1: long wavelengths divided by the factor, short ones kept, a ramp between.</summary>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaximum) : RopeScaling;
}

/// <summary>The feed-forward part of a block.</summary>
/// <param name="Width">Inner columns.</param>
/// <param name="Activation">Its nonlinearity.</param>
/// <param name="Gated">act(gate(x)) · up(x) instead of act(up(x)).</param>
/// <param name="Bias">Whether its linear layers have biases.</param>
public sealed record FeedForwardConfig(int Width, ActivationKind Activation, bool Gated = false, bool Bias = true);

/// <summary>
/// One stack of equal blocks: the closed choices from which every family is made. Impossible combinations throw in <see cref="Validate"/>,
/// which a model's constructor calls.
/// </summary>
public sealed record StackConfig
{
    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Hidden size: columns of a token's vector.</summary>
    public required int Width { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads, for grouped-query attention (Ainslie et al. 2023); null = as many as query heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Columns of one head; null = width / heads.</summary>
    public int? HeadDim { get; init; }

    /// <summary>Whether a token sees only itself and those before it.</summary>
    public bool Causal { get; init; } = true;

    /// <summary>Most keys that a token looks back on, itself included; 0 = no limit.</summary>
    public int Window { get; init; }

    /// <summary>Whether blocks have attention to another stack's output.</summary>
    public bool CrossAttention { get; init; }

    /// <summary>Positions.</summary>
    public required PositionConfig Positions { get; init; }

    /// <summary>Norm.</summary>
    public required NormConfig Norm { get; init; }

    /// <summary>Where the norm stands.</summary>
    public Placement Placement { get; init; }

    /// <summary>The feed-forward part.</summary>
    public required FeedForwardConfig FeedForward { get; init; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool QueryKeyValueBias { get; init; } = true;

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; } = true;

    /// <summary>Standard deviation of start weights; the projections into the residual stream start at this / sqrt(2 · depth) (Radford et al. 2019).</summary>
    public float InitialDeviation { get; init; } = 0.02f;

    /// <summary>Query heads that share one key/value head.</summary>
    public int KeyHeads => KeyValueHeads ?? Heads;

    /// <summary>Columns of one head.</summary>
    public int HeadColumns => HeadDim ?? Width / Heads;

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        Positive(Depth, "depth");
        Positive(Width, "width");
        Positive(Heads, "heads");
        Positive(KeyHeads, "key/value heads");
        Positive(FeedForward.Width, "feed-forward width");
        if (Heads % KeyHeads != 0) throw new ArgumentException($"key/value heads must divide heads, given {KeyHeads} and {Heads}");
        if (HeadDim is null && Width % Heads != 0) throw new ArgumentException($"heads must divide the width, given {Heads} heads and width {Width}");
        if (Window < 0) throw new ArgumentException($"the attention window must be 0 (no limit) or more, given {Window}");
        switch (Positions)
        {
            case PositionConfig.Learned learned:
                Positive(learned.Maximum, "maximum position");
                break;
            case PositionConfig.Rotary rotary:
                Positive(rotary.Maximum, "maximum position");
                int dim = rotary.Dimension ?? HeadColumns;
                if (dim % 2 != 0 || dim < 2 || dim > HeadColumns) throw new ArgumentException($"rotary positions need an even number of columns up to the head's {HeadColumns}, given {dim}");
                if (!(rotary.Theta > 0)) throw new ArgumentException($"rope theta must be positive, given {rotary.Theta}");
                break;
        }

        static void Positive(int value, string what)
        {
            if (value < 1) throw new ArgumentException($"{what} must be 1 or more, given {value}");
        }
    }
}
