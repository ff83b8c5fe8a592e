using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The blocked product: for blocks of n, of k and of m { pack B and A; multiply the packed panels, tile by tile }.
public static unsafe partial class MatMul
{
    /// <summary>Longest block of k: a panel of A (12 x 384) fits the L1 cache, a part's panels of B the L2 cache.</summary>
    private const int BlockK = 384;

    /// <summary>Floats of packed A, and of packed B, that one block may hold: both stay in the L3 cache.</summary>
    private const int BlockFloats = 1536 * 1024;

    /// <summary>Panels of B (2 registers wide) and of A (one tile high) that one part multiplies at most.</summary>
    private const int PartPanelsB = 8, PartPanelsA = 8;

    private static void Blocked<V>(in Problem problem) where V : struct, IVec<V>
    {
        int m = problem.M, n = problem.N, k = problem.K;
        int mr = TileRows<V>(), nr = 2 * V.Count;
        int blocks = Math.Max(1, (k + BlockK - 1) / BlockK);
        int kc = Math.Max(1, Align((k + blocks - 1) / blocks, 4));
        int nc = Math.Min(Align(n, nr), BlockFloats / kc / nr * nr);
        int mc = Math.Min(Align(m, mr), BlockFloats / kc / mr * mr);
        float* packedB = PackBuffer.Shared((nint)kc * (nc + mc));
        float* packedA = packedB + (nint)kc * nc;
        for (int j0 = 0; j0 < n; j0 += nc)
            for (int k0 = 0; k0 == 0 || k0 < k; k0 += kc)
                for (int i0 = 0; i0 < m; i0 += mc)
                {
                    BlockJob<V> job = new()
                    {
                        P = problem,
                        PackedA = packedA,
                        PackedB = packedB,
                        I0 = i0,
                        J0 = j0,
                        K0 = k0,
                        Mb = Math.Min(mc, m - i0),
                        Nb = Math.Min(nc, n - j0),
                        Kb = Math.Min(kc, k - k0),
                    };
                    PackJob<V> pack = new(job, packB: i0 == 0);
                    Run(pack, pack.Parts, problem.Inline);
                    MultiplyJob<V> multiply = new(job);
                    Run(multiply, multiply.Parts, problem.Inline);
                }
    }

    private static int Align(int value, int unit) => (value + unit - 1) / unit * unit;

    private static int Pieces(int value, int unit) => (value + unit - 1) / unit;

    private struct BlockJob<V> where V : struct, IVec<V>
    {
        public Problem P;
        public float* PackedA; // panels of (Kb, TileRows)
        public float* PackedB; // panels of (Kb, 2 registers)
        public int I0, J0, K0; // where the block begins
        public int Mb, Nb, Kb; // its size
    }

    /// <summary>Packs the block's panels of A, and of B if asked.</summary>
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
            partsA = Pieces(block.Mb, panelsA * mr);
            partsB = packB ? Pieces(block.Nb, panelsB * nr) : 0;
        }

        public int Parts => partsA + partsB;

        public void Run(int part)
        {
            ref readonly Problem p = ref block.P;
            if (part < partsA)
            {
                int mr = TileRows<V>(), first = part * panelsA * mr;
                int row = block.I0 + first;
                Pack(p.TransposeA ? p.A + block.K0 * p.Lda + row : p.A + row * p.Lda + block.K0, p.Lda, !p.TransposeA,
                    Math.Min(panelsA * mr, block.Mb - first), mr, block.PackedA + (nint)first * block.Kb);
            }
            else
            {
                int nr = 2 * V.Count, first = (part - partsA) * panelsB * nr;
                int column = block.J0 + first;
                Pack(p.TransposeB ? p.B + column * p.Ldb + block.K0 : p.B + block.K0 * p.Ldb + column, p.Ldb, p.TransposeB,
                    Math.Min(panelsB * nr, block.Nb - first), nr, block.PackedB + (nint)first * block.Kb);
            }
        }

        private void Pack(float* source, nint stride, bool transpose, int columns, int width, float* target)
        {
            nint panel = (nint)block.Kb * width;
            if (!transpose)
                PackRows<V>(source, stride, block.Kb, columns, width, target, panel);
            else
                for (int j = 0; j < columns; j += width, target += panel)
                    PackTransposed(source + j * stride, stride, block.Kb, Math.Min(width, columns - j), width, target);
        }
    }

    /// <summary>Multiplies the packed panels: a part is a rectangle of register tiles of C.</summary>
    private readonly struct MultiplyJob<V> : IPartJob where V : struct, IVec<V>
    {
        private readonly BlockJob<V> block;
        private readonly int rows, columns; // of one part
        private readonly int partsM, partsN;

        public MultiplyJob(in BlockJob<V> block)
        {
            this.block = block;
            int mr = TileRows<V>(), nr = 2 * V.Count;
            int panelsA = Pieces(block.Mb, mr), panelsB = Pieces(block.Nb, nr);
            // Enough parts that the threads finish together, each large enough to pay for its claim. The shape alone decides.
            long panelWork = (long)mr * nr * Math.Max(1, block.Kb);
            long part = Math.Clamp(panelsA * panelsB / 128, Math.Clamp(128 * 1024 / panelWork, 1, PartPanelsA * PartPanelsB), PartPanelsA * PartPanelsB);
            int high = (int)Math.Min(Math.Min(panelsA, PartPanelsA), part);
            while (high > 1 && high * high > 2 * part) high--;
            int wide = (int)Math.Clamp(part / high, 1, Math.Min(panelsB, PartPanelsB));
            rows = high * mr;
            columns = wide * nr;
            partsM = Pieces(block.Mb, rows);
            partsN = Pieces(block.Nb, columns);
        }

        public int Parts => partsM * partsN;

        [SkipLocalsInit]
        public void Run(int part)
        {
            ref readonly Problem p = ref block.P;
            int mr = TileRows<V>(), nr = 2 * V.Count, kb = block.Kb;
            int i0 = part % partsM * rows, j0 = part / partsM * columns;
            int iEnd = Math.Min(i0 + rows, block.Mb), jEnd = Math.Min(j0 + columns, block.Nb);
            bool first = block.K0 == 0, last = block.K0 + kb >= p.K;
            float* edge = stackalloc float[12 * 64];
            for (int i = i0; i < iEnd; i += mr)
            {
                int tileRows = Math.Min(mr, iEnd - i);
                float* a = block.PackedA + (nint)i * kb;
                for (int j = j0; j < jEnd; j += nr)
                {
                    float* b = block.PackedB + (nint)j * kb;
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
                        Tile<V>(kb, a, mr, b, nr, c, p.Ldc, add, ldAdd, tileRows);
                    }
                    else
                    {
                        Tile<V>(kb, a, mr, b, nr, edge, nr, null, 0, tileRows);
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
    private static void Tile<V>(int k, float* a, nint strideA, float* b, nint strideB, float* c, nint ldc, float* add, nint ldAdd, int rows) where V : struct, IVec<V>
    {
        if (TileRows<V>() == 12)
        {
            if (rows > 8) Tile12<V>(k, a, strideA, b, strideB, c, ldc, add, ldAdd, rows);
            else if (rows > 4) Tile8<V>(k, a, strideA, b, strideB, c, ldc, add, ldAdd, rows);
            else Tile4<V>(k, a, strideA, b, strideB, c, ldc, add, ldAdd, rows);
        }
        else if (rows > 4) Tile6<V>(k, a, strideA, b, strideB, c, ldc, add, ldAdd, rows);
        else Tile4<V>(k, a, strideA, b, strideB, c, ldc, add, ldAdd, rows);
    }
}
