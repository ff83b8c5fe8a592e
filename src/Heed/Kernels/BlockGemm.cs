namespace Heed.Kernels;

/// <summary>
/// Many rows times a weight in blocks. Plain types are widened while the float product packs them. With quantised types the activations become int8, with a scale
/// for each row and run of 32 values, and the products of a run are summed as integers, exactly.
/// </summary>
/// <remarks>
/// A row's result depends on that row and the weight alone: not on the number of rows, and not on the number of threads. It may differ between instruction
/// sets in the rounding of the float sums.
/// </remarks>
internal static unsafe partial class BlockGemm
{
    /// <summary>Bytes of packed activations at a time: they stay in the L3 cache.</summary>
    private const int ActivationsBytes = 4 * 1024 * 1024;

    /// <summary>y (m, rows) = act(x (m, columns) · weightᵀ + bias), as <see cref="BlockProduct.Multiply"/>, whose arguments it takes as checked.</summary>
    internal static void Multiply(int m, ReadOnlySpan<float> x, int xStride, BlockWeight weight, Span<float> y, int yStride, ReadOnlySpan<float> bias, ActivationKind activation)
    {
        Multiply(m, x, xStride, weight, y, yStride, bias, activation, BlockKernel.Best);
    }

    /// <summary>The product with the instructions that a test asks for.</summary>
    internal static void Multiply(int m, ReadOnlySpan<float> x, int xStride, BlockWeight weight, Span<float> y, int yStride, ReadOnlySpan<float> bias, ActivationKind activation, BlockInstructions instructions)
    {
        fixed (float* px = x, py = y, pBias = bias)
        {
            if (weight.Columns > 0) Quantized(m, px, xStride, weight, py, yStride, pBias, activation, instructions);
            int row = 0;
            foreach (BlockMatrix part in weight.Parts)
            {
                if (part.Type.IsPlain() || part.Columns == 0) MatMul.Stored(m, px, xStride, part, py + row, yStride, pBias == null ? null : pBias + row, activation);
                row += part.Rows;
            }
        }
        weight.KeepAlive();
    }

    /// <summary>All quantised parts: the activations are packed once for all that read them the same way.</summary>
    private static void Quantized(int m, float* x, nint xStride, BlockWeight weight, float* y, nint yStride, float* bias, ActivationKind activation, BlockInstructions instructions)
    {
        int k = weight.Columns;
        foreach (int steps in (ReadOnlySpan<int>)[8, 16])
        {
            nint tileBytes = (nint)(k / BlockActivations.RunLength) * ActivationBytes(steps);
            int together = (int)Math.Max(256 / TileRows, ActivationsBytes / Math.Max(1, tileBytes)) * TileRows;
            for (int i = 0; i < m; i += together)
            {
                byte* packed = null;
                int rows = Math.Min(together, m - i), row = 0;
                for (int p = 0; p < weight.Parts.Length; p++)
                {
                    BlockMatrix* part = weight.Table + p;
                    if (!part->Type.IsPlain() && part->Rows > 0)
                    {
                        BlockKernel kernel = BlockKernel.For(part->Type, instructions);
                        if (kernel.Steps == steps)
                        {
                            if (packed == null)
                            {
                                packed = (byte*)MatMul.PackBuffer.Shared(Pieces(rows, TileRows) * tileBytes / sizeof(float));
                                WorkerTeam.Run(new ActivationJob(rows, k, x + i * xStride, xStride, steps, packed), ActivationJob.Parts(rows));
                            }
                            MultiplyJob job = new(kernel, part, rows, packed, y + i * yStride + row, yStride, bias == null ? null : bias + row, activation);
                            WorkerTeam.Run(job, job.Parts);
                        }
                    }
                    row += part->Rows;
                }
            }
        }
    }
}
