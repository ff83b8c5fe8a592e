using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>Adds to float sums (m, 8) the products of m rows of activations with 8 interleaved rows of a weight.</summary>
/// <remarks>
/// A run of 32 columns adds to each sum: its integer sum, exact, times (weight scale · activation scale), in one rounding, and then, with a minimum, minimum ·
/// (activation scale · Σ x), in one rounding. Runs are added in order. So a row's result depends on nothing but the row: not on m, nor on the instruction set, as
/// long as it fuses multiply and add.
/// </remarks>
internal unsafe struct BlockRows
{
    /// <summary>m, groups of 8 rows, bytes between groups, units, scales, runs, x, bytes between rows of x, sums (groups, m, 8).</summary>
    public delegate*<int, int, nint, int, byte*, byte*, byte*, nint, float*, void> Multiply;

    /// <summary>Bytes of a unit's scales, and of its runs.</summary>
    public int ScaleBytes, UnitBytes;

    /// <summary>The fastest of the machine.</summary>
    public static BlockLanes Best => AvxVnni.IsSupported ? BlockLanes.Vnni : Avx2.IsSupported ? BlockLanes.Avx2 : BlockLanes.Narrow;

    private const int Types = 16;

    private static readonly BlockRows[] Table = MakeTable();

    /// <summary>The kernel for a quantised type.</summary>
    public static ref readonly BlockRows For(BlockType type, BlockLanes lanes) => ref Table[(int)lanes * Types + (int)type];

    private static BlockRows[] MakeTable()
    {
        BlockRows[] table = new BlockRows[3 * Types];
        for (int i = 0; i < 3; i++)
        {
            BlockLanes lanes = (BlockLanes)i;
            Span<BlockRows> row = table.AsSpan(i * Types, Types);
            row[(int)BlockType.Q8_0] = Make<FormatQ8_0>(lanes);
            row[(int)BlockType.Q4_0] = Make<FormatQ4_0>(lanes);
            row[(int)BlockType.Q4_1] = Make<FormatQ4<OneRun>>(lanes);
            row[(int)BlockType.Q5_0] = Make<FormatQ5_0>(lanes);
            row[(int)BlockType.Q5_1] = Make<FormatQ5<OneRun>>(lanes);
            row[(int)BlockType.Q4_K] = Make<FormatQ4<EightRuns>>(lanes);
            row[(int)BlockType.Q5_K] = Make<FormatQ5<EightRuns>>(lanes);
            row[(int)BlockType.Q6_K] = Make<FormatQ6_K>(lanes);
            row[(int)BlockType.IQ4_NL] = Make<FormatIQ4_NL>(lanes);
        }
        return table;
    }

    private static BlockRows Make<T>(BlockLanes lanes) where T : struct, IBlockFormat => new()
    {
        ScaleBytes = T.ScaleBytes,
        UnitBytes = T.Runs * T.RunBytes,
        Multiply = lanes switch
        {
            BlockLanes.Vnni => &Run<T, LanesVnni, Vector256<int>, Vector256<float>>,
            BlockLanes.Avx2 => &Run<T, LanesAvx2, Vector256<int>, Vector256<float>>,
            _ => &Run<T, LanesNarrow, Vector128<int>, Vector128<float>>,
        },
    };

    private static void Run<T, L, R, F>(int m, int groups, nint groupBytes, int units, byte* scales, byte* runs, byte* x, nint xStride, float* sums)
        where T : struct, IBlockFormat where L : ILanes<R, F> where R : struct where F : struct
    {
        for (; groups > 0; groups--, scales += groupBytes, runs += groupBytes, sums += 8 * m)
            for (int row = 0; row < 8; row += L.Rows)
                if (m == 1) One<T, L, R, F>(units, scales, runs + 4 * row, x, sums + row, row);
                else Several<T, L, R, F>(m, units, scales, runs + 4 * row, x, xStride, sums + row, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T, L, R, F>(int units, byte* scales, byte* runs, byte* x, float* sums, int row)
        where T : struct, IBlockFormat where L : ILanes<R, F> where R : struct where F : struct
    {
        F sum = L.LoadFloats(sums);
        for (; units > 0; units--, scales += T.ScaleBytes)
        {
            F d = L.Halves(scales + 2 * row), m = T.Minimum ? L.Halves(scales + 16 + 2 * row) : default;
            byte* factors = scales + (T.Minimum ? 32 : 16) + row;
            for (int run = 0; run < T.Runs; run++, runs += T.RunBytes, x += BlockActivations.RunBytes, factors += 16)
            {
                BlockPrefetch.Range(runs + BlockPrefetch.Distance, T.RunBytes);
                R dot = T.Dot<L, R, F>(
                    T.Quad<L, R, F>(runs, 0), T.Quad<L, R, F>(runs, 1), T.Quad<L, R, F>(runs, 2), T.Quad<L, R, F>(runs, 3),
                    T.Quad<L, R, F>(runs, 4), T.Quad<L, R, F>(runs, 5), T.Quad<L, R, F>(runs, 6), T.Quad<L, R, F>(runs, 7), x, factors);
                F scale = T.Factors ? L.Multiply(d, L.ToFloat(L.WidenBytes(factors))) : d;
                sum = L.MultiplyAdd(L.ToFloat(dot), L.Multiply(scale, L.Create(*(float*)(x + BlockActivations.Scale))), sum);
                if (T.Minimum) sum = L.MultiplyAdd(L.Create(*(float*)(x + BlockActivations.ScaledSum)), Minimum<T, L, R, F>(m, factors), sum);
            }
        }
        L.Store(sum, sums);
    }

    /// <summary>The weights of a run stay in registers for all rows of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Several<T, L, R, F>(int rows, int units, byte* scales, byte* runs, byte* x, nint xStride, float* sums, int row)
        where T : struct, IBlockFormat where L : ILanes<R, F> where R : struct where F : struct
    {
        for (; units > 0; units--, scales += T.ScaleBytes)
        {
            F d = L.Halves(scales + 2 * row), m = T.Minimum ? L.Halves(scales + 16 + 2 * row) : default;
            byte* factors = scales + (T.Minimum ? 32 : 16) + row;
            for (int run = 0; run < T.Runs; run++, runs += T.RunBytes, x += BlockActivations.RunBytes, factors += 16)
            {
                BlockPrefetch.Range(runs + BlockPrefetch.Distance, T.RunBytes);
                R w0 = T.Quad<L, R, F>(runs, 0), w1 = T.Quad<L, R, F>(runs, 1), w2 = T.Quad<L, R, F>(runs, 2), w3 = T.Quad<L, R, F>(runs, 3);
                R w4 = T.Quad<L, R, F>(runs, 4), w5 = T.Quad<L, R, F>(runs, 5), w6 = T.Quad<L, R, F>(runs, 6), w7 = T.Quad<L, R, F>(runs, 7);
                F scale = T.Factors ? L.Multiply(d, L.ToFloat(L.WidenBytes(factors))) : d, minimum = T.Minimum ? Minimum<T, L, R, F>(m, factors) : default;
                byte* xi = x;
                float* target = sums;
                for (int i = rows; i > 0; i--, xi += xStride, target += 8)
                {
                    R dot = T.Dot<L, R, F>(w0, w1, w2, w3, w4, w5, w6, w7, xi, factors);
                    F sum = L.MultiplyAdd(L.ToFloat(dot), L.Multiply(scale, L.Create(*(float*)(xi + BlockActivations.Scale))), L.LoadFloats(target));
                    if (T.Minimum) sum = L.MultiplyAdd(L.Create(*(float*)(xi + BlockActivations.ScaledSum)), minimum, sum);
                    L.Store(sum, target);
                }
            }
        }
    }

    /// <summary>What a run adds for each unit of x: the stored minimum, or minus its whole factor times the block's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static F Minimum<T, L, R, F>(F m, byte* factors) where T : struct, IBlockFormat where L : ILanes<R, F> where R : struct where F : struct =>
        T.Factors ? L.Multiply(L.Multiply(m, L.Create(-1)), L.ToFloat(L.WidenBytes(factors + 8))) : m;
}
