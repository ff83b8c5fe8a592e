using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// Activations as the tiles read them: int8 with a scale for each row and run of 32 values, 6 rows interleaved.
internal static unsafe partial class BlockGemm
{
    /// <summary>Values that share a scale.</summary>
    internal const int RunLength = 32;

    /// <summary>Below this a run counts as zeros: the reciprocal of its scale would overflow.</summary>
    private const float Tiny = 1e-30f;

    /// <summary>
    /// Rounds a run to whole numbers in -127 .. 127, halves to even: x ≈ scale · q with scale = max |x| / 127. A run with an infinity or NaN has the scale NaN.
    /// </summary>
    /// <param name="x">32 values.</param>
    /// <param name="q">32 bytes.</param>
    /// <param name="sum0">Σ q of the first 16 values.</param>
    /// <param name="sum1">Σ q of the others.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float QuantizeRun(float* x, sbyte* q, out int sum0, out int sum1)
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
        sum0 = Vector256.Sum(q0 + q1);
        sum1 = Vector256.Sum(q2 + q3);
        Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3)).Store(q);
        return finite ? max / 127 : float.NaN;
    }

    /// <summary>Bytes that a run of six rows takes.</summary>
    private static int ActivationBytes(int steps) => (steps + 3) * GroupBytes;

    /// <summary>Packs rows for tiles: as bytes in 8 steps, or as words in 16. Rows that are missing in the last tile are zeros.</summary>
    private readonly struct ActivationJob(int m, int k, float* x, nint stride, int steps, byte* target) : IPartJob
    {
        private const int Panels = 4; // of a part

        public static int Parts(int m) => Pieces(m, Panels * TileRows);

        public void Run(int part)
        {
            int end = Math.Min((part + 1) * Panels, Pieces(m, TileRows));
            for (int panel = part * Panels; panel < end; panel++)
            {
                byte* t = target + (nint)panel * (k / RunLength) * ActivationBytes(steps);
                for (int row = 0; row < TileRows; row++)
                    if (panel * TileRows + row < m) PackRow(x + (panel * TileRows + row) * stride, t + 4 * row);
                    else ClearRow(t + 4 * row);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void PackRow(float* row, byte* t)
        {
            sbyte* q = stackalloc sbyte[RunLength];
            short* words = stackalloc short[RunLength];
            for (int run = k / RunLength; run > 0; run--, row += RunLength)
            {
                float scale = QuantizeRun(row, q, out int sum0, out int sum1);
                int* source = (int*)q;
                if (steps == 16)
                {
                    Vector256<sbyte> bytes = Vector256.Load(q);
                    Vector256.WidenLower(bytes).Store(words);
                    Vector256.WidenUpper(bytes).Store(words + 16);
                    source = (int*)words;
                }
                for (int step = 0; step < steps; step++, t += GroupBytes) *(int*)t = source[step];
                *(float*)t = scale;
                *(float*)(t + GroupBytes) = scale * (sum0 + sum1);
                short* pair = (short*)(t + 2 * GroupBytes);
                pair[0] = (short)(-8 * sum0);
                pair[1] = (short)(-8 * sum1);
                t += 3 * GroupBytes;
            }
        }

        private void ClearRow(byte* t)
        {
            for (int group = k / RunLength * (steps + 3); group > 0; group--, t += GroupBytes) *(int*)t = 0;
        }
    }
}
