using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The register tiles: 6 rows of x times two registers of weight rows, over runs of 32 values.
//   a: for each run { steps x 6 groups of 4 bytes of x; 6 scales; 6 float sums (scale · Σ x); 6 pairs of words (-8 · Σ of each 16 x) }
//   b: for each run { steps x 2 registers of 4 bytes of 8 (16, 4) weights; 2 registers of scales; 2 of minima, if there are any }
//   acc: 6 x 2 registers of float sums in memory: the registers are full of integer sums, and a run is long.
// A run adds to each sum: its integer sum, exact, times (weight scale · activation scale), in one rounding, and then, with a minimum,
// minimum · (activation scale · Σ x), in one rounding. Runs are added in order, so a row's result depends on nothing but the row.
internal static unsafe partial class BlockGemm
{
    /// <summary>Rows of x in a tile.</summary>
    internal const int TileRows = 6;

    /// <summary>Bytes of one group of every row of a tile.</summary>
    private const int GroupBytes = 4 * TileRows;

    /// <summary>Sums a run in 16 or 32 bits, whatever <typeparamref name="S"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Tile<I, S, C, G, R, F>(int runs, byte* a, byte* b, float* acc)
        where I : IIntegers<R, F> where S : IRunSum<R> where C : IRunShift where G : IRegister<F> where R : struct where F : struct
    {
        for (; runs > 0; runs--)
        {
            R w0 = I.Load(b), w1 = I.Load(b + I.Bytes);
            R x = I.Broadcast(a); R c00 = S.First(w0, x), c01 = S.First(w1, x);
            x = I.Broadcast(a + 4); R c10 = S.First(w0, x), c11 = S.First(w1, x);
            x = I.Broadcast(a + 8); R c20 = S.First(w0, x), c21 = S.First(w1, x);
            x = I.Broadcast(a + 12); R c30 = S.First(w0, x), c31 = S.First(w1, x);
            x = I.Broadcast(a + 16); R c40 = S.First(w0, x), c41 = S.First(w1, x);
            x = I.Broadcast(a + 20); R c50 = S.First(w0, x), c51 = S.First(w1, x);
            a += GroupBytes;
            b += 2 * I.Bytes;
            for (int step = 1; step < S.Steps; step++)
            {
                w0 = I.Load(b); w1 = I.Load(b + I.Bytes);
                x = I.Broadcast(a); c00 = S.Next(c00, w0, x); c01 = S.Next(c01, w1, x);
                x = I.Broadcast(a + 4); c10 = S.Next(c10, w0, x); c11 = S.Next(c11, w1, x);
                x = I.Broadcast(a + 8); c20 = S.Next(c20, w0, x); c21 = S.Next(c21, w1, x);
                x = I.Broadcast(a + 12); c30 = S.Next(c30, w0, x); c31 = S.Next(c31, w1, x);
                x = I.Broadcast(a + 16); c40 = S.Next(c40, w0, x); c41 = S.Next(c41, w1, x);
                x = I.Broadcast(a + 20); c50 = S.Next(c50, w0, x); c51 = S.Next(c51, w1, x);
                a += GroupBytes;
                b += 2 * I.Bytes;
            }
            int wide = I.Bytes / 2; // floats in two registers
            Add<I, S, C, G, R, F>(c00, c01, a, b, acc);
            Add<I, S, C, G, R, F>(c10, c11, a + 4, b, acc + wide);
            Add<I, S, C, G, R, F>(c20, c21, a + 8, b, acc + 2 * wide);
            Add<I, S, C, G, R, F>(c30, c31, a + 12, b, acc + 3 * wide);
            Add<I, S, C, G, R, F>(c40, c41, a + 16, b, acc + 4 * wide);
            Add<I, S, C, G, R, F>(c50, c51, a + 20, b, acc + 5 * wide);
            a += 3 * GroupBytes;
            b += (C.Minimum ? 4 : 2) * I.Bytes;
        }
    }

    /// <summary>Adds a row's integer sums of a run to its float sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<I, S, C, G, R, F>(R sum0, R sum1, byte* a, byte* b, float* acc)
        where I : IIntegers<R, F> where S : IRunSum<R> where C : IRunShift where G : IRegister<F> where R : struct where F : struct
    {
        sum0 = S.Total(sum0);
        sum1 = S.Total(sum1);
        if (C.Eighths != 0)
        {
            R shift = I.MultiplyWords(I.Broadcast(a + 2 * GroupBytes), I.Words(C.Eighths));
            sum0 = I.Add(sum0, shift);
            sum1 = I.Add(sum1, shift);
        }
        Add<I, C, G, R, F>(sum0, sum1, a, b, acc);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<I, C, G, R, F>(R total0, R total1, byte* a, byte* b, float* acc)
        where I : IIntegers<R, F> where C : IRunShift where G : IRegister<F> where R : struct where F : struct
    {
        F scale = G.Create(*(float*)a);
        F y0 = G.MultiplyAdd(I.ToFloat(total0), G.Multiply(scale, G.Load((float*)b)), G.Load(acc));
        F y1 = G.MultiplyAdd(I.ToFloat(total1), G.Multiply(scale, G.Load((float*)(b + I.Bytes))), G.Load(acc + G.Count));
        if (C.Minimum)
        {
            F sum = G.Create(*(float*)(a + GroupBytes));
            y0 = G.MultiplyAdd(sum, G.Load((float*)(b + 2 * I.Bytes)), y0);
            y1 = G.MultiplyAdd(sum, G.Load((float*)(b + 3 * I.Bytes)), y1);
        }
        G.Store(y0, acc);
        G.Store(y1, acc + G.Count);
    }

    /// <summary>
    /// Weights of 5 or 6 bits, of which only two sums of two products fit 16 bits; these are widened with a whole scale for each 16 values.
    /// In b, 4 registers of those scales (as two words each) follow the weights; instead of minima there may be shifts (words: eighths · scale).
    /// Two times three rows: their sums, two steps' operands and what lies between fill the registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void WideTile<I, C, G, R, F>(int runs, byte* a, byte* b, float* acc)
        where I : IIntegers<R, F> where C : IRunShift where G : IRegister<F> where R : struct where F : struct
    {
        const int Steps = 8;
        int wide = I.Bytes / 2;
        for (; runs > 0; runs--)
        {
            byte* scales = b + 2 * Steps * I.Bytes, floats = scales + 4 * I.Bytes, tail = a + Steps * GroupBytes;
            for (int half = 0; half < 2; half++)
            {
                byte* x = a + 12 * half, w = b, t = tail + 12 * half;
                float* y = acc + 3 * wide * half;
                R c00 = Shift<I, C, R, F>(t, floats), c01 = Shift<I, C, R, F>(t, floats + I.Bytes);
                R c10 = Shift<I, C, R, F>(t + 4, floats), c11 = Shift<I, C, R, F>(t + 4, floats + I.Bytes);
                R c20 = Shift<I, C, R, F>(t + 8, floats), c21 = Shift<I, C, R, F>(t + 8, floats + I.Bytes);
                byte* scale = scales;
                for (int part = 0; part < 4; part++, w += 4 * I.Bytes, x += 2 * GroupBytes)
                {
                    R w00 = I.Load(w), w01 = I.Load(w + I.Bytes), w10 = I.Load(w + 2 * I.Bytes), w11 = I.Load(w + 3 * I.Bytes);
                    R x0 = I.Broadcast(x), x1 = I.Broadcast(x + GroupBytes);
                    c00 = I.Add(c00, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w00, x0), I.MultiplyBytes(w10, x1)), I.Load(scale)));
                    c01 = I.Add(c01, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w01, x0), I.MultiplyBytes(w11, x1)), I.Load(scale + I.Bytes)));
                    x0 = I.Broadcast(x + 4); x1 = I.Broadcast(x + GroupBytes + 4);
                    c10 = I.Add(c10, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w00, x0), I.MultiplyBytes(w10, x1)), I.Load(scale)));
                    c11 = I.Add(c11, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w01, x0), I.MultiplyBytes(w11, x1)), I.Load(scale + I.Bytes)));
                    x0 = I.Broadcast(x + 8); x1 = I.Broadcast(x + GroupBytes + 8);
                    c20 = I.Add(c20, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w00, x0), I.MultiplyBytes(w10, x1)), I.Load(scale)));
                    c21 = I.Add(c21, I.MultiplyWords(I.AddWords(I.MultiplyBytes(w01, x0), I.MultiplyBytes(w11, x1)), I.Load(scale + I.Bytes)));
                    if (part == 1) scale += 2 * I.Bytes;
                }
                Add<I, C, G, R, F>(c00, c01, t, floats, y);
                Add<I, C, G, R, F>(c10, c11, t + 4, floats, y + wide);
                Add<I, C, G, R, F>(c20, c21, t + 8, floats, y + 2 * wide);
            }
            a = tail + 3 * GroupBytes;
            b = floats + 4 * I.Bytes;
        }
    }

    /// <summary>What a run's sum begins with: zero, or the shift of the weights times the sum of the activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static R Shift<I, C, R, F>(byte* a, byte* floats) where I : IIntegers<R, F> where C : IRunShift where R : struct where F : struct =>
        C.Minimum ? default : I.MultiplyWords(I.Broadcast(a + 2 * GroupBytes), I.Load(floats + 2 * I.Bytes));
}
