namespace Heed.Kernels;

/// <summary>The activation function that follows a linear layer.</summary>
public enum ActivationKind : byte
{
    /// <summary>y = x.</summary>
    None,
    /// <summary>max(x, 0).</summary>
    Relu,
    /// <summary>x * Phi(x), exact.</summary>
    Gelu,
    /// <summary>The tanh approximation of Gelu.</summary>
    GeluTanh,
    /// <summary>x * sigmoid(x).</summary>
    Silu,
}

/// <summary>Activation functions over spans.</summary>
public static class Activations
{
    /// <summary>y[i] = f(x[i]); x and y may be the same span.</summary>
    public static void Forward(ActivationKind kind, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double v = x[i];
            y[i] = (float)(kind switch
            {
                ActivationKind.Relu => Math.Max(v, 0),
                ActivationKind.Gelu or ActivationKind.GeluTanh => 0.5 * v * (1 + Math.Tanh(0.7978845608028654 * (v + 0.044715 * v * v * v))),
                ActivationKind.Silu => v / (1 + Math.Exp(-v)),
                _ => v,
            });
        }
    }
}
