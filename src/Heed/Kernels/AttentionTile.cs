using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// The small matrix products and packings that the attention kernels are made of. All products have 8 rows of C and keep C in registers over the
/// whole depth: a step broadcasts one element of each row of A and multiplies it with one or two registers of a row of B.
/// </summary>
internal static unsafe class AttentionTile
{
    /// <summary>Rows of every product.</summary>
    internal const int Rows = 8;

    /// <summary>Columns of one panel of transposed keys: two registers.</summary>
    internal static int Panel<V>() where V : struct, IVec<V> => 2 * V.Count;

    /// <summary>Scores are computed for a multiple of so many keys: whole registers, and whole groups of rows of the transposed products.</summary>
    internal static int Unit<V>() where V : struct, IVec<V> => Math.Max(V.Count, Rows);

    internal static int RoundUp(int n, int multiple) => (n + multiple - 1) / multiple * multiple;

    // 8 x 2 accumulators need 32 registers; the other instruction sets have 16 and take four rows at a time.
    private static bool HasManyRegisters<V>() where V : struct, IVec<V> => V.Count == 16 || AdvSimd.IsSupported;

    /// <summary>
    /// C (8, width) = or += A (8, depth) B (depth, width), where A[r, k] is <c>a[r * aRow + k * aDepth]</c>; width is a multiple of the register.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply<V>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, int depth, int width, bool add)
        where V : struct, IVec<V>
    {
        int column = 0;
        for (; column + 2 * V.Count <= width; column += 2 * V.Count)
        {
            if (HasManyRegisters<V>())
            {
                EightByTwo<V>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
            }
            else
            {
                FourByTwo<V>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
                FourByTwo<V>(a + 4 * aRow, aRow, aDepth, b + column, bRow, c + column + 4 * cRow, cRow, depth, add);
            }
        }
        if (column < width) EightByOne<V>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo<V>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        V c40 = zero, c41 = zero, c50 = zero, c51 = zero, c60 = zero, c61 = zero, c70 = zero, c71 = zero;
        if (add)
        {
            c00 = V.Load(c); c01 = V.Load(c + V.Count);
            c10 = V.Load(c + cRow); c11 = V.Load(c + cRow + V.Count);
            c20 = V.Load(c + 2 * cRow); c21 = V.Load(c + 2 * cRow + V.Count);
            c30 = V.Load(c + 3 * cRow); c31 = V.Load(c + 3 * cRow + V.Count);
            c40 = V.Load(c + 4 * cRow); c41 = V.Load(c + 4 * cRow + V.Count);
            c50 = V.Load(c + 5 * cRow); c51 = V.Load(c + 5 * cRow + V.Count);
            c60 = V.Load(c + 6 * cRow); c61 = V.Load(c + 6 * cRow + V.Count);
            c70 = V.Load(c + 7 * cRow); c71 = V.Load(c + 7 * cRow + V.Count);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            b += bRow;
            V x = V.Create(a[k]);
            c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a1[k]);
            c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a2[k]);
            c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a3[k]);
            c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
            x = V.Create(a4[k]);
            c40 = V.MultiplyAdd(x, b0, c40); c41 = V.MultiplyAdd(x, b1, c41);
            x = V.Create(a5[k]);
            c50 = V.MultiplyAdd(x, b0, c50); c51 = V.MultiplyAdd(x, b1, c51);
            x = V.Create(a6[k]);
            c60 = V.MultiplyAdd(x, b0, c60); c61 = V.MultiplyAdd(x, b1, c61);
            x = V.Create(a7[k]);
            c70 = V.MultiplyAdd(x, b0, c70); c71 = V.MultiplyAdd(x, b1, c71);
        }
        c00.Store(c); c01.Store(c + V.Count);
        c10.Store(c + cRow); c11.Store(c + cRow + V.Count);
        c20.Store(c + 2 * cRow); c21.Store(c + 2 * cRow + V.Count);
        c30.Store(c + 3 * cRow); c31.Store(c + 3 * cRow + V.Count);
        c40.Store(c + 4 * cRow); c41.Store(c + 4 * cRow + V.Count);
        c50.Store(c + 5 * cRow); c51.Store(c + 5 * cRow + V.Count);
        c60.Store(c + 6 * cRow); c61.Store(c + 6 * cRow + V.Count);
        c70.Store(c + 7 * cRow); c71.Store(c + 7 * cRow + V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<V>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        if (add)
        {
            c00 = V.Load(c); c01 = V.Load(c + V.Count);
            c10 = V.Load(c + cRow); c11 = V.Load(c + cRow + V.Count);
            c20 = V.Load(c + 2 * cRow); c21 = V.Load(c + 2 * cRow + V.Count);
            c30 = V.Load(c + 3 * cRow); c31 = V.Load(c + 3 * cRow + V.Count);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            b += bRow;
            V x = V.Create(a[k]);
            c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a1[k]);
            c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a2[k]);
            c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a3[k]);
            c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
        }
        c00.Store(c); c01.Store(c + V.Count);
        c10.Store(c + cRow); c11.Store(c + cRow + V.Count);
        c20.Store(c + 2 * cRow); c21.Store(c + 2 * cRow + V.Count);
        c30.Store(c + 3 * cRow); c31.Store(c + 3 * cRow + V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByOne<V>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
        if (add)
        {
            c0 = V.Load(c); c1 = V.Load(c + cRow); c2 = V.Load(c + 2 * cRow); c3 = V.Load(c + 3 * cRow);
            c4 = V.Load(c + 4 * cRow); c5 = V.Load(c + 5 * cRow); c6 = V.Load(c + 6 * cRow); c7 = V.Load(c + 7 * cRow);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            V b0 = V.Load(b);
            b += bRow;
            c0 = V.MultiplyAdd(V.Create(a[k]), b0, c0);
            c1 = V.MultiplyAdd(V.Create(a1[k]), b0, c1);
            c2 = V.MultiplyAdd(V.Create(a2[k]), b0, c2);
            c3 = V.MultiplyAdd(V.Create(a3[k]), b0, c3);
            c4 = V.MultiplyAdd(V.Create(a4[k]), b0, c4);
            c5 = V.MultiplyAdd(V.Create(a5[k]), b0, c5);
            c6 = V.MultiplyAdd(V.Create(a6[k]), b0, c6);
            c7 = V.MultiplyAdd(V.Create(a7[k]), b0, c7);
        }
        c0.Store(c); c1.Store(c + cRow); c2.Store(c + 2 * cRow); c3.Store(c + 3 * cRow);
        c4.Store(c + 4 * cRow); c5.Store(c + 5 * cRow); c6.Store(c + 6 * cRow); c7.Store(c + 7 * cRow);
    }

    // Rows of one head lie far apart, often a page each, where no hardware prefetcher follows: the packings ask for them some rows ahead.
    internal const int Ahead = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(float* row, int columns)
    {
        if (Sse.IsSupported)
            for (nint c = 0; c < columns; c += 16) Sse.Prefetch0(row + c);
    }

    /// <summary>
    /// Asks for rows [first, first + 8) of a (limit, columns) array that will be needed later. The kernels call it between products: without it they
    /// would wait for memory a third of the time, since the rows of a head are short and far apart.
    /// </summary>
    internal static void PrefetchRows(float* source, nint sourceRow, int first, int limit, int columns)
    {
        if (!Sse.IsSupported) return;
        float* row = source + first * sourceRow;
        for (int left = Math.Min(8, limit - first); left > 0; left--, row += sourceRow) Prefetch(row, columns);
    }

    /// <summary>target (padded rows, width) = factor * source (rows, columns), with zeros beyond.</summary>
    internal static void PackRows<V>(float* source, nint sourceRow, int rows, int columns, float factor, float* target, int paddedRows, int width)
        where V : struct, IVec<V>
    {
        V f = V.Create(factor);
        for (int r = 0; r < rows; r++)
        {
            float* from = source + r * sourceRow, to = target + (nint)r * width;
            if (r + Ahead < rows) Prefetch(from + Ahead * sourceRow, columns);
            nint c = 0;
            for (; c + V.Count <= columns; c += V.Count) (V.Load(from + c) * f).Store(to + c);
            for (; c < columns; c++) to[c] = from[c] * factor;
            for (; c < width; c++) to[c] = 0f;
        }
        new Span<float>(target + (nint)rows * width, (paddedRows - rows) * width).Clear();
    }

    /// <summary>target (rows, columns) = or += factor * source (rows, width).</summary>
    internal static void Unpack<V>(float* source, int width, int rows, int columns, float factor, float* target, nint targetRow, bool add)
        where V : struct, IVec<V>
    {
        V f = V.Create(factor);
        for (int r = 0; r < rows; r++)
        {
            float* from = source + (nint)r * width, to = target + r * targetRow;
            if (r + Ahead < rows) Prefetch(to + Ahead * targetRow, columns);
            nint c = 0;
            if (add)
            {
                for (; c + V.Count <= columns; c += V.Count) (V.Load(from + c) * f + V.Load(to + c)).Store(to + c);
                for (; c < columns; c++) to[c] += from[c] * factor;
            }
            else
            {
                for (; c + V.Count <= columns; c += V.Count) (V.Load(from + c) * f).Store(to + c);
                for (; c < columns; c++) to[c] = from[c] * factor;
            }
        }
    }

    /// <summary>
    /// Transposes source (rows, columns) into panels: row p * panel + j, column c goes to <c>target[(p * columns + c) * panel + j]</c>;
    /// the last panel is filled up with zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackTransposed(float* source, nint sourceRow, int rows, int columns, float* target, int panel)
    {
        for (int first = 0; first < rows; first += panel, target += (nint)columns * panel)
        {
            int used = Math.Min(panel, rows - first), j = 0;
            float* block = source + first * sourceRow;
            for (; j + 4 <= used; j += 4)
            {
                float* r0 = block + j * sourceRow, r1 = r0 + sourceRow, r2 = r1 + sourceRow, r3 = r2 + sourceRow;
                float* to = target + j;
                for (int p = Ahead; p < Ahead + 4; p++)
                    if (first + j + p < rows) Prefetch(r0 + p * sourceRow, columns);
                int c = 0;
                for (; c + 4 <= columns; c += 4, to += 4 * panel)
                {
                    Vector128<float> x0 = Vector128.Load(r0 + c), x1 = Vector128.Load(r1 + c), x2 = Vector128.Load(r2 + c), x3 = Vector128.Load(r3 + c);
                    Vector128<float> y0 = ZipLow(x0, x2), y1 = ZipLow(x1, x3), y2 = ZipHigh(x0, x2), y3 = ZipHigh(x1, x3);
                    ZipLow(y0, y1).Store(to);
                    ZipHigh(y0, y1).Store(to + panel);
                    ZipLow(y2, y3).Store(to + 2 * panel);
                    ZipHigh(y2, y3).Store(to + 3 * panel);
                }
                for (; c < columns; c++, to += panel)
                {
                    to[0] = r0[c];
                    to[1] = r1[c];
                    to[2] = r2[c];
                    to[3] = r3[c];
                }
            }
            for (; j < used; j++)
                for (int c = 0; c < columns; c++) target[(nint)c * panel + j] = block[j * sourceRow + c];
            if (used < panel)
                for (int c = 0; c < columns; c++) new Span<float>(target + (nint)c * panel + used, panel - used).Clear();
        }
    }

    /// <summary>(a0, b0, a1, b1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary>(a2, b2, a3, b3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);
}

/// <summary>64-byte aligned native memory that a thread keeps between calls; it only grows, and is freed with its thread.</summary>
internal sealed unsafe class AttentionScratch
{
    [ThreadStatic] private static AttentionScratch? part;
    [ThreadStatic] private static AttentionScratch? call;
    private void* memory;
    private nuint size;

    /// <summary>Scratch of one part of a job. The contents are undefined.</summary>
    internal static float* ForPart(long floats) => (part ??= new()).Get(floats);

    /// <summary>Scratch of a whole call, which its parts may share. The contents are undefined.</summary>
    internal static float* ForCall(long floats) => (call ??= new()).Get(floats);

    private float* Get(long floats)
    {
        nuint bytes = (nuint)floats * sizeof(float);
        if (bytes > size)
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
            memory = NativeMemory.AlignedAlloc(bytes, 64);
            size = bytes;
        }
        return (float*)memory;
    }

    ~AttentionScratch() => NativeMemory.AlignedFree(memory);
}
