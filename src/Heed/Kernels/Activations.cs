using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>The activation functions of feed-forward layers.</summary>
public enum ActivationKind : byte
{
    /// <summary>y = x.</summary>
    None,
    /// <summary>y = max(x, 0).</summary>
    Relu,
    /// <summary>y = x Phi(x), Phi the normal distribution function by erf (Hendrycks and Gimpel, 2016).</summary>
    Gelu,
    /// <summary>y = x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, the approximation of GPT-2.</summary>
    GeluTanh,
    /// <summary>y = x sigmoid(x), also called swish.</summary>
    Silu,
    /// <summary>y = tanh(x), of pooling layers.</summary>
    Tanh,
}

/// <summary>Activation functions and their gradients, plain and gated (Shazeer, "GLU variants improve Transformer", 2020).</summary>
public static unsafe class Activations
{
    /// <summary>y = f(x), element by element. Small spans run on the calling thread at no cost beyond the loop.</summary>
    /// <param name="kind">The function f.</param>
    /// <param name="x">Input.</param>
    /// <param name="y">Output, at least as long as x; may be x.</param>
    /// <exception cref="ArgumentException">y is shorter than x, or the kind is unknown.</exception>
    public static void Forward(ActivationKind kind, ReadOnlySpan<float> x, Span<float> y)
    {
        switch (kind)
        {
            case ActivationKind.None: VectorLoop.Run<Value<Identity>>(x, y, 0f); break;
            case ActivationKind.Relu: VectorLoop.Run<Value<Relu>>(x, y, 0f); break;
            case ActivationKind.Gelu: VectorLoop.Run<Value<Gelu>>(x, y, 0f); break;
            case ActivationKind.GeluTanh: VectorLoop.Run<Value<GeluTanh>>(x, y, 0f); break;
            case ActivationKind.Silu: VectorLoop.Run<Value<Silu>>(x, y, 0f); break;
            case ActivationKind.Tanh: VectorLoop.Run<Value<Tanh>>(x, y, 0f); break;
            default: throw Unknown(kind);
        }
    }

    /// <summary>dx = dy f'(x), element by element.</summary>
    /// <param name="kind">The function f.</param>
    /// <param name="x">The input of <see cref="Forward"/> (before the activation).</param>
    /// <param name="dy">Gradient of the output, at least as long as x.</param>
    /// <param name="dx">Gradient of the input, at least as long as x; may be dy or x.</param>
    /// <exception cref="ArgumentException">A span is shorter than x, or the kind is unknown.</exception>
    public static void Backward(ActivationKind kind, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        switch (kind)
        {
            case ActivationKind.None: VectorLoop.Run<Gradient<Identity>>(x, dy, dx, 0f); break;
            case ActivationKind.Relu: VectorLoop.Run<Gradient<Relu>>(x, dy, dx, 0f); break;
            case ActivationKind.Gelu: VectorLoop.Run<Gradient<Gelu>>(x, dy, dx, 0f); break;
            case ActivationKind.GeluTanh: VectorLoop.Run<Gradient<GeluTanh>>(x, dy, dx, 0f); break;
            case ActivationKind.Silu: VectorLoop.Run<Gradient<Silu>>(x, dy, dx, 0f); break;
            case ActivationKind.Tanh: VectorLoop.Run<Gradient<Tanh>>(x, dy, dx, 0f); break;
            default: throw Unknown(kind);
        }
    }

    /// <summary>y = f(gate) * up.</summary>
    /// <param name="kind">The function f.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Columns of y.</param>
    /// <param name="gateUp">(rows, 2 * width): each row holds the gate, then up.</param>
    /// <param name="y">(rows, width).</param>
    /// <exception cref="ArgumentException">A span is too short, a size is negative, or the kind is unknown.</exception>
    public static void GatedForward(ActivationKind kind, int rows, int width, ReadOnlySpan<float> gateUp, Span<float> y)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(width);
        SpanCheck.AtLeast(gateUp.Length, 2L * rows * width, nameof(gateUp));
        SpanCheck.AtLeast(y.Length, (long)rows * width, nameof(y));
        fixed (float* pg = gateUp, py = y)
        {
            switch (kind)
            {
                case ActivationKind.None: RunGated<Identity>(rows, width, pg, py); break;
                case ActivationKind.Relu: RunGated<Relu>(rows, width, pg, py); break;
                case ActivationKind.Gelu: RunGated<Gelu>(rows, width, pg, py); break;
                case ActivationKind.GeluTanh: RunGated<GeluTanh>(rows, width, pg, py); break;
                case ActivationKind.Silu: RunGated<Silu>(rows, width, pg, py); break;
                case ActivationKind.Tanh: RunGated<Tanh>(rows, width, pg, py); break;
                default: throw Unknown(kind);
            }
        }
    }

    /// <summary>The gradient of <see cref="GatedForward"/>: dGate = dy * up * f'(gate), dUp = dy * f(gate).</summary>
    /// <param name="kind">The function f.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Columns of dy.</param>
    /// <param name="gateUp">(rows, 2 * width), the input of the forward call.</param>
    /// <param name="dy">(rows, width).</param>
    /// <param name="dGateUp">(rows, 2 * width), overwritten; may be gateUp.</param>
    /// <exception cref="ArgumentException">A span is too short, a size is negative, or the kind is unknown.</exception>
    public static void GatedBackward(ActivationKind kind, int rows, int width, ReadOnlySpan<float> gateUp, ReadOnlySpan<float> dy, Span<float> dGateUp)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(width);
        SpanCheck.AtLeast(gateUp.Length, 2L * rows * width, nameof(gateUp));
        SpanCheck.AtLeast(dy.Length, (long)rows * width, nameof(dy));
        SpanCheck.AtLeast(dGateUp.Length, 2L * rows * width, nameof(dGateUp));
        fixed (float* pg = gateUp, pdy = dy, pdg = dGateUp)
        {
            switch (kind)
            {
                case ActivationKind.None: RunGatedBackward<Identity>(rows, width, pg, pdy, pdg); break;
                case ActivationKind.Relu: RunGatedBackward<Relu>(rows, width, pg, pdy, pdg); break;
                case ActivationKind.Gelu: RunGatedBackward<Gelu>(rows, width, pg, pdy, pdg); break;
                case ActivationKind.GeluTanh: RunGatedBackward<GeluTanh>(rows, width, pg, pdy, pdg); break;
                case ActivationKind.Silu: RunGatedBackward<Silu>(rows, width, pg, pdy, pdg); break;
                case ActivationKind.Tanh: RunGatedBackward<Tanh>(rows, width, pg, pdy, pdg); break;
                default: throw Unknown(kind);
            }
        }
    }

    private static ArgumentException Unknown(ActivationKind kind) =>
        new($"Activation {(byte)kind} was given, one of 0 (None) to {(byte)ActivationKind.Tanh} (Tanh) was expected.", nameof(kind));

    private static void RunGated<TAct>(int rows, int width, float* gateUp, float* y) where TAct : unmanaged, IActivation
    {
        int step = VectorLoop.RowsPerPart(width);
        WorkerTeam.Run(new GatedJob<TAct>(rows, width, step, gateUp, y), VectorLoop.Parts(rows, step));
    }

    private static void RunGatedBackward<TAct>(int rows, int width, float* gateUp, float* dy, float* dGateUp) where TAct : unmanaged, IActivation
    {
        int step = VectorLoop.RowsPerPart(width);
        WorkerTeam.Run(new GatedBackwardJob<TAct>(rows, width, step, gateUp, dy, dGateUp), VectorLoop.Parts(rows, step));
    }

    /// <summary>A function and its derivative on vectors.</summary>
    private interface IActivation
    {
        static abstract V Value<V>(V x) where V : struct, IVec<V>;
        static abstract V Derivative<V>(V x, out V value) where V : struct, IVec<V>;
    }

    // Where f or f' is constant to the last bit, x is limited or the result replaced, so that an infinity gives the limit and not inf * 0.

    private readonly struct Identity : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V> => x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            value = x;
            return V.Create(1f);
        }
    }

    private readonly struct Relu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V> => V.Max(V.Create(0f), x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            value = Value(x);
            return V.IfGreater(x, V.Create(0f), V.Create(1f), V.Create(0f));
        }
    }

    private readonly struct Gelu : IActivation
    {
        private const float RootHalf = 0.70710678f, InverseRootTwoPi = 0.39894228f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V>
        {
            V half = V.Create(0.5f) * x;
            V y = V.MultiplyAdd(half, VecMath.Erf(x * V.Create(RootHalf)), half);
            return V.IfGreater(V.Create(-5.55f), x, V.Create(0f), y);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            value = Value(x);
            V near = V.Min(V.Create(15f), V.Max(V.Create(-15f), x));
            V phi = V.MultiplyAdd(V.Create(0.5f), VecMath.Erf(near * V.Create(RootHalf)), V.Create(0.5f));
            V density = V.Create(InverseRootTwoPi) * VecMath.Exp(V.Create(-0.5f) * near * near);
            V d = V.MultiplyAdd(near, density, phi);
            return V.IfGreater(V.Create(-7f), x, V.Create(0f), d);
        }
    }

    private readonly struct GeluTanh : IActivation
    {
        // (1 + tanh u) / 2 = sigmoid(2u); 2u = x (A + B x^2).
        private const float A = 1.5957691f, B = 0.071354816f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V>
        {
            V near = V.Min(V.Create(100f), V.Max(V.Create(-100f), x));
            V u = near * V.MultiplyAdd(V.Create(-B), near * near, V.Create(-A));
            return V.Max(V.Create(-100f), x) / (V.Create(1f) + VecMath.Exp(u));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            V one = V.Create(1f);
            V near = V.Min(V.Create(10f), V.Max(V.Create(-10f), x));
            V square = near * near;
            V e = VecMath.Exp(near * V.MultiplyAdd(V.Create(-B), square, V.Create(-A)));
            V s = one / (one + e);
            value = V.Max(V.Create(-100f), x) * s;
            V slope = V.MultiplyAdd(V.Create(3f * B), square, V.Create(A));
            // s + x s (1 - s) (2u)', with 1 - s = e s, which loses no digits; at -10 e is the largest that is finite.
            return V.MultiplyAdd(e * s * s, near * slope, s);
        }
    }

    private readonly struct Silu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V> =>
            V.Max(V.Create(-1000f), x) / (V.Create(1f) + VecMath.Exp(V.Create(0f) - x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            V one = V.Create(1f);
            V near = V.Min(V.Create(87f), V.Max(V.Create(-87f), x));
            V e = VecMath.Exp(V.Create(0f) - near);
            V s = one / (one + e);
            value = V.Max(V.Create(-1000f), x) * s;
            return V.MultiplyAdd(e * s * s, near, s);
        }
    }

    private readonly struct Tanh : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value<V>(V x) where V : struct, IVec<V> => VecMath.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative<V>(V x, out V value) where V : struct, IVec<V>
        {
            // 4 e^-2|x| / (1 + e^-2|x|)^2 = 1 - tanh^2, which would lose all digits where tanh is near 1.
            value = VecMath.Tanh(x);
            V e = VecMath.Exp(V.Create(-2f) * V.Min(V.Create(40f), V.Max(x, V.Create(0f) - x))), sum = V.Create(1f) + e;
            return V.Create(4f) * e / (sum * sum);
        }
    }

    private readonly struct Value<TAct> : IMap1 where TAct : unmanaged, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V s) where V : struct, IVec<V> => TAct.Value(x);
    }

    private readonly struct Gradient<TAct> : IMap2 where TAct : unmanaged, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => y * TAct.Derivative(x, out _);
    }

    private readonly struct Gated<TAct> : IMap2 where TAct : unmanaged, IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Invoke<V>(V x, V y, V s) where V : struct, IVec<V> => TAct.Value(x) * y;
    }

    private readonly struct GatedJob<TAct>(int rows, int width, int step, float* gateUp, float* y) : IPartJob where TAct : unmanaged, IActivation
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                float* gate = gateUp + 2 * r * width;
                VectorLoop.Map<Gated<TAct>>(gate, gate + width, y + r * width, width, 0f);
            }
        }
    }

    private readonly struct GatedBackwardJob<TAct>(int rows, int width, int step, float* gateUp, float* dy, float* dGateUp) : IPartJob
        where TAct : unmanaged, IActivation
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                float* gate = gateUp + 2 * r * width, dGate = dGateUp + 2 * r * width;
                if (Vec512.IsSupported) GatedBackwardRow<TAct, Vec512>(width, gate, dy + r * width, dGate);
                else if (Vec256.IsSupported) GatedBackwardRow<TAct, Vec256>(width, gate, dy + r * width, dGate);
                else if (Vec128.IsSupported) GatedBackwardRow<TAct, Vec128>(width, gate, dy + r * width, dGate);
                else GatedBackwardRow<TAct, VecPortable>(width, gate, dy + r * width, dGate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatedBackwardRow<TAct, V>(int width, float* gate, float* dy, float* dGate)
        where TAct : unmanaged, IActivation where V : struct, IVec<V>
    {
        float* up = gate + width, dUp = dGate + width;
        nint i = 0;
        for (; i <= width - V.Count; i += V.Count)
        {
            V u = V.Load(up + i), d = V.Load(dy + i);
            V derivative = TAct.Derivative(V.Load(gate + i), out V value);
            (d * u * derivative).Store(dGate + i);
            (d * value).Store(dUp + i);
        }
        if (i < width)
        {
            V u = VectorLoop.LoadTail<V>(up + i, width - i, 0f), d = VectorLoop.LoadTail<V>(dy + i, width - i, 0f);
            V derivative = TAct.Derivative(VectorLoop.LoadTail<V>(gate + i, width - i, 0f), out V value);
            VectorLoop.StoreTail(d * u * derivative, dGate + i, width - i);
            VectorLoop.StoreTail(d * value, dUp + i, width - i);
        }
    }
}
