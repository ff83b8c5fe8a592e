using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// The small matrix products and packings that the attention kernels are made of. All products have 8 rows of C and keep C in registers over the
/// whole depth: a step broadcasts one element of each row of A and multiplies it with up to three registers of a row of B.
/// </summary>
internal static unsafe partial class AttentionTile
{
    /// <summary>Rows of every product.</summary>
    internal const int Rows = 8;

    /// <summary>Columns of one panel of transposed keys: the registers of the widest product, and a multiple of <see cref="Unit"/>.</summary>
    internal static int Panel<V>() where V : struct, IVec<V> => V.Count == 8 ? 3 * V.Count : 2 * V.Count;

    /// <summary>Scores are computed for a multiple of so many keys: whole registers, and whole groups of rows of the transposed products.</summary>
    internal static int Unit<V>() where V : struct, IVec<V> => Math.Max(V.Count, Rows);

    internal static int RoundUp(int n, int multiple) => (n + multiple - 1) / multiple * multiple;

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
