using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// The blocked product. For blocks of n, of k and of m { pack; multiply the packed panels, tile by tile }.
//
// Packing an operand once for the whole team costs a trip of the packed panels through the shared cache; packing it inside the part that
// uses it keeps the panels in the part's own cache, but every part that needs them packs them again. So the operand with fewer rows or
// columns is packed once and shared, and of the other one every part packs its own strip. When that leaves too few parts, both are shared.
public static unsafe partial class MatMul
{
    /// <summary>Floats of the longest panel of A (one tile high): it fits the L1 cache, and a part's panels of B the L2 cache.</summary>
    private const int PanelFloats = 12 * 512;

    /// <summary>Panels of a transposed A that a part packs at a time: their rows are read by whole cache lines.</summary>
    private const int TransposedPanels = 4;

    /// <summary>Floats of a shared packed operand: it stays in the L3 cache.</summary>
    private const int SharedFloats = 2 * 1024 * 1024;

    /// <summary>Floats of packed B that one part works through again and again: they stay in the L2 cache.</summary>
    private const int StripFloats = 192 * 1024;

    /// <summary>Panels of B (2 registers wide) and of A (one tile high) that one part multiplies at most, if it does not pack them itself.</summary>
    private const int PartPanels = 8;

    private static void Blocked<V>(in Problem problem) where V : struct, IVec<V>
    {
        int m = problem.M, n = problem.N, k = problem.K;
        int mr = TileRows<V>(), nr = 2 * V.Count;
        int kc = BlockDepth<V>(k);
        int panelsA = Pieces(m, mr), panelsB = Pieces(n, nr);
        const int Enough = 16;
        bool shareA = true, shareB = true;
        if (panelsB >= Enough && (m <= n || panelsA < Enough)) shareB = false;
        else if (panelsA >= Enough) shareA = false;

        if (problem.Packed != null) (shareA, shareB) = (true, false);
        int mc = shareA ? Math.Min(Align(m, mr), SharedFloats / kc / mr * mr) : m;
        int nc = shareB ? Math.Min(Align(n, nr), SharedFloats / kc / nr * nr) : n;
        float* shared = PackBuffer.Shared((nint)kc * ((shareA ? mc : 0) + (shareB ? nc : 0)));
        float* packedB = shareB ? shared : null;
        float* packedA = shareA ? shared + (shareB ? (nint)kc * nc : 0) : null;
        for (int j0 = 0; j0 < n; j0 += nc)
            for (int k0 = 0; k0 == 0 || k0 < k; k0 += kc)
                for (int i0 = 0; i0 < m; i0 += mc)
                {
                    BlockJob<V> job = new()
                    {
                        P = problem,
                        PackedA = packedA,
                        PackedB = problem.Packed != null ? problem.Packed + (nint)k0 * Align(n, nr) : packedB,
                        I0 = i0,
                        J0 = j0,
                        K0 = k0,
                        Mb = Math.Min(mc, m - i0),
                        Nb = Math.Min(nc, n - j0),
                        Kb = Math.Min(kc, k - k0),
                    };
                    PackJob<V> pack = new(job, packB: i0 == 0 && problem.Packed == null);
                    Run(pack, pack.Parts, problem.Inline);
                    MultiplyJob<V> multiply = new(job);
                    Run(multiply, multiply.Parts, problem.Inline);
                }
    }

    /// <summary>Rows of a block of k.</summary>
    private static int BlockDepth<V>(int k) where V : struct, IVec<V> =>
        Math.Max(1, Align(Pieces(k, Math.Max(1, Pieces(k, PanelFloats / TileRows<V>()))), 4));

    private static int Align(int value, int unit) => (value + unit - 1) / unit * unit;

    private static int Pieces(int value, int unit) => (value + unit - 1) / unit;

    private struct BlockJob<V> where V : struct, IVec<V>
    {
        public Problem P;
        public float* PackedA; // panels of (Kb, TileRows), or null: every part packs its own
        public float* PackedB; // panels of (Kb, 2 registers), or null: every part packs its own
        public int I0, J0, K0; // where the block begins
        public int Mb, Nb, Kb; // its size

        /// <summary>Panels of A. They are a tile high, except the last two when they would be 12 and at most 4, or 6 and at most 2: two of 8, or of 4, keep the arithmetic busier.</summary>
        public readonly int PanelsA => Pieces(Mb, TileRows<V>());

        public readonly int FirstRow(int panel)
        {
            int mr = TileRows<V>();
            if (panel >= PanelsA) return Mb;
            int even = mr / 3;
            return panel > 0 && panel == PanelsA - 1 && Mb - panel * mr <= even ? panel * mr - even : panel * mr;
        }

        /// <summary>Packs panels [first, end) of A.</summary>
        public readonly void PackA(int first, int end, float* target)
        {
            int mr = TileRows<V>();
            if (!P.TransposeA || end == PanelsA)
                for (; first < end; first++, target += (nint)Kb * mr)
                {
                    int row = FirstRow(first), rows = FirstRow(first + 1) - row;
                    if (P.TransposeA) PackRows<V>(P.A + K0 * P.Lda + I0 + row, P.Lda, Kb, rows, mr, target, 0);
                    else PackTransposed(P.A + (I0 + row) * P.Lda + K0, P.Lda, Kb, rows, mr, target);
                }
            else
                PackRows<V>(P.A + K0 * P.Lda + I0 + first * mr, P.Lda, Kb, (end - first) * mr, mr, target, (nint)Kb * mr);
        }

        /// <summary>Packs columns [first, end) of B; first is a multiple of the panel's width.</summary>
        public readonly void PackB(int first, int end, float* target)
        {
            int nr = 2 * V.Count;
            if (!P.TransposeB)
                PackRows<V>(P.B + K0 * P.Ldb + J0 + first, P.Ldb, Kb, end - first, nr, target, (nint)Kb * nr);
            else
                for (; first < end; first += nr, target += (nint)Kb * nr)
                {
                    nint element = (J0 + first) * P.Ldb + K0;
                    if (P.StoredB == BlockType.F32) PackTransposed(P.B + element, P.Ldb, Kb, Math.Min(nr, end - first), nr, target);
                    else PackWidened(P.StoredB, (ushort*)P.B + element, P.Ldb, Kb, Math.Min(nr, end - first), nr, target);
                }
        }
    }

    /// <summary>Packs the block's shared panels of A, and of B if asked.</summary>
    private readonly struct PackJob<V> : IPartJob where V : struct, IVec<V>
    {
        private const int PartFloats = 32 * 1024;

        private readonly BlockJob<V> block;
        private readonly int panelsA, panelsB; // in one part
        private readonly int partsA, partsB;

        public PackJob(in BlockJob<V> block, bool packB)
        {
            this.block = block;
            int mr = TileRows<V>(), nr = 2 * V.Count;
            panelsA = Math.Max(1, PartFloats / (Math.Max(1, block.Kb) * mr));
            panelsB = Math.Max(1, PartFloats / (Math.Max(1, block.Kb) * nr));
            partsA = block.PackedA != null ? Pieces(block.PanelsA, panelsA) : 0;
            partsB = packB && block.PackedB != null ? Pieces(block.Nb, panelsB * nr) : 0;
        }

        public int Parts => partsA + partsB;

        public void Run(int part)
        {
            if (part < partsA)
            {
                int first = part * panelsA;
                block.PackA(first, Math.Min(first + panelsA, block.PanelsA), block.PackedA + (nint)first * TileRows<V>() * block.Kb);
            }
            else
            {
                int columns = panelsB * 2 * V.Count, first = (part - partsA) * columns;
                block.PackB(first, Math.Min(first + columns, block.Nb), block.PackedB + (nint)first * block.Kb);
            }
        }
    }

    /// <summary>Multiplies the packed panels: a part is a rectangle of register tiles of C.</summary>
    private readonly struct MultiplyJob<V> : IPartJob where V : struct, IVec<V>
    {
        private readonly BlockJob<V> block;
        private readonly int high;    // panels of A of one part
        private readonly int columns; // of one part
        private readonly int partsM, partsN;

        public MultiplyJob(in BlockJob<V> block)
        {
            this.block = block;
            int mr = TileRows<V>(), nr = 2 * V.Count, kb = Math.Max(1, block.Kb);
            int panelsA = block.PanelsA, panelsB = Pieces(block.Nb, nr);
            // Enough parts that the threads finish together, each large enough to pay for its claim. The shape alone decides.
            int wide, strip = Math.Max(1, StripFloats / (kb * nr));
            if (block.PackedB == null || block.P.Packed != null)
            {
                high = panelsA;
                wide = Math.Clamp(panelsB / 32, 1, strip);
            }
            else if (block.PackedA == null)
            {
                wide = Math.Min(panelsB, strip);
                high = Math.Clamp(panelsA * Pieces(panelsB, wide) / 48, 1, PartPanels);
            }
            else
            {
                long smallest = 128 * 1024 / ((long)mr * nr * kb);
                int part = (int)Math.Clamp(panelsA * panelsB / 128, Math.Clamp(smallest, 1, PartPanels * PartPanels), PartPanels * PartPanels);
                high = Math.Min(Math.Min(panelsA, PartPanels), part);
                while (high > 1 && high * high > 2 * part) high--;
                wide = Math.Clamp(part / high, 1, Math.Min(panelsB, PartPanels));
            }
            columns = wide * nr;
            partsM = Pieces(panelsA, high);
            partsN = Pieces(panelsB, wide);
        }

        public int Parts => partsM * partsN;

        [SkipLocalsInit]
        public void Run(int part)
        {
            ref readonly Problem p = ref block.P;
            int mr = TileRows<V>(), nr = 2 * V.Count, kb = block.Kb;
            int panel0 = part % partsM * high, panelEnd = Math.Min(panel0 + high, block.PanelsA);
            int j0 = part / partsM * columns, jEnd = Math.Min(j0 + columns, block.Nb);
            bool first = block.K0 == 0, last = block.K0 + kb >= p.K;
            float* edge = stackalloc float[12 * 64];

            float* packedA = block.PackedA, packedB = block.PackedB + (nint)j0 * kb;
            if (block.PackedB == null)
            {
                packedB = PackBuffer.Local((nint)kb * columns);
                block.PackB(j0, jEnd, packedB);
            }
            int together = p.TransposeA ? TransposedPanels : 1; // panels of A in the part's own buffer
            if (packedA == null) packedA = PackBuffer.Local((nint)kb * mr * together);
            for (int panel = panel0; panel < panelEnd; panel++)
            {
                float* a = packedA;
                if (block.PackedA != null)
                {
                    a += (nint)panel * mr * kb;
                }
                else
                {
                    int slot = (panel - panel0) % together;
                    if (slot == 0) block.PackA(panel, Math.Min(panel + together, panelEnd), a);
                    a += (nint)slot * mr * kb;
                }
                int i = block.FirstRow(panel), tileRows = block.FirstRow(panel + 1) - i;
                float* b = packedB;
                for (int j = j0; j < jEnd; j += nr, b += (nint)nr * kb)
                {
                    float* c = p.C + (block.I0 + i) * p.Ldc + block.J0 + j;
                    float* add = null;
                    nint ldAdd = 0;
                    if (!first || p.Accumulate)
                    {
                        add = c;
                        ldAdd = p.Ldc;
                    }
                    else if (p.Bias != null)
                    {
                        add = p.Bias + block.J0 + j;
                    }
                    if (j + nr <= block.Nb)
                    {
                        for (int r = 0; r < tileRows; r++)
                        {
                            float* row = c + r * p.Ldc;
                            for (int q = 0; q < nr; q += 16) Prefetch(row + q);
                            Prefetch(row + nr - 1);
                        }
                        Tile<V>(kb, a, b, c, p.Ldc, add, ldAdd, tileRows);
                    }
                    else
                    {
                        Tile<V>(kb, a, b, edge, nr, null, 0, tileRows);
                        for (int r = 0; r < tileRows; r++)
                            for (int q = 0; q < block.Nb - j; q++)
                                c[r * p.Ldc + q] = add != null ? add[r * ldAdd + q] + edge[r * nr + q] : edge[r * nr + q];
                    }
                }
                if (last && p.HasEpilogue) p.Finish(block.I0 + i, tileRows, block.J0 + j0, jEnd - j0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Tile<V>(nint k, float* a, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows) where V : struct, IVec<V>
    {
        if (typeof(V) == typeof(Vec512)) Tile<Register512, Vector512<float>>(TileRows<V>() == 12, k, a, b, c, ldc, add, ldAdd, rows);
        else if (typeof(V) == typeof(Vec256)) Tile<Register256, Vector256<float>>(TileRows<V>() == 12, k, a, b, c, ldc, add, ldAdd, rows);
        else if (typeof(V) == typeof(Vec128)) Tile<Register128, Vector128<float>>(TileRows<V>() == 12, k, a, b, c, ldc, add, ldAdd, rows);
        else Tile<RegisterPortable, Vector<float>>(TileRows<V>() == 12, k, a, b, c, ldc, add, ldAdd, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<I, R>(bool twelve, nint k, float* a, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where I : IRegister<R> where R : struct
    {
        if (twelve && rows > 8) Tile12<I, R>(k, a, 12, b, c, ldc, add, ldAdd, rows);
        else if (twelve && rows > 4) Tile8<I, R>(k, a, 12, b, c, ldc, add, ldAdd, rows);
        else if (!twelve && rows > 4) Tile6<I, R>(k, a, 6, b, c, ldc, add, ldAdd, rows);
        else Tile4<I, R>(k, a, twelve ? 12 : 6, b, c, ldc, add, ldAdd, rows);
    }
}
