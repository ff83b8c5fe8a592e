using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// The blocked product. A part unpacks a panel of weights for a block of runs into its L1 cache and takes all rows of x past it, which stream from
// L2 or L3: they are six times fewer bytes for each product than the panel.
internal static unsafe partial class BlockGemm
{
    /// <summary>Bytes of a panel's block of runs with 256-bit registers or narrower; twice that with wider ones, whose processors have larger L1 caches.</summary>
    private const int PanelBytes = 21 * 1024;

    /// <summary>Panels of a part at most: a block of runs of x stays in the L2 cache for as many panels.</summary>
    private const int PartPanels = 4;

    /// <summary>Tiles below which the rows of x are not split over parts: a panel is unpacked again for each of them.</summary>
    private const int PartTiles = 16;

    private readonly struct MultiplyJob : IPartJob
    {
        private readonly BlockKernel kernel;
        private readonly BlockMatrix* weight;
        private readonly int m;
        private readonly byte* x;
        private readonly float* y, bias;
        private readonly nint yStride;
        private readonly ActivationKind activation;
        private readonly int panels, tiles; // of a part
        private readonly int partsM, partsN;

        public MultiplyJob(in BlockKernel kernel, BlockMatrix* weight, int m, byte* x, float* y, nint yStride, float* bias, ActivationKind activation)
        {
            (this.kernel, this.m, this.yStride, this.activation) = (kernel, m, yStride, activation);
            this.weight = weight;
            this.x = x;
            this.y = y;
            this.bias = bias;
            int panelsN = Pieces(weight->Rows, kernel.Width), tilesM = Pieces(m, TileRows);
            panels = Math.Clamp(panelsN / 32, 1, PartPanels);
            partsN = Pieces(panelsN, panels);
            tiles = Pieces(tilesM, Math.Clamp(32 / partsN, 1, Math.Max(1, tilesM / PartTiles)));
            partsM = Pieces(tilesM, tiles);
        }

        public int Parts => partsM * partsN;

        [SkipLocalsInit]
        public void Run(int part)
        {
            int tile0 = part % partsM * tiles, tileEnd = Math.Min(tile0 + tiles, Pieces(m, TileRows));
            int width = kernel.Width, j0 = part / partsM * panels * width, jEnd = Math.Min(j0 + panels * width, weight->Rows);
            int runs = weight->Columns / BlockActivations.RunLength, unit = weight->Type.BlockLength() / BlockActivations.RunLength;
            int most = Math.Max(1, PanelBytes * Math.Max(kernel.RegisterBytes, 32) / 32 / kernel.RunBytes / unit) * unit;
            int block = Align(Pieces(runs, Pieces(runs, most)), unit);
            nint panelBytes = Align(block * kernel.RunBytes, 64);
            byte* panel = (byte*)MatMul.PackBuffer.Local((panelBytes + ScratchBytes(weight->Type, block / unit) + sizeof(float)) / sizeof(float));
            for (int run = 0; run < runs; run += block)
            {
                int count = Math.Min(block, runs - run);
                for (int j = j0; j < jEnd; j += width)
                {
                    Unpack(kernel, weight, j, run / unit, count / unit, panel + panelBytes, panel);
                    Multiply(tile0, tileEnd, j, run, count, panel);
                }
            }
            if (activation == ActivationKind.None) return;
            for (int i = tile0 * TileRows; i < Math.Min(tileEnd * TileRows, m); i++)
            {
                Span<float> row = new(y + i * yStride + j0, jEnd - j0);
                Activations.Forward(activation, row, row);
            }
        }

        /// <summary>All rows of the part times one panel.</summary>
        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Multiply(int tile, int tileEnd, int j, int run, int count, byte* panel)
        {
            float* acc = stackalloc float[TileRows * 32];
            int width = kernel.Width, columns = Math.Min(width, weight->Rows - j), runs = weight->Columns / BlockActivations.RunLength;
            bool first = run == 0, last = run + count == runs;
            float* add = last && bias != null ? bias + j : null;
            nint runBytes = ActivationBytes(kernel.Steps);
            for (byte* a = x + ((nint)tile * runs + run) * runBytes; tile < tileEnd; tile++, a += runs * runBytes)
            {
                int rows = Math.Min(TileRows, m - tile * TileRows);
                float* c = y + tile * TileRows * yStride + j;
                if (first) new Span<float>(acc, TileRows * width).Clear();
                else
                    for (int i = 0; i < rows; i++) Copy(c + i * yStride, null, acc + i * width, columns);
                // What this tile will write and the next one will read come from afar.
                for (int i = 0; i < rows; i++) MatMul.Prefetch(c + i * yStride);
                if (!first)
                    for (int i = TileRows; i < Math.Min(2 * TileRows, m - tile * TileRows); i++) MatMul.Prefetch(c + i * yStride);
                kernel.Tile(count, a, panel, acc);
                for (int i = 0; i < rows; i++) Copy(acc + i * width, add, c + i * yStride, columns);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Copy(float* source, float* add, float* target, int count)
        {
            int j = 0;
            for (; j <= count - 8; j += 8)
            {
                Vector256<float> v = Vector256.Load(source + j);
                if (add != null) v += Vector256.Load(add + j);
                v.Store(target + j);
            }
            for (; j < count; j++) target[j] = source[j] + (add != null ? add[j] : 0);
        }
    }

    private static int Pieces(int value, int unit) => (value + unit - 1) / unit;

    private static int Align(int value, int unit) => Pieces(value, unit) * unit;
}
