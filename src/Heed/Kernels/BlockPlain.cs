using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

/// <summary>Dot products of a few rows of x with rows of F32, F16 or BF16, which are widened in registers.</summary>
/// <remarks>
/// A sum runs over two registers of columns at a time, in the lanes of one register, and ends with the lanes' sum: in an order that depends on the number of columns alone.
/// Rows of x are copied to the order in which the weights come out of their registers, with zeros behind the last column.
/// </remarks>
internal static unsafe class BlockPlain
{
    /// <summary>Rows of the weight that are read together.</summary>
    public const int Rows = 8;

    /// <summary>The widest step, of 512-bit registers, in columns.</summary>
    private const int MaxStep = 32;

    /// <summary>Bytes of a step at most.</summary>
    private const int TailBytes = 4 * MaxStep;

    /// <summary>Floats of a prepared row of x.</summary>
    public static int Padded(int columns) => (columns + MaxStep - 1) / MaxStep * MaxStep;

    /// <summary>Copies a row of x as <see cref="Multiply"/> reads it.</summary>
    public static void Prepare(BlockType type, int columns, float* x, float* target)
    {
        int padded = Padded(columns), half = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        new ReadOnlySpan<float>(x, columns).CopyTo(new(target, columns));
        new Span<float>(target + columns, padded - columns).Clear();
        if (type == BlockType.F32) return;
        // Even columns of a step, then odd ones: two 16-bit values lie in each lane.
        float* step = stackalloc float[MaxStep];
        for (int at = 0; at < padded; at += 2 * half, target += 2 * half)
        {
            for (int i = 0; i < half; i++) (step[i], step[half + i]) = (target[2 * i], target[2 * i + 1]);
            new ReadOnlySpan<float>(step, 2 * half).CopyTo(new(target, 2 * half));
        }
    }

    /// <summary>y[i, r] = x[i] · row r.</summary>
    /// <param name="type">A plain type.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="x">Prepared rows, <see cref="Padded"/> floats apart.</param>
    /// <param name="weights">The first of the weight's rows.</param>
    /// <param name="rows">Rows of the weight.</param>
    /// <param name="y">The first result; those of a row lie side by side.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    public static void Multiply(BlockType type, int m, int columns, float* x, byte* weights, int rows, float* y, nint yStride)
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Plain512, Vector512<float>>(type, m, columns, x, weights, rows, y, yStride);
        else if (Vector256.IsHardwareAccelerated) Multiply<Plain256, Vector256<float>>(type, m, columns, x, weights, rows, y, yStride);
        else Multiply<Plain128, Vector128<float>>(type, m, columns, x, weights, rows, y, yStride);
    }

    private static void Multiply<P, R>(BlockType type, int m, int columns, float* x, byte* weights, int rows, float* y, nint yStride) where P : IPlain<R> where R : struct
    {
        switch (type)
        {
            case BlockType.F32: Multiply<P, F32, R>(m, columns, x, weights, rows, y, yStride); break;
            case BlockType.F16: Multiply<P, F16, R>(m, columns, x, weights, rows, y, yStride); break;
            default: Multiply<P, BF16, R>(m, columns, x, weights, rows, y, yStride); break;
        }
    }

    [SkipLocalsInit]
    private static void Multiply<P, T, R>(int m, int columns, float* x, byte* weights, int rows, float* y, nint yStride) where P : IPlain<R> where T : IWiden where R : struct
    {
        nint rowBytes = (nint)columns * T.Bytes;
        int padded = Padded(columns), steps = columns / (2 * P.Count), rest = columns - steps * 2 * P.Count;
        byte* tails = stackalloc byte[Rows * TailBytes];
        byte** w = stackalloc byte*[Rows];
        float** target = stackalloc float*[Rows];
        // The rows that are read together stand far apart: each of four streams goes on from row to row, which is what memory delivers fastest.
        int apart = (rows + Rows - 1) / Rows;
        for (int r = 0; r < apart; r++)
        {
            for (int i = 0; i < Rows; i++)
            {
                // Missing rows repeat the last one, and its sum is written again.
                int row = Math.Min(r + i * apart, rows - 1);
                w[i] = weights + row * rowBytes;
                target[i] = y + row;
                if (rest > 0) Tail(w[i] + (rowBytes - (nint)rest * T.Bytes), rest * T.Bytes, tails + i * TailBytes);
            }
            int j = 0;
            for (; j < m - 1; j += 2)
                for (int half = 0; half < Math.Min(Rows, rows); half += Rows / 2)
                    Tile2<P, T, R>(steps, x + (nint)j * padded, x + (nint)(j + 1) * padded, w + half, rest > 0 ? tails + half * TailBytes : null, j == 0 ? rowBytes : 0, target + half, j * yStride, yStride);
            if (j < m) Tile1<P, T, R>(steps, x + (nint)j * padded, w, rest > 0 ? tails : null, j == 0 ? rowBytes : 0, target, j * yStride);
        }
    }

    /// <summary>A step of which only the first columns exist; the others are zeros.</summary>
    private static void Tail(byte* w, int bytes, byte* target)
    {
        new Span<byte>(target, TailBytes).Clear();
        new ReadOnlySpan<byte>(w, bytes).CopyTo(new(target, bytes));
    }

    /// <summary>One row of x, eight of the weight: as many sums as the processor has multiplications under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1<P, T, R>(int steps, float* x, byte** w, byte* tails, nint ahead, float** y, nint at) where P : IPlain<R> where T : IWiden where R : struct
    {
        R s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        byte* w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7];
        int bytes = 2 * P.Count * T.Bytes;
        while (true)
        {
            for (; steps > 0; steps--)
            {
                BlockPrefetch.Line(w0 + ahead);
                BlockPrefetch.Line(w1 + ahead);
                BlockPrefetch.Line(w2 + ahead);
                BlockPrefetch.Line(w3 + ahead);
                BlockPrefetch.Line(w4 + ahead);
                BlockPrefetch.Line(w5 + ahead);
                BlockPrefetch.Line(w6 + ahead);
                BlockPrefetch.Line(w7 + ahead);
                R x0 = P.Load(x), x1 = P.Load(x + P.Count);
                P.Widen<T>(w0, out R a, out R b); s0 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s0));
                P.Widen<T>(w1, out a, out b); s1 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s1));
                P.Widen<T>(w2, out a, out b); s2 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s2));
                P.Widen<T>(w3, out a, out b); s3 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s3));
                P.Widen<T>(w4, out a, out b); s4 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s4));
                P.Widen<T>(w5, out a, out b); s5 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s5));
                P.Widen<T>(w6, out a, out b); s6 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s6));
                P.Widen<T>(w7, out a, out b); s7 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s7));
                x += 2 * P.Count;
                w0 += bytes; w1 += bytes; w2 += bytes; w3 += bytes;
                w4 += bytes; w5 += bytes; w6 += bytes; w7 += bytes;
            }
            if (tails == null) break;
            w0 = tails; w1 = tails + TailBytes; w2 = tails + 2 * TailBytes; w3 = tails + 3 * TailBytes;
            w4 = tails + 4 * TailBytes; w5 = tails + 5 * TailBytes; w6 = tails + 6 * TailBytes; w7 = tails + 7 * TailBytes;
            steps = 1;
            tails = null;
        }
        y[0][at] = P.Sum(s0);
        y[1][at] = P.Sum(s1);
        y[2][at] = P.Sum(s2);
        y[3][at] = P.Sum(s3);
        y[4][at] = P.Sum(s4);
        y[5][at] = P.Sum(s5);
        y[6][at] = P.Sum(s6);
        y[7][at] = P.Sum(s7);
    }

    /// <summary>Two rows of x, four of the weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2<P, T, R>(int steps, float* x, float* xx, byte** w, byte* tails, nint ahead, float** y, nint at, nint yStride) where P : IPlain<R> where T : IWiden where R : struct
    {
        R s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        byte* w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
        while (true)
        {
            for (; steps > 0; steps--)
            {
                BlockPrefetch.Line(w0 + ahead);
                BlockPrefetch.Line(w1 + ahead);
                BlockPrefetch.Line(w2 + ahead);
                BlockPrefetch.Line(w3 + ahead);
                R x0 = P.Load(x), x1 = P.Load(x + P.Count), xx0 = P.Load(xx), xx1 = P.Load(xx + P.Count);
                P.Widen<T>(w0, out R a, out R b);
                s00 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s00));
                s10 = P.MultiplyAdd(b, xx1, P.MultiplyAdd(a, xx0, s10));
                P.Widen<T>(w1, out a, out b);
                s01 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s01));
                s11 = P.MultiplyAdd(b, xx1, P.MultiplyAdd(a, xx0, s11));
                P.Widen<T>(w2, out a, out b);
                s02 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s02));
                s12 = P.MultiplyAdd(b, xx1, P.MultiplyAdd(a, xx0, s12));
                P.Widen<T>(w3, out a, out b);
                s03 = P.MultiplyAdd(b, x1, P.MultiplyAdd(a, x0, s03));
                s13 = P.MultiplyAdd(b, xx1, P.MultiplyAdd(a, xx0, s13));
                x += 2 * P.Count;
                xx += 2 * P.Count;
                w0 += 2 * P.Count * T.Bytes; w1 += 2 * P.Count * T.Bytes; w2 += 2 * P.Count * T.Bytes; w3 += 2 * P.Count * T.Bytes;
            }
            if (tails == null) break;
            w0 = tails; w1 = tails + TailBytes; w2 = tails + 2 * TailBytes; w3 = tails + 3 * TailBytes;
            steps = 1;
            tails = null;
        }
        y[0][at] = P.Sum(s00);
        y[1][at] = P.Sum(s01);
        y[2][at] = P.Sum(s02);
        y[3][at] = P.Sum(s03);
        at += yStride;
        y[0][at] = P.Sum(s10);
        y[1][at] = P.Sum(s11);
        y[2][at] = P.Sum(s12);
        y[3][at] = P.Sum(s13);
    }

    /// <summary>A storage type.</summary>
    private interface IWiden
    {
        static abstract int Bytes { get; }
    }

    private readonly struct F32 : IWiden
    {
        public static int Bytes => 4;
    }

    private readonly struct F16 : IWiden
    {
        public static int Bytes => 2;
    }

    private readonly struct BF16 : IWiden
    {
        public static int Bytes => 2;
    }

    /// <summary>What the loops need of a register.</summary>
    private interface IPlain<R> where R : struct
    {
        static abstract int Count { get; }
        static abstract R Load(float* source);
        static abstract R MultiplyAdd(R a, R b, R c);
        static abstract float Sum(R a);
        /// <summary>Two registers of a stored row: the first and second half of a step (F32), or its even and odd columns. Halves must be finite.</summary>
        static abstract void Widen<T>(byte* source, out R a, out R b) where T : IWiden;
    }

    private const int HalfMask = unchecked((int)0x8FFFE000);

    private static float HalfBias => BitConverter.UInt32BitsToSingle((127u + 112u) << 23);

    private readonly struct Plain512 : IPlain<Vector512<float>>
    {
        public static int Count => 16;
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> Load(float* source) => Vector512.Load(source);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector512<float> a) => Vec512.Sum(new(a));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Widen<T>(byte* source, out Vector512<float> a, out Vector512<float> b) where T : IWiden
        {
            if (typeof(T) == typeof(F32))
            {
                (a, b) = (Vector512.Load((float*)source), Vector512.Load((float*)source + 16));
                return;
            }
            Vector512<int> both = Vector512.Load((int*)source), even = both << 16, odd = both & Vector512.Create(unchecked((int)0xFFFF0000));
            if (typeof(T) == typeof(BF16)) (a, b) = (even.AsSingle(), odd.AsSingle());
            else
            {
                a = ((even >> 3) & Vector512.Create(HalfMask)).AsSingle() * Vector512.Create(HalfBias);
                b = ((both >> 3) & Vector512.Create(HalfMask)).AsSingle() * Vector512.Create(HalfBias);
            }
        }
    }

    private readonly struct Plain256 : IPlain<Vector256<float>>
    {
        public static int Count => 8;
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Load(float* source) => Vector256.Load(source);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector256<float> a) => Vec256.Sum(new(a));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Widen<T>(byte* source, out Vector256<float> a, out Vector256<float> b) where T : IWiden
        {
            if (typeof(T) == typeof(F32))
            {
                (a, b) = (Vector256.Load((float*)source), Vector256.Load((float*)source + 8));
                return;
            }
            Vector256<int> both = Vector256.Load((int*)source), even = both << 16, odd = both & Vector256.Create(unchecked((int)0xFFFF0000));
            if (typeof(T) == typeof(BF16)) (a, b) = (even.AsSingle(), odd.AsSingle());
            else
            {
                // Sign copies, exponent and fraction as a float has them, all but the bias, which the product mends, for subnormal numbers too.
                a = ((even >> 3) & Vector256.Create(HalfMask)).AsSingle() * Vector256.Create(HalfBias);
                b = ((both >> 3) & Vector256.Create(HalfMask)).AsSingle() * Vector256.Create(HalfBias);
            }
        }
    }

    private readonly struct Plain128 : IPlain<Vector128<float>>
    {
        public static int Count => 4;
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Load(float* source) => Vector128.Load(source);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector128<float> a) => Vec128.Sum(new(a));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Widen<T>(byte* source, out Vector128<float> a, out Vector128<float> b) where T : IWiden
        {
            if (typeof(T) == typeof(F32))
            {
                (a, b) = (Vector128.Load((float*)source), Vector128.Load((float*)source + 4));
                return;
            }
            Vector128<int> both = Vector128.Load((int*)source), even = both << 16, odd = both & Vector128.Create(unchecked((int)0xFFFF0000));
            if (typeof(T) == typeof(BF16)) (a, b) = (even.AsSingle(), odd.AsSingle());
            else
            {
                a = ((even >> 3) & Vector128.Create(HalfMask)).AsSingle() * Vector128.Create(HalfBias);
                b = ((both >> 3) & Vector128.Create(HalfMask)).AsSingle() * Vector128.Create(HalfBias);
            }
        }
    }
}
