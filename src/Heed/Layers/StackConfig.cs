namespace Heed.Layers;

/// <summary>Where a block normalises.</summary>
public enum Placement : byte
{
    /// <summary>x + f(norm(x)): GPT-2, LLaMA.</summary>
    Pre,

    /// <summary>norm(x + f(x)): the original Transformer, BERT.</summary>
    Post,

    /// <summary>x + norm2(f(norm(x))): GLM-4, Gemma 2.</summary>
    Sandwich,

    /// <summary>x + attention(norm(x)) + feedForward(norm2(x)): GPT-NeoX.</summary>
    Parallel,

    /// <summary>x + attention(norm(x)) + feedForward(norm(x)): Phi.</summary>
    ParallelOneNorm,
}

/// <summary>How a layer normalises its rows.</summary>
public abstract record NormConfig(float Epsilon)
{
    /// <summary>Layer norm (Ba et al. 2016): mean and variance, weight and bias.</summary>
    public sealed record LayerNorm(float Epsilon, bool Bias = true) : NormConfig(Epsilon);

    /// <summary>RMS norm (Zhang and Sennrich 2019): no mean, no bias; the weight counts from <paramref name="WeightOffset"/>.</summary>
    public sealed record RmsNorm(float Epsilon, float WeightOffset = 0) : NormConfig(Epsilon);
}

/// <summary>How ids become the vectors that enter the first block.</summary>
/// <param name="Scale">Factor of a token's vector (Gemma, Marian and the original Transformer: sqrt(width)).</param>
/// <param name="Norm">Whether the sum of token, type and position is normalised (BERT, BART).</param>
/// <param name="TokenTypes">Kinds of tokens that have a vector (BERT's segments); 0 = none.</param>
/// <param name="TaskTypes">Tasks that have a vector (ERNIE 2.0); 0 = none.</param>
/// <param name="Width">Columns of the tables where they are narrower than the stack, which then projects them (ELECTRA); null = the stack's.</param>
/// <param name="Frozen">An id whose vector learns nothing from being read, padding as a rule (BART, Marian); null = all learn.</param>
public sealed record EmbeddingConfig(float Scale = 1, bool Norm = false, int TokenTypes = 0, int TaskTypes = 0, int? Width = null, int? Frozen = null);

/// <summary>How queries and keys become the scores of attention.</summary>
/// <param name="Scale">Factor of the scores; null = 1 / sqrt(columns of a head).</param>
/// <param name="ByBlock">Whether the scores of block i are divided by i + 1 too (an option of GPT-2).</param>
/// <param name="SoftCap">Scores s become cap · tanh(s / cap) (Gemma 2); 0 = they stay.</param>
/// <param name="Normalised">Whether each head's query and key are normalised before they rotate (Qwen3, Phi).</param>
public sealed record ScoreConfig(float? Scale = null, bool ByBlock = false, float SoftCap = 0, bool Normalised = false);

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

    /// <summary>Which blocks have the window; null = all.</summary>
    public IReadOnlyList<bool>? WindowedBlocks { get; init; }

    /// <summary>How queries and keys become scores.</summary>
    public ScoreConfig Scores { get; init; } = new();

    /// <summary>Whether blocks have attention to another stack's output.</summary>
    public bool CrossAttention { get; init; }

    /// <summary>How ids become vectors.</summary>
    public EmbeddingConfig Embedding { get; init; } = new();

    /// <summary>Positions.</summary>
    public required PositionConfig Positions { get; init; }

    /// <summary>Norm.</summary>
    public required NormConfig Norm { get; init; }

    /// <summary>Where the norm stands.</summary>
    public Placement Placement { get; init; }

    /// <summary>Whether a norm stands behind the last block; null = unless the placement is post.</summary>
    public bool? FinalNorm { get; init; }

    /// <summary>The feed-forward part.</summary>
    public required FeedForwardConfig FeedForward { get; init; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool QueryKeyValueBias { get; init; } = true;

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; } = true;

    /// <summary>Standard deviation of start weights; the projections into the residual stream start at this / sqrt(2 · depth) (Radford et al. 2019).</summary>
    public float InitialDeviation { get; init; } = 0.02f;

    /// <summary>
    /// Start weights by T5's rule instead (Raffel et al. 2020): embeddings with this deviation, matrices with this / sqrt(inputs), and queries,
    /// whose scores are not scaled, with this / sqrt(width · columns of a head). null = <see cref="InitialDeviation"/>.
    /// </summary>
    public float? InitialFactor { get; init; }

    /// <summary>Query heads that share one key/value head.</summary>
    public int KeyHeads => KeyValueHeads ?? Heads;

    /// <summary>Columns of one head.</summary>
    public int HeadColumns => HeadDim ?? Width / Heads;

    /// <summary>Whether a norm stands behind the last block.</summary>
    public bool EndsWithNorm => FinalNorm ?? Placement != Placement.Post;

    /// <summary>Columns of the embedding tables.</summary>
    public int EmbeddingWidth => Embedding.Width ?? Width;

    internal float StartOfTable => InitialFactor ?? InitialDeviation;

    /// <summary>The queries' start deviation over that of keys and values.</summary>
    internal float StartOfQueries => InitialFactor is null ? 1 : 1 / MathF.Sqrt(HeadColumns);

    /// <summary>Start deviation of a matrix.</summary>
    internal float Start(int inputs) => InitialFactor is { } factor ? factor / MathF.Sqrt(inputs) : InitialDeviation;

    /// <summary>Start deviation of a matrix into the residual stream.</summary>
    internal float StartOfOutput(int inputs) => InitialFactor is null ? InitialDeviation / MathF.Sqrt(2 * Depth) : Start(inputs);

    /// <summary>The window of a block; 0 = no limit.</summary>
    public int WindowOf(int block) => WindowedBlocks is null || WindowedBlocks[block] ? Window : 0;

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        Positive(Depth, "depth");
        Positive(Width, "width");
        Positive(Heads, "heads");
        Positive(KeyHeads, "key/value heads");
        FeedForward.Validate();
        if (Heads % KeyHeads != 0) throw new ArgumentException($"key/value heads must divide heads, given {KeyHeads} and {Heads}");
        if (HeadDim is null && Width % Heads != 0) throw new ArgumentException($"heads must divide the width, given {Heads} heads and width {Width}");
        if (Window < 0) throw new ArgumentException($"the attention window must be 0 (no limit) or more, given {Window}");
        if (WindowedBlocks is { } windowed && windowed.Count != Depth) throw new ArgumentException($"windowed blocks must name each of {Depth} blocks, given {windowed.Count}");
        if (Scores.Scale is { } scale && !float.IsFinite(scale)) throw new ArgumentException($"the attention scale must be a number, given {scale}");
        if (!(Scores.SoftCap >= 0)) throw new ArgumentException($"the soft cap of attention must be 0 (none) or more, given {Scores.SoftCap}");
        Positive(EmbeddingWidth, "embedding width");
        if (Embedding.TokenTypes < 0 || Embedding.TaskTypes < 0) throw new ArgumentException($"token and task types must be 0 (none) or more, given {Embedding.TokenTypes} and {Embedding.TaskTypes}");
        switch (Positions)
        {
            case PositionConfig.Learned learned:
                Positive(learned.Maximum, "maximum position");
                if (learned.Offset < 0 || learned.PaddingId is { } padding && (padding < 0 || padding >= learned.Offset))
                    throw new ArgumentException($"learned positions must start at row 0 or later and behind the padding row, given offset {learned.Offset}, padding {learned.PaddingId}");
                break;
            case PositionConfig.Sinusoidal sinusoidal:
                Positive(sinusoidal.Maximum, "maximum position");
                break;
            case PositionConfig.Buckets buckets:
                if (buckets.Count < (Causal ? 2 : 4) || buckets.Count % 2 != 0 || buckets.MaximumDistance <= buckets.Count / (Causal ? 2 : 4))
                    throw new ArgumentException($"relative positions need an even number of buckets (4 or more where both directions count) and a maximum distance beyond those that have their own, given {buckets.Count} and {buckets.MaximumDistance}");
                break;
            case PositionConfig.Rotary rotary:
                Positive(rotary.Maximum, "maximum position");
                int dim = rotary.Dimension ?? HeadColumns;
                if (dim % 2 != 0 || dim < 2 || dim > HeadColumns) throw new ArgumentException($"rotary positions need an even number of columns up to the head's {HeadColumns}, given {dim}");
                if (!(rotary.Theta > 0)) throw new ArgumentException($"rope theta must be positive, given {rotary.Theta}");
                rotary.Scaling?.Validate();
                break;
        }

        static void Positive(int value, string what)
        {
            if (value < 1) throw new ArgumentException($"{what} must be 1 or more, given {value}");
        }
    }
}
