namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>The error function in double precision: Taylor series near 0, continued fraction of erfc far away.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x)) return x;
        double a = Math.Abs(x);
        if (a > 6) return Math.Sign(x);
        if (a < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; n < 100; n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = a;
        for (int n = 100; n >= 1; n--) fraction = a + n / 2.0 / fraction;
        return Math.Sign(x) * (1 - Math.Exp(-a * a) / (Math.Sqrt(Math.PI) * fraction));
    }

    public static double Activation(ActivationKind kind, double x) => kind switch
    {
        ActivationKind.None => x,
        ActivationKind.Relu => double.IsNaN(x) ? x : Math.Max(x, 0),
        ActivationKind.Gelu => double.IsNegativeInfinity(x) ? 0 : 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        ActivationKind.GeluTanh => double.IsNegativeInfinity(x) ? 0 : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        ActivationKind.Silu => double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x)),
        ActivationKind.Tanh => Math.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static double ActivationDerivative(ActivationKind kind, double x)
    {
        switch (kind)
        {
            case ActivationKind.None: return 1;
            case ActivationKind.Relu: return x > 0 ? 1 : 0;
            case ActivationKind.Gelu:
                return 0.5 * (1 + Erf(x / Math.Sqrt(2))) + (double.IsInfinity(x) ? 0 : x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
            case ActivationKind.GeluTanh:
                if (Math.Abs(x) > 50) return x > 0 ? 1 : 0;
                double k = Math.Sqrt(2 / Math.PI), tanh = Math.Tanh(k * (x + 0.044715 * x * x * x));
                return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * k * (1 + 3 * 0.044715 * x * x);
            case ActivationKind.Silu:
                if (Math.Abs(x) > 700) return x > 0 ? 1 : 0;
                double s = 1 / (1 + Math.Exp(-x));
                return s * (1 + x * (1 - s));
            case ActivationKind.Tanh:
                return 1 - Math.Tanh(x) * Math.Tanh(x);
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    public static void GatedForward(ActivationKind kind, int rows, int width, ReadOnlySpan<float> gateUp, Span<float> y)
    {
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < width; i++)
                y[r * width + i] = (float)(Activation(kind, gateUp[2 * r * width + i]) * gateUp[(2 * r + 1) * width + i]);
    }

    public static void GatedBackward(ActivationKind kind, int rows, int width, ReadOnlySpan<float> gateUp, ReadOnlySpan<float> dy, Span<float> dGateUp)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < width; i++)
            {
                double gate = gateUp[2 * r * width + i], up = gateUp[(2 * r + 1) * width + i], d = dy[r * width + i];
                dGateUp[2 * r * width + i] = (float)(d * up * ActivationDerivative(kind, gate));
                dGateUp[(2 * r + 1) * width + i] = (float)(d * Activation(kind, gate));
            }
        }
    }
}
