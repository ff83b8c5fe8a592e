using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// Products with few rows: a pass over B, which is read once, from memory, and not packed. They are bound by the memory's speed.
public static unsafe partial class MatMul
{
    /// <summary>Rows of C up to which a plain, and a transposed, B is streamed and not packed.</summary>
    private const int FewRowsPlain = 8, FewRowsTransposed = 11;

    /// <summary>Length of the pieces of k that a part sums at a time: four rows of A and of B stay in the L1 cache.</summary>
    private const int DotPiece = 1024;

    private static void FewRows<V>(in Problem problem) where V : struct, IVec<V>
    {
        Problem p = problem;
        if (p.TransposeA)
        {
            float* rows = PackBuffer.Shared((nint)p.M * p.K);
            for (int i = 0; i < p.M; i++)
                for (int q = 0; q < p.K; q++) rows[(nint)i * p.K + q] = p.A[q * p.Lda + i];
            p.A = rows;
            p.Lda = p.K;
            p.TransposeA = false;
        }
        if (p.TransposeB)
        {
            // About 256 kB of B in a part, whole groups of four rows.
            int columns = Math.Max(4, Math.Min(64 * 1024 / Math.Max(1, p.K), Pieces(p.N, 32)) / 4 * 4);
            Run(new DotJob<V>(p, columns), Pieces(p.N, columns), p.Inline);
        }
        else
        {
            int columns = Math.Clamp(Align(Pieces(p.N, 16), 64), 64, 512);
            Run(new StripJob<V>(p, columns), Pieces(p.N, columns), p.Inline);
        }
    }

    /// <summary>B stored (n, k): every sum is a dot product of two rows.</summary>
    private readonly struct DotJob<V>(Problem p, int columns) : IPartJob where V : struct, IVec<V>
    {
        private readonly Problem p = p;

        [SkipLocalsInit]
        public void Run(int part)
        {
            int first = part * columns, end = Math.Min(first + columns, p.N), m = p.M;
            if (m == 1)
            {
                // One row at a time, front to back: a single stream is what the memory delivers fastest.
                for (int j = first; j < end; j++)
                    p.C[j] = Dot<V>(p.K, p.A, p.B + j * p.Ldb) + (p.Accumulate ? p.C[j] : p.Bias != null ? p.Bias[j] : 0);
                if (p.HasEpilogue) p.Finish(0, m, first, end - first);
                return;
            }
            float* sums = stackalloc float[16];
            for (int k0 = 0; k0 == 0 || k0 < p.K; k0 += DotPiece)
            {
                int kb = Math.Min(DotPiece, p.K - k0);
                for (int j = first; j < end; j += 4)
                {
                    // Missing rows repeat the first one, and their sums are dropped.
                    int wide = Math.Min(4, end - j);
                    float* b0 = p.B + j * p.Ldb + k0, b1 = wide > 1 ? b0 + p.Ldb : b0, b2 = wide > 2 ? b1 + p.Ldb : b0, b3 = wide > 3 ? b2 + p.Ldb : b0;
                    for (int i = 0; i < m; i += 4)
                    {
                        int high = Math.Min(4, m - i);
                        float* a0 = p.A + i * p.Lda + k0, a1 = high > 1 ? a0 + p.Lda : a0, a2 = high > 2 ? a1 + p.Lda : a0, a3 = high > 3 ? a2 + p.Lda : a0;
                        if (high == 1)
                        {
                            Dot1x4<V>(kb, a0, b0, b1, b2, b3, sums);
                        }
                        else if (TileRows<V>() == 12)
                        {
                            Dot4x4<V>(kb, a0, a1, a2, a3, b0, b1, b2, b3, sums);
                        }
                        else
                        {
                            Dot2x4<V>(kb, a0, a1, b0, b1, b2, b3, sums);
                            if (high > 2) Dot2x4<V>(kb, a2, a3, b0, b1, b2, b3, sums + 8);
                        }
                        for (int r = 0; r < high; r++)
                        {
                            float* c = p.C + (i + r) * p.Ldc + j;
                            for (int q = 0; q < wide; q++)
                                c[q] = sums[4 * r + q] + (k0 > 0 || p.Accumulate ? c[q] : p.Bias != null ? p.Bias[j + q] : 0);
                        }
                    }
                }
            }
            if (p.HasEpilogue) p.Finish(0, m, first, end - first);
        }
    }

    /// <summary>B stored (k, n): a strip of C's columns, in the L1 cache, grows by four rows of B at a time.</summary>
    private readonly struct StripJob<V>(Problem p, int columns) : IPartJob where V : struct, IVec<V>
    {
        private readonly Problem p = p;

        public void Run(int part)
        {
            int first = part * columns, wide = Math.Min(columns, p.N - first), m = p.M, k = p.K;
            if (!p.Accumulate)
                for (int i = 0; i < m; i++)
                {
                    Span<float> c = new(p.C + i * p.Ldc + first, wide);
                    if (p.Bias != null) new ReadOnlySpan<float>(p.Bias + first, wide).CopyTo(c);
                    else c.Clear();
                }
            float* b = p.B + first;
            int q = 0;
            for (; q <= k - 4; q += 4, b += 4 * p.Ldb)
            {
                if (q + 12 <= k)
                    for (int row = 8; row < 12; row++)
                        for (int j = 0; j < wide; j += 16) Prefetch(b + row * p.Ldb + j);
                int i = 0;
                for (; i <= m - 4; i += 4) AddRows4x4<V>(wide, p.A + i * p.Lda + q, p.Lda, b, p.Ldb, p.C + i * p.Ldc + first, p.Ldc);
                for (; i < m; i++) AddRows1x4<V>(wide, p.A + i * p.Lda + q, b, p.Ldb, p.C + i * p.Ldc + first);
            }
            for (; q < k; q++, b += p.Ldb)
                for (int i = 0; i < m; i++)
                {
                    float x = p.A[i * p.Lda + q];
                    float* c = p.C + i * p.Ldc + first;
                    for (int j = 0; j < wide; j++) c[j] += x * b[j];
                }
            if (p.HasEpilogue) p.Finish(0, m, first, wide);
        }
    }

    /// <summary>c (n) += a (4) * b (4, n).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows1x4<V>(int n, float* a, float* b, nint ldb, float* c) where V : struct, IVec<V>
    {
        V x0 = V.Create(a[0]), x1 = V.Create(a[1]), x2 = V.Create(a[2]), x3 = V.Create(a[3]);
        float* b1 = b + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
        int j = 0;
        for (; j <= n - V.Count; j += V.Count)
            V.MultiplyAdd(x3, V.Load(b3 + j), V.MultiplyAdd(x2, V.Load(b2 + j),
                V.MultiplyAdd(x1, V.Load(b1 + j), V.MultiplyAdd(x0, V.Load(b + j), V.Load(c + j))))).Store(c + j);
        for (; j < n; j++) c[j] += a[0] * b[j] + a[1] * b1[j] + (a[2] * b2[j] + a[3] * b3[j]);
    }

    /// <summary>c (4, n) += a (4, 4) * b (4, n).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows4x4<V>(int n, float* a, nint lda, float* b, nint ldb, float* c, nint ldc) where V : struct, IVec<V>
    {
        float* a1 = a + lda, a2 = a1 + lda, a3 = a2 + lda;
        V x00 = V.Create(a[0]), x01 = V.Create(a[1]), x02 = V.Create(a[2]), x03 = V.Create(a[3]);
        V x10 = V.Create(a1[0]), x11 = V.Create(a1[1]), x12 = V.Create(a1[2]), x13 = V.Create(a1[3]);
        V x20 = V.Create(a2[0]), x21 = V.Create(a2[1]), x22 = V.Create(a2[2]), x23 = V.Create(a2[3]);
        V x30 = V.Create(a3[0]), x31 = V.Create(a3[1]), x32 = V.Create(a3[2]), x33 = V.Create(a3[3]);
        float* b1 = b + ldb, b2 = b1 + ldb, b3 = b2 + ldb, c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc;
        int j = 0;
        for (; j <= n - V.Count; j += V.Count)
        {
            V y0 = V.Load(b + j), y1 = V.Load(b1 + j), y2 = V.Load(b2 + j), y3 = V.Load(b3 + j);
            V.MultiplyAdd(x03, y3, V.MultiplyAdd(x02, y2, V.MultiplyAdd(x01, y1, V.MultiplyAdd(x00, y0, V.Load(c + j))))).Store(c + j);
            V.MultiplyAdd(x13, y3, V.MultiplyAdd(x12, y2, V.MultiplyAdd(x11, y1, V.MultiplyAdd(x10, y0, V.Load(c1 + j))))).Store(c1 + j);
            V.MultiplyAdd(x23, y3, V.MultiplyAdd(x22, y2, V.MultiplyAdd(x21, y1, V.MultiplyAdd(x20, y0, V.Load(c2 + j))))).Store(c2 + j);
            V.MultiplyAdd(x33, y3, V.MultiplyAdd(x32, y2, V.MultiplyAdd(x31, y1, V.MultiplyAdd(x30, y0, V.Load(c3 + j))))).Store(c3 + j);
        }
        for (; j < n; j++)
        {
            c[j] += a[0] * b[j] + a[1] * b1[j] + (a[2] * b2[j] + a[3] * b3[j]);
            c1[j] += a1[0] * b[j] + a1[1] * b1[j] + (a1[2] * b2[j] + a1[3] * b3[j]);
            c2[j] += a2[0] * b[j] + a2[1] * b1[j] + (a2[2] * b2[j] + a2[3] * b3[j]);
            c3[j] += a3[0] * b[j] + a3[1] * b1[j] + (a3[2] * b2[j] + a3[3] * b3[j]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot<V>(int k, float* a, float* b) where V : struct, IVec<V>
    {
        V s0 = V.Create(0f), s1 = s0, s2 = s0, s3 = s0;
        int p = 0;
        for (; p <= k - 4 * V.Count; p += 4 * V.Count)
        {
            s0 = V.MultiplyAdd(V.Load(a + p), V.Load(b + p), s0);
            s1 = V.MultiplyAdd(V.Load(a + p + V.Count), V.Load(b + p + V.Count), s1);
            s2 = V.MultiplyAdd(V.Load(a + p + 2 * V.Count), V.Load(b + p + 2 * V.Count), s2);
            s3 = V.MultiplyAdd(V.Load(a + p + 3 * V.Count), V.Load(b + p + 3 * V.Count), s3);
        }
        for (; p <= k - V.Count; p += V.Count) s0 = V.MultiplyAdd(V.Load(a + p), V.Load(b + p), s0);
        float sum = V.Sum(s0 + s1 + (s2 + s3));
        for (; p < k; p++) sum += a[p] * b[p];
        return sum;
    }

    // Dot products of rows of A and of B over k; sums (rows of A, 4).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot1x4<V>(int k, float* a0, float* b0, float* b1, float* b2, float* b3, float* sums) where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        int p = 0;
        for (; p <= k - V.Count; p += V.Count)
        {
            V y0 = V.Load(b0 + p), y1 = V.Load(b1 + p), y2 = V.Load(b2 + p), y3 = V.Load(b3 + p);
            V x = V.Load(a0 + p);
            s00 = V.MultiplyAdd(x, y0, s00);
            s01 = V.MultiplyAdd(x, y1, s01);
            s02 = V.MultiplyAdd(x, y2, s02);
            s03 = V.MultiplyAdd(x, y3, s03);
        }
        sums[0] = V.Sum(s00);
        sums[1] = V.Sum(s01);
        sums[2] = V.Sum(s02);
        sums[3] = V.Sum(s03);
        for (; p < k; p++)
        {
            sums[0] += a0[p] * b0[p];
            sums[1] += a0[p] * b1[p];
            sums[2] += a0[p] * b2[p];
            sums[3] += a0[p] * b3[p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot2x4<V>(int k, float* a0, float* a1, float* b0, float* b1, float* b2, float* b3, float* sums) where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        V s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        int p = 0;
        for (; p <= k - V.Count; p += V.Count)
        {
            V y0 = V.Load(b0 + p), y1 = V.Load(b1 + p), y2 = V.Load(b2 + p), y3 = V.Load(b3 + p);
            V x = V.Load(a0 + p);
            s00 = V.MultiplyAdd(x, y0, s00);
            s01 = V.MultiplyAdd(x, y1, s01);
            s02 = V.MultiplyAdd(x, y2, s02);
            s03 = V.MultiplyAdd(x, y3, s03);
            x = V.Load(a1 + p);
            s10 = V.MultiplyAdd(x, y0, s10);
            s11 = V.MultiplyAdd(x, y1, s11);
            s12 = V.MultiplyAdd(x, y2, s12);
            s13 = V.MultiplyAdd(x, y3, s13);
        }
        sums[0] = V.Sum(s00);
        sums[1] = V.Sum(s01);
        sums[2] = V.Sum(s02);
        sums[3] = V.Sum(s03);
        sums[4] = V.Sum(s10);
        sums[5] = V.Sum(s11);
        sums[6] = V.Sum(s12);
        sums[7] = V.Sum(s13);
        for (; p < k; p++)
        {
            sums[0] += a0[p] * b0[p];
            sums[1] += a0[p] * b1[p];
            sums[2] += a0[p] * b2[p];
            sums[3] += a0[p] * b3[p];
            sums[4] += a1[p] * b0[p];
            sums[5] += a1[p] * b1[p];
            sums[6] += a1[p] * b2[p];
            sums[7] += a1[p] * b3[p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4x4<V>(int k, float* a0, float* a1, float* a2, float* a3, float* b0, float* b1, float* b2, float* b3, float* sums) where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        V s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        V s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        V s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        int p = 0;
        for (; p <= k - V.Count; p += V.Count)
        {
            V y0 = V.Load(b0 + p), y1 = V.Load(b1 + p), y2 = V.Load(b2 + p), y3 = V.Load(b3 + p);
            V x = V.Load(a0 + p);
            s00 = V.MultiplyAdd(x, y0, s00);
            s01 = V.MultiplyAdd(x, y1, s01);
            s02 = V.MultiplyAdd(x, y2, s02);
            s03 = V.MultiplyAdd(x, y3, s03);
            x = V.Load(a1 + p);
            s10 = V.MultiplyAdd(x, y0, s10);
            s11 = V.MultiplyAdd(x, y1, s11);
            s12 = V.MultiplyAdd(x, y2, s12);
            s13 = V.MultiplyAdd(x, y3, s13);
            x = V.Load(a2 + p);
            s20 = V.MultiplyAdd(x, y0, s20);
            s21 = V.MultiplyAdd(x, y1, s21);
            s22 = V.MultiplyAdd(x, y2, s22);
            s23 = V.MultiplyAdd(x, y3, s23);
            x = V.Load(a3 + p);
            s30 = V.MultiplyAdd(x, y0, s30);
            s31 = V.MultiplyAdd(x, y1, s31);
            s32 = V.MultiplyAdd(x, y2, s32);
            s33 = V.MultiplyAdd(x, y3, s33);
        }
        sums[0] = V.Sum(s00);
        sums[1] = V.Sum(s01);
        sums[2] = V.Sum(s02);
        sums[3] = V.Sum(s03);
        sums[4] = V.Sum(s10);
        sums[5] = V.Sum(s11);
        sums[6] = V.Sum(s12);
        sums[7] = V.Sum(s13);
        sums[8] = V.Sum(s20);
        sums[9] = V.Sum(s21);
        sums[10] = V.Sum(s22);
        sums[11] = V.Sum(s23);
        sums[12] = V.Sum(s30);
        sums[13] = V.Sum(s31);
        sums[14] = V.Sum(s32);
        sums[15] = V.Sum(s33);
        for (; p < k; p++)
        {
            sums[0] += a0[p] * b0[p];
            sums[1] += a0[p] * b1[p];
            sums[2] += a0[p] * b2[p];
            sums[3] += a0[p] * b3[p];
            sums[4] += a1[p] * b0[p];
            sums[5] += a1[p] * b1[p];
            sums[6] += a1[p] * b2[p];
            sums[7] += a1[p] * b3[p];
            sums[8] += a2[p] * b0[p];
            sums[9] += a2[p] * b1[p];
            sums[10] += a2[p] * b2[p];
            sums[11] += a2[p] * b3[p];
            sums[12] += a3[p] * b0[p];
            sums[13] += a3[p] * b1[p];
            sums[14] += a3[p] * b2[p];
            sums[15] += a3[p] * b3[p];
        }
    }
}
