using System.Numerics;
using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Functions of single elements that attention needs: a vectorised 2^x and the counter-based dropout mask.</summary>
internal static unsafe class AttentionMath
{
    internal const float Log2E = 1.44269504f;
    internal const float Ln2 = 0.693147181f;

    /// <summary>2^x for x at most 127; exactly 0 below -127 (so for -inf too), NaN for NaN. Relative error below 2.5e-7 from -126 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Exp2<V>(V x) where V : struct, IVec<V>
    {
        // 2^x = 2^n 2^r with n the nearest integer and r in [-1/2, 1/2]; the polynomial has the least relative error of its degree with p(0) = 1.
        x = V.Max(V.Create(-127f), x); // n = -127 gives the bits of 0; in this order NaN stays NaN
        V n = V.Round(x);
        V r = x - n;
        V p = V.Create(1.3264727e-3f);
        p = V.MultiplyAdd(p, r, V.Create(9.6715130e-3f));
        p = V.MultiplyAdd(p, r, V.Create(5.5507336e-2f));
        p = V.MultiplyAdd(p, r, V.Create(2.4022242e-1f));
        p = V.MultiplyAdd(p, r, V.Create(6.9314700e-1f));
        p = V.MultiplyAdd(p, r, V.Create(1f));
        return p * V.PowerOfTwo(n);
    }

    /// <summary>The same for one number.</summary>
    internal static float Exp2(float x)
    {
        x = MathF.Max(-127f, x);
        float n = MathF.Round(x), r = x - n;
        float p = (((1.3264727e-3f * r + 9.6715130e-3f) * r + 5.5507336e-2f) * r + 2.4022242e-1f) * r + 6.9314700e-1f;
        return (p * r + 1f) * BitConverter.Int32BitsToSingle((int)n + 127 << 23);
    }

    /// <summary>The two hash keys of one row of the dropout mask (the finaliser of splitmix64, Steele et al. 2014).</summary>
    internal static (uint, uint) RowKeys(ulong seed, int batch, int head, int query)
    {
        ulong x = Mix(seed + 0x9E3779B97F4A7C15);
        x = Mix(x ^ ((ulong)(uint)batch << 32 | (uint)head));
        x = Mix(x + (uint)query * 0x9E3779B97F4A7C15);
        return ((uint)x, (uint)(x >> 32));

        static ulong Mix(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>24 random bits of key <paramref name="j"/> in a row of the mask; the weight is kept when they reach <see cref="Threshold"/>.</summary>
    internal static uint Bits(uint key0, uint key1, int j)
    {
        uint x = (uint)j * 0x9E3779B9 + key0;
        x = (x ^ (x >> 16)) * 0x21F0AAAD;
        x = (x ^ (x >> 15) ^ key1) * 0x735A2D97;
        return (x ^ (x >> 15)) >> 8;
    }

    internal static uint Threshold(float dropout) => (uint)MathF.Round(dropout * (1 << 24));

    /// <summary>factor[j] = 1 / (1 - dropout) for the kept weights, 0 for the dropped, for keys first .. first + count - 1.</summary>
    internal static void DropoutFactors(uint key0, uint key1, int first, int count, float dropout, float* factor)
    {
        uint threshold = Threshold(dropout);
        float kept = 1f / (1f - dropout);
        int j = 0;
        Vector<uint> step = new((uint)Vector<uint>.Count * 0x9E3779B9);
        Vector<uint> x0 = (Vector<uint>.Indices + new Vector<uint>((uint)first)) * new Vector<uint>(0x9E3779B9) + new Vector<uint>(key0);
        Vector<uint> k1 = new(key1), m0 = new(0x21F0AAAD), m1 = new(0x735A2D97);
        Vector<int> least = new((int)threshold - 1);
        Vector<float> yes = new(kept);
        for (; j + Vector<uint>.Count <= count; j += Vector<uint>.Count)
        {
            Vector<uint> x = (x0 ^ (x0 >>> 16)) * m0;
            x = (x ^ (x >>> 15) ^ k1) * m1;
            x = (x ^ (x >>> 15)) >>> 8;
            Vector<int> keep = Vector.GreaterThan(Vector.AsVectorInt32(x), least);
            Vector.Store(Vector.ConditionalSelect(Vector.AsVectorSingle(keep), yes, Vector<float>.Zero), factor + j);
            x0 += step;
        }
        for (; j < count; j++) factor[j] = Bits(key0, key1, first + j) >= threshold ? kept : 0f;
    }
}
