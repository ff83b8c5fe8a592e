using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

/// <summary>
/// Activations as the products with interleaved rows read them: a record of 64 bytes for each run of 32 values: the values as signed bytes, and what a
/// product needs beside them.
/// </summary>
internal static unsafe class BlockActivations
{
    /// <summary>Values that share a scale.</summary>
    public const int RunLength = 32;

    /// <summary>Bytes of a record.</summary>
    public const int RunBytes = 64;

    /// <summary>Places in a record: float scale; float scale · Σ q; then as int -8 · Σ q of the run, of its first, and of its last 16 values.</summary>
    public const int Scale = 32, ScaledSum = 36, Sum = 40, Sum0 = 44, Sum1 = 48;

    /// <summary>Below this a run counts as zeros: the reciprocal of its scale would overflow.</summary>
    private const float Tiny = 1e-30f;

    /// <summary>Rounds rows to records: x ≈ scale · q, scale = max |x| / 127, halves to even. A run with an infinity or NaN has the scale NaN.</summary>
    /// <param name="columns">Columns: whole runs.</param>
    /// <param name="x">(columns).</param>
    /// <param name="target">Receives columns / 32 records.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(int columns, float* x, byte* target)
    {
        for (int run = columns / RunLength; run > 0; run--, x += RunLength, target += RunBytes)
        {
            Vector256<float> x0 = Vector256.Load(x), x1 = Vector256.Load(x + 8), x2 = Vector256.Load(x + 16), x3 = Vector256.Load(x + 24);
            // Compared as integers, so that NaN is the greatest.
            Vector256<int> top = Vector256.Max(Vector256.Max(Vector256.Abs(x0).AsInt32(), Vector256.Abs(x1).AsInt32()), Vector256.Max(Vector256.Abs(x2).AsInt32(), Vector256.Abs(x3).AsInt32()));
            Vector128<int> top4 = Vector128.Max(top.GetLower(), top.GetUpper());
            top4 = Vector128.Max(top4, Vector128.Shuffle(top4, Vector128.Create(2, 3, 0, 1)));
            top4 = Vector128.Max(top4, Vector128.Shuffle(top4, Vector128.Create(1, 0, 3, 2)));
            float max = top4.AsSingle().ToScalar();
            bool finite = max < float.PositiveInfinity;
            // With 1.5 · 2^23 added, the whole number stands in the low bits.
            Vector256<float> inverse = Vector256.Create(finite && max >= Tiny ? 127 / max : 0), magic = Vector256.Create(12582912f);
            Vector256<int> q0 = (x0 * inverse + magic).AsInt32() - magic.AsInt32(), q1 = (x1 * inverse + magic).AsInt32() - magic.AsInt32();
            Vector256<int> q2 = (x2 * inverse + magic).AsInt32() - magic.AsInt32(), q3 = (x3 * inverse + magic).AsInt32() - magic.AsInt32();
            int sum0 = Vector256.Sum(q0 + q1), sum1 = Vector256.Sum(q2 + q3);
            Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3)).Store((sbyte*)target);
            float scale = finite ? max / 127 : float.NaN;
            *(float*)(target + Scale) = scale;
            *(float*)(target + ScaledSum) = scale * (sum0 + sum1);
            *(int*)(target + Sum) = -8 * (sum0 + sum1);
            *(int*)(target + Sum0) = -8 * sum0;
            *(int*)(target + Sum1) = -8 * sum1;
        }
    }
}
