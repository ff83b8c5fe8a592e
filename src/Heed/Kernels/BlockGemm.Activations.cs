using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// Activations as the tiles read them: the records of BlockActivations, 6 rows interleaved.
internal static unsafe partial class BlockGemm
{
    /// <summary>Bytes that a run of six rows takes.</summary>
    private static int ActivationBytes(int steps) => (steps + 3) * GroupBytes;

    /// <summary>Packs rows for tiles: as bytes in 8 steps, or as words in 16. Rows that are missing in the last tile are zeros.</summary>
    private readonly struct ActivationJob(int m, int k, float* x, nint stride, int steps, byte* target) : IPartJob
    {
        private const int Panels = 4; // of a part

        public static int Parts(int m) => Pieces(m, Panels * TileRows);

        public void Run(int part)
        {
            int end = Math.Min((part + 1) * Panels, Pieces(m, TileRows));
            int runs = k / BlockActivations.RunLength;
            byte* records = (byte*)MatMul.PackBuffer.Local((nint)runs * BlockActivations.RunBytes / sizeof(float));
            for (int panel = part * Panels; panel < end; panel++)
            {
                byte* t = target + (nint)panel * runs * ActivationBytes(steps);
                for (int row = 0; row < TileRows; row++, t += 4)
                {
                    if (panel * TileRows + row >= m) new Span<byte>(records, runs * BlockActivations.RunBytes).Clear();
                    else BlockActivations.Quantize(k, x + (panel * TileRows + row) * stride, records);
                    Spread(records, runs, t);
                }
            }
        }

        /// <summary>One row's records to its place in every group.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Spread(byte* record, int runs, byte* t)
        {
            short* words = stackalloc short[BlockActivations.RunLength];
            for (; runs > 0; runs--, record += BlockActivations.RunBytes)
            {
                if (steps == 16)
                {
                    // Of each 4 columns the even ones in one step, the odd ones in the next, as the weights come.
                    Vector256<short> pairs = Vector256.Load((short*)record);
                    ((pairs << 8) >> 8).Store(words);
                    (pairs >> 8).Store(words + 16);
                    for (int step = 0; step < 8; step++, t += 2 * GroupBytes) (*(int*)t, *(int*)(t + GroupBytes)) = (((int*)words)[step], ((int*)words)[step + 8]);
                }
                else
                {
                    for (int step = 0; step < 8; step++, t += GroupBytes) *(int*)t = ((int*)record)[step];
                }
                *(float*)t = *(float*)(record + BlockActivations.Scale);
                *(float*)(t + GroupBytes) = *(float*)(record + BlockActivations.ScaledSum);
                // Both sums fit 16 bits: their products with the shifts of the weights are then one instruction.
                *(uint*)(t + 2 * GroupBytes) = *(ushort*)(record + BlockActivations.Sum0) | ((uint)*(ushort*)(record + BlockActivations.Sum1) << 16);
                t += 3 * GroupBytes;
            }
        }
    }
}
