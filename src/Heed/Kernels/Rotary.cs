using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Rotary position embedding (Su et al., "RoFormer", 2021): pairs of features turn by an angle that grows with the position.</summary>
public static unsafe class Rotary
{
    /// <summary>Pairs that the interleaved kernel handles together; their sines and cosines are spread once for all heads.</summary>
    private const int PairBlock = 128;

    /// <summary>Rotates the first <paramref name="rotaryDim"/> features of every head in place: (a, b) becomes (a cos - b sin, b cos + a sin).</summary>
    /// <param name="tokens">Tokens.</param>
    /// <param name="heads">Heads of a token.</param>
    /// <param name="headDim">Features of a head.</param>
    /// <param name="rotaryDim">Features that turn: even, at most headDim. The others stay.</param>
    /// <param name="rowStride">Elements from one token to the next, at least heads * headDim.</param>
    /// <param name="x">Token t, head h begins at t * rowStride + h * headDim.</param>
    /// <param name="positions">(tokens), each a row of the tables.</param>
    /// <param name="cos">(maxPositions, rotaryDim / 2).</param>
    /// <param name="sin">(maxPositions, rotaryDim / 2).</param>
    /// <param name="interleaved">Pairs are (2i, 2i + 1), as in GPT-J and GLM; otherwise (i, i + rotaryDim / 2), as in GPT-NeoX and LLaMA.</param>
    /// <param name="inverse">Turns back: the gradient.</param>
    /// <exception cref="ArgumentException">A span is too short, a size is negative or odd, or a position is outside of the tables.</exception>
    public static void Apply(int tokens, int heads, int headDim, int rotaryDim, int rowStride, Span<float> x, ReadOnlySpan<int> positions,
        ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, bool interleaved, bool inverse)
    {
        SpanCheck.NotNegative(tokens);
        SpanCheck.NotNegative(heads);
        SpanCheck.NotNegative(headDim);
        if (rotaryDim < 0 || rotaryDim > headDim || rotaryDim % 2 != 0)
            throw new ArgumentException($"rotaryDim is {rotaryDim}, an even number in [0, {headDim}] was expected.", nameof(rotaryDim));
        SpanCheck.AtLeast(x.Length, SpanCheck.Strided(tokens, checked(heads * headDim), rowStride), nameof(x));
        SpanCheck.AtLeast(positions.Length, tokens, nameof(positions));
        SpanCheck.AtLeast(sin.Length, cos.Length, nameof(sin));
        int half = rotaryDim / 2;
        if (half == 0) return;
        int limit = cos.Length / half;
        for (int t = 0; t < tokens; t++)
        {
            if ((uint)positions[t] >= (uint)limit)
                throw new ArgumentException($"Token {t} has position {positions[t]}, one in [0, {limit}) was expected: so long are the tables.", nameof(positions));
        }
        int step = VectorLoop.RowsPerPart(Math.Max(1, heads) * rotaryDim);
        fixed (float* px = x, pc = cos, ps = sin)
        fixed (int* pp = positions)
        {
            WorkerTeam.Run(new TokensJob(tokens, heads, headDim, half, rowStride, step, px, pp, pc, ps, interleaved, inverse ? -1f : 1f),
                VectorLoop.Parts(tokens, step));
        }
    }

    private readonly struct TokensJob(int tokens, int heads, int headDim, int half, int rowStride, int step, float* x, int* positions,
        float* cos, float* sin, bool interleaved, float sign) : IPartJob
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, tokens);
            for (nint t = (nint)part * step; t < end; t++)
            {
                float* row = x + t * rowStride, c = cos + (nint)positions[t] * half, s = sin + (nint)positions[t] * half;
                if (Vec512.IsSupported && half >= Vec512.Count) Turn<Vec512>(row, c, s);
                else if (Vec256.IsSupported && half >= Vec256.Count) Turn<Vec256>(row, c, s);
                else if (Vec128.IsSupported) Turn<Vec128>(row, c, s);
                else Turn<VecPortable>(row, c, s);
            }
        }

        private void Turn<V>(float* row, float* c, float* s) where V : struct, IVec<V>
        {
            if (interleaved) TurnPairs<V>(heads, headDim, half, row, c, s, sign);
            else TurnHalves<V>(heads, headDim, half, row, c, s, sign);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnHalves<V>(int heads, int headDim, nint half, float* x, float* cos, float* sin, float sign) where V : struct, IVec<V>
    {
        V sg = V.Create(sign);
        for (int h = 0; h < heads; h++, x += headDim)
        {
            float* a = x, b = x + half;
            nint i = 0;
            for (; i <= half - V.Count; i += V.Count)
            {
                V c = V.Load(cos + i), s = V.Load(sin + i) * sg, u = V.Load(a + i), v = V.Load(b + i);
                (u * c - v * s).Store(a + i);
                (v * c + u * s).Store(b + i);
            }
            for (; i < half; i++)
            {
                float c = cos[i], s = sin[i] * sign, u = a[i], v = b[i];
                a[i] = u * c - v * s;
                b[i] = v * c + u * s;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void TurnPairs<V>(int heads, int headDim, int half, float* x, float* cos, float* sin, float sign) where V : struct, IVec<V>
    {
        float* c = stackalloc float[2 * PairBlock], s = stackalloc float[2 * PairBlock];
        for (int start = 0; start < half; start += PairBlock)
        {
            int pairs = Math.Min(PairBlock, half - start), n = 2 * pairs;
            for (int i = 0; i < pairs; i++)
            {
                c[2 * i] = c[2 * i + 1] = cos[start + i];
                s[2 * i + 1] = sin[start + i] * sign;
                s[2 * i] = -s[2 * i + 1];
            }
            float* p = x + 2 * start;
            for (int h = 0; h < heads; h++, p += headDim)
            {
                int i = 0;
                for (; i <= n - V.Count; i += V.Count)
                {
                    V u = V.Load(p + i);
                    (u * V.Load(c + i) + V.SwapPairs(u) * V.Load(s + i)).Store(p + i);
                }
                for (; i < n; i += 2)
                {
                    float u = p[i], v = p[i + 1];
                    p[i] = u * c[i] + v * s[i];
                    p[i + 1] = v * c[i + 1] + u * s[i + 1];
                }
            }
        }
    }
}
