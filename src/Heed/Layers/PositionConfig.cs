namespace Heed.Layers;

/// <summary>How a model knows the order of its tokens.</summary>
public abstract record PositionConfig
{
    /// <summary>Whether texts have a longest length: relative positions in buckets, and none at all, go on for ever.</summary>
    public bool HasEnd => this is not (Buckets or None);

    /// <summary>No positions.</summary>
    public sealed record None : PositionConfig;

    /// <summary>A learned vector for each position, added to the token's (GPT-2, BERT).</summary>
    /// <param name="Maximum">Positions that a text may have.</param>
    /// <param name="Offset">Row of the table at which position 0 stands (BART: 2, RoBERTa: padding id + 1).</param>
    /// <param name="PaddingId">RoBERTa: a token with this id has the row of this number and does not count as a position; null = every token counts.</param>
    public sealed record Learned(int Maximum, int Offset = 0, int? PaddingId = null) : PositionConfig
    {
        /// <summary>Rows of the table.</summary>
        public int Rows => Maximum + Offset;
    }

    /// <summary>Fixed sines and cosines, added to the token's vector (Vaswani et al. 2017).</summary>
    /// <param name="Maximum">Positions that a text may have.</param>
    /// <param name="Halves">All sines stand before all cosines (Marian), else they alternate.</param>
    public sealed record Sinusoidal(int Maximum, bool Halves = false) : PositionConfig;

    /// <summary>A learned bias of each head's scores by the distance of key and query, in buckets (T5; Raffel et al. 2020): short distances have their own, long ones share by logarithm.</summary>
    /// <param name="Count">Buckets; half of them look each way in a stack that is not causal.</param>
    /// <param name="MaximumDistance">Distances from here on share the last bucket.</param>
    public sealed record Buckets(int Count = 32, int MaximumDistance = 128) : PositionConfig;

    /// <summary>Rotary embedding of queries and keys (Su et al. 2021).</summary>
    /// <param name="Theta">Base of the wavelengths (rope theta).</param>
    /// <param name="Maximum">Context that the model was made for.</param>
    /// <param name="Dimension">Leading columns of a head that rotate; null = all.</param>
    /// <param name="Interleaved">Pairs are neighbours, else halves.</param>
    /// <param name="Scaling">How wavelengths stretch to longer contexts; null = not at all.</param>
    public sealed record Rotary(double Theta, int Maximum, int? Dimension = null, bool Interleaved = false, RopeScaling? Scaling = null) : PositionConfig;
}
