using Heed.Kernels;

namespace Heed.Layers;

/// <summary>A stack of recurrent layers: the closed choices of PyTorch's RNN, LSTM and GRU.</summary>
public sealed record RecurrentConfig
{
    /// <summary>The cell.</summary>
    public required RecurrentKind Kind { get; init; }

    /// <summary>Columns of the input.</summary>
    public required int Inputs { get; init; }

    /// <summary>Hidden size of each direction.</summary>
    public required int Width { get; init; }

    /// <summary>Layers, each on the output of the one before.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether each layer also reads backward in time; then its output is both directions side by side.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Whether cells have biases.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Probability of dropout on the output of every layer but the last, while training.</summary>
    public float Dropout { get; init; }

    /// <summary>1 or 2.</summary>
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Columns of the output.</summary>
    public int Outputs => Directions * Width;

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Kind > RecurrentKind.Gru) throw new ArgumentException($"unknown kind of recurrent cell {Kind}");
        if (Inputs < 1) throw new ArgumentException($"inputs must be 1 or more, given {Inputs}");
        if (Width < 1) throw new ArgumentException($"width must be 1 or more, given {Width}");
        if (Layers < 1) throw new ArgumentException($"layers must be 1 or more, given {Layers}");
        if (!(Dropout is >= 0 and < 1)) throw new ArgumentException($"dropout is a probability in [0, 1), given {Dropout}");
    }
}
