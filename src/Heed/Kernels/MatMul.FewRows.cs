using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// Products with few rows: a pass over B, which is read once, from memory, and not packed. They are bound by the memory's speed.
public static unsafe partial class MatMul
{
    /// <summary>Rows of C up to which a plain, and a transposed, B is streamed and not packed.</summary>
    private const int FewRowsPlain = 8, FewRowsTransposed = 11;

    /// <summary>Length of the pieces of k that a part sums at a time: the rows of A stay in the L2 cache, and rows of B are read from end to end.</summary>
    private const int DotPiece = 8192;

    /// <summary>Floats of B in one part.</summary>
    private const int DotPart = 256 * 1024;

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
            int columns = Math.Max(4, Align(Math.Min(DotPart / Math.Max(1, p.K), Pieces(p.N, 16)), 4));
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
            // The rows of B that are read together stand far apart: several streams are what the memory delivers fastest.
            int streams = m > 1 ? DotColumns<V>() : 4, apart = Pieces(end - first, streams);
            float* sums = stackalloc float[16];
            float** a = stackalloc float*[4];
            float** b = stackalloc float*[4];
            for (int k0 = 0; k0 == 0 || k0 < p.K; k0 += DotPiece)
            {
                int kb = Math.Min(DotPiece, p.K - k0);
                for (int j = first; j < first + apart; j++)
                {
                    // Missing rows repeat the first one, and their sums are dropped.
                    int wide = Pieces(end - j, apart);
                    for (int q = 0; q < 4; q++) b[q] = p.B + (q < wide ? j + q * apart : j) * p.Ldb + k0;
                    for (int i = 0; i < m; i += 4)
                    {
                        int high = Math.Min(4, m - i);
                        for (int r = 0; r < 4; r++) a[r] = p.A + (r < high ? i + r : i) * p.Lda + k0;
                        Dots<V>(kb, a, high, b, wide, sums);
                        for (int r = 0; r < high; r++)
                        {
                            float* c = p.C + (i + r) * p.Ldc;
                            for (int q = 0, column = j; q < wide; q++, column += apart)
                                c[column] = sums[4 * r + q] + (k0 > 0 || p.Accumulate ? c[column] : p.Bias != null ? p.Bias[column] : 0);
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

    /// <summary>Rows of B whose products with four rows of A have their sums in registers together.</summary>
    private static int DotColumns<V>() where V : struct, IVec<V> => TileRows<V>() == 12 ? 4 : 3;

    /// <summary>sums (4, 4): at (r, q) the dot product of a[r] and b[q] over k, for r &lt; high and q &lt; wide; the others are not defined.</summary>
    private static void Dots<V>(int k, float** a, int high, float** b, int wide, float* sums) where V : struct, IVec<V>
    {
        int done;
        if (typeof(V) == typeof(Vec512)) done = Dots<Register512, Vector512<float>>(DotColumns<V>() == 4, k, a, high, b, sums);
        else if (typeof(V) == typeof(Vec256)) done = Dots<Register256, Vector256<float>>(DotColumns<V>() == 4, k, a, high, b, sums);
        else if (typeof(V) == typeof(Vec128)) done = Dots<Register128, Vector128<float>>(DotColumns<V>() == 4, k, a, high, b, sums);
        else done = Dots<RegisterPortable, Vector<float>>(DotColumns<V>() == 4, k, a, high, b, sums);
        if (done == k) return;
        for (int r = 0; r < high; r++)
            for (int q = 0; q < wide; q++)
                for (int p = done; p < k; p++) sums[4 * r + q] += a[r][p] * b[q][p];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Dots<I, R>(bool four, int k, float** a, int high, float** b, float* sums) where I : IRegister<R> where R : struct =>
        high == 1 ? Dots1x4<I, R>(k, a[0], b, sums) : four ? Dots4x4<I, R>(k, a, b, sums) : Dots4x3<I, R>(k, a, b, sums);

    // Each returns how far along k it came: a whole number of registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Dots1x4<I, R>(int k, float* a0, float** b, float* sums) where I : IRegister<R> where R : struct
    {
        R s00 = I.Create(0f), s01 = s00, s02 = s00, s03 = s00;
        float* b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
        int p = 0;
        for (; p <= k - I.Count; p += I.Count)
        {
            R x = I.Load(a0 + p);
            s00 = I.MultiplyAdd(x, I.Load(b0 + p), s00);
            s01 = I.MultiplyAdd(x, I.Load(b1 + p), s01);
            s02 = I.MultiplyAdd(x, I.Load(b2 + p), s02);
            s03 = I.MultiplyAdd(x, I.Load(b3 + p), s03);
        }
        sums[0] = I.Sum(s00); sums[1] = I.Sum(s01); sums[2] = I.Sum(s02); sums[3] = I.Sum(s03);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Dots4x3<I, R>(int k, float** a, float** b, float* sums) where I : IRegister<R> where R : struct
    {
        R s00 = I.Create(0f), s01 = s00, s02 = s00, s10 = s00, s11 = s00, s12 = s00;
        R s20 = s00, s21 = s00, s22 = s00, s30 = s00, s31 = s00, s32 = s00;
        float* a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], b0 = b[0], b1 = b[1], b2 = b[2];
        int p = 0;
        for (; p <= k - I.Count; p += I.Count)
        {
            R y0 = I.Load(b0 + p), y1 = I.Load(b1 + p), y2 = I.Load(b2 + p);
            R x = I.Load(a0 + p); s00 = I.MultiplyAdd(x, y0, s00); s01 = I.MultiplyAdd(x, y1, s01); s02 = I.MultiplyAdd(x, y2, s02);
            x = I.Load(a1 + p); s10 = I.MultiplyAdd(x, y0, s10); s11 = I.MultiplyAdd(x, y1, s11); s12 = I.MultiplyAdd(x, y2, s12);
            x = I.Load(a2 + p); s20 = I.MultiplyAdd(x, y0, s20); s21 = I.MultiplyAdd(x, y1, s21); s22 = I.MultiplyAdd(x, y2, s22);
            x = I.Load(a3 + p); s30 = I.MultiplyAdd(x, y0, s30); s31 = I.MultiplyAdd(x, y1, s31); s32 = I.MultiplyAdd(x, y2, s32);
        }
        sums[0] = I.Sum(s00); sums[1] = I.Sum(s01); sums[2] = I.Sum(s02);
        sums[4] = I.Sum(s10); sums[5] = I.Sum(s11); sums[6] = I.Sum(s12);
        sums[8] = I.Sum(s20); sums[9] = I.Sum(s21); sums[10] = I.Sum(s22);
        sums[12] = I.Sum(s30); sums[13] = I.Sum(s31); sums[14] = I.Sum(s32);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Dots4x4<I, R>(int k, float** a, float** b, float* sums) where I : IRegister<R> where R : struct
    {
        R s00 = I.Create(0f), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
        R s20 = s00, s21 = s00, s22 = s00, s23 = s00, s30 = s00, s31 = s00, s32 = s00, s33 = s00;
        float* a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
        int p = 0;
        for (; p <= k - I.Count; p += I.Count)
        {
            R y0 = I.Load(b0 + p), y1 = I.Load(b1 + p), y2 = I.Load(b2 + p), y3 = I.Load(b3 + p);
            R x = I.Load(a0 + p); s00 = I.MultiplyAdd(x, y0, s00); s01 = I.MultiplyAdd(x, y1, s01); s02 = I.MultiplyAdd(x, y2, s02); s03 = I.MultiplyAdd(x, y3, s03);
            x = I.Load(a1 + p); s10 = I.MultiplyAdd(x, y0, s10); s11 = I.MultiplyAdd(x, y1, s11); s12 = I.MultiplyAdd(x, y2, s12); s13 = I.MultiplyAdd(x, y3, s13);
            x = I.Load(a2 + p); s20 = I.MultiplyAdd(x, y0, s20); s21 = I.MultiplyAdd(x, y1, s21); s22 = I.MultiplyAdd(x, y2, s22); s23 = I.MultiplyAdd(x, y3, s23);
            x = I.Load(a3 + p); s30 = I.MultiplyAdd(x, y0, s30); s31 = I.MultiplyAdd(x, y1, s31); s32 = I.MultiplyAdd(x, y2, s32); s33 = I.MultiplyAdd(x, y3, s33);
        }
        sums[0] = I.Sum(s00); sums[1] = I.Sum(s01); sums[2] = I.Sum(s02); sums[3] = I.Sum(s03);
        sums[4] = I.Sum(s10); sums[5] = I.Sum(s11); sums[6] = I.Sum(s12); sums[7] = I.Sum(s13);
        sums[8] = I.Sum(s20); sums[9] = I.Sum(s21); sums[10] = I.Sum(s22); sums[11] = I.Sum(s23);
        sums[12] = I.Sum(s30); sums[13] = I.Sum(s31); sums[14] = I.Sum(s32); sums[15] = I.Sum(s33);
        return p;
    }
}
