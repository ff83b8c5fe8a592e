namespace Heed.Kernels;

/// <summary>The cell of a recurrent network, as PyTorch defines it.</summary>
public enum RecurrentKind : byte
{
    /// <summary>h' = tanh(W x + b + U h + c) (Elman 1990).</summary>
    RnnTanh,

    /// <summary>h' = max(0, W x + b + U h + c).</summary>
    RnnRelu,

    /// <summary>
    /// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): gates i, f, g, o;
    /// c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c').
    /// </summary>
    Lstm,

    /// <summary>
    /// Gated recurrent unit (Cho et al. 2014): gates r, z, n; n = tanh(W x + b + σ(r) (U h + c)), h' = (1 - σ(z)) n + σ(z) h.
    /// The hidden bias of n stands inside, where the reset gate multiplies it.
    /// </summary>
    Gru,
}

/// <summary>Sizes and direction of one recurrent layer over a batch of sequences.</summary>
/// <param name="Kind">Its cell.</param>
/// <param name="Batch">Sequences (B).</param>
/// <param name="Steps">Steps of the longest sequence (T).</param>
/// <param name="Width">Hidden size (H).</param>
/// <param name="Reverse">From the last step of each sequence to its first.</param>
public readonly record struct RecurrentShape(RecurrentKind Kind, int Batch, int Steps, int Width, bool Reverse = false)
{
    /// <summary>Gates (G): blocks of H rows of the weights.</summary>
    public int Gates => Kind switch
    {
        RecurrentKind.Lstm => 4,
        RecurrentKind.Gru => 3,
        _ => 1,
    };

    /// <summary>Blocks of H columns that a step keeps (S): its gates and, for a GRU, the hidden part of n, which the reset gate multiplies.</summary>
    public int Saved => Kind is RecurrentKind.Lstm or RecurrentKind.Gru ? 4 : 1;

    /// <summary>The kept block in which the hidden weight's gate <paramref name="gate"/> has its sum, and its gradient.</summary>
    public int SavedBlock(int gate) => Kind == RecurrentKind.Gru && gate == 2 ? 3 : gate;
}
