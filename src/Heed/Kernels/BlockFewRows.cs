namespace Heed.Kernels;

/// <summary>Products of few rows with a weight in blocks: the weight is read once, from memory, for all rows.</summary>
internal static unsafe class BlockFewRows
{
    /// <summary>Below this many bytes times rows the fork-join of the team costs more than it brings.</summary>
    private const long InlineWork = 24 * 1024;

    /// <summary>Columns of 8 rows that a part sets side by side at a time: they stay in the first cache.</summary>
    private const int TileColumns = 1024;

    /// <summary>y = act(x · weightᵀ + bias) with given instructions; arguments as in <see cref="BlockProduct.Multiply"/>, checked.</summary>
    public static void Multiply(BlockLanes lanes, int m, float* x, nint xStride, BlockWeight weight, float* y, nint yStride, float* bias, ActivationKind activation)
    {
        int columns = weight.Columns;
        // What the matrices read: records of quantised rows, rows of floats as they are, rows of floats in pairs.
        bool records = false, plain = false, pairs = false;
        foreach (BlockMatrix part in weight.Parts)
        {
            records |= !part.Type.IsPlain();
            plain |= part.Type == BlockType.F32;
            pairs |= part.Type is BlockType.F16 or BlockType.BF16;
        }
        nint recordBytes = columns / BlockActivations.RunLength * BlockActivations.RunBytes, floatBytes = BlockPlain.Padded(columns) * 4;
        byte* memory = BlockScratch.Activations(m * ((records ? recordBytes : 0) + (plain ? floatBytes : 0) + (pairs ? floatBytes : 0)) + 64);
        FewRowsJob job = new()
        {
            Lanes = lanes,
            M = m,
            Columns = columns,
            Parts = weight.Table,
            Ranges = weight.Ranges,
            Records = memory,
            Floats = memory + (records ? m * recordBytes : 0),
            Y = y,
            YStride = yStride,
            Bias = bias,
            Activation = activation,
        };
        job.Pairs = job.Floats + (plain ? m * floatBytes : 0);
        for (int i = 0; i < m; i++)
        {
            float* row = x + i * xStride;
            if (records) BlockActivations.Quantize(columns, row, job.Records + i * recordBytes);
            if (plain) BlockPlain.Prepare(BlockType.F32, columns, row, (float*)(job.Floats + i * floatBytes));
            if (pairs) BlockPlain.Prepare(BlockType.BF16, columns, row, (float*)(job.Pairs + i * floatBytes));
        }
        if (weight.Bytes * m < InlineWork)
            for (int part = 0; part < weight.RangeCount; part++) job.Run(part);
        else WorkerTeam.Run(job, weight.RangeCount);
    }

    private struct FewRowsJob : IPartJob
    {
        public BlockLanes Lanes;
        public int M, Columns;
        public BlockMatrix* Parts;
        public RowRange* Ranges;
        public byte* Records, Floats, Pairs; // (m, columns) as records of runs, floats, and floats in pairs
        public float* Y;
        public nint YStride;
        public float* Bias;
        public ActivationKind Activation;

        public readonly void Run(int part)
        {
            RowRange* range = Ranges + part;
            BlockMatrix* matrix = Parts + range->Matrix;
            if (!matrix->Type.IsPlain()) Quantised(range, matrix);
            else BlockPlain.Multiply(matrix->Type, M, Columns, (float*)(matrix->Type == BlockType.F32 ? Floats : Pairs), matrix->Row(range->Row), range->Rows, Y + range->Output, YStride);
            for (int i = 0; i < M; i++)
            {
                Span<float> y = new(Y + i * YStride + range->Output, range->Rows);
                if (Bias != null)
                    for (int r = 0; r < y.Length; r++) y[r] += Bias[range->Output + r];
                if (Activation != ActivationKind.None) Activations.Forward(Activation, y, y);
            }
        }

        private readonly void Quantised(RowRange* range, BlockMatrix* matrix)
        {
            BlockType type = matrix->Type;
            ref readonly BlockRows kernel = ref BlockRows.For(type, Lanes);
            int length = type.BlockLength(), units = Columns / length, tileUnits = TileColumns / length;
            nint xStride = Columns / BlockActivations.RunLength * BlockActivations.RunBytes;
            long scaleBytes = BlockWeight.GroupScaleBytes(type, Columns), groupBytes = BlockWeight.GroupBytes(type, Columns);
            byte* tileScales = BlockScratch.Tile(M * 32 + tileUnits * (kernel.ScaleBytes + kernel.UnitBytes) + 128);
            byte* tileRuns = (byte*)(((nint)tileScales + tileUnits * kernel.ScaleBytes + 63) & ~63);
            float* sums = (float*)(tileRuns + tileUnits * kernel.UnitBytes);
            int first = 0;
            if (M == 1 && range->Interleaved != null)
            {
                // The sums of whole groups stand where the output has them.
                first = range->Rows / 8;
                new Span<float>(Y + range->Output, 8 * first).Clear();
                kernel.Multiply(1, first, (nint)groupBytes, units, range->Interleaved, range->Interleaved + scaleBytes, Records, xStride, Y + range->Output);
            }
            for (int g = first; g < range->Groups; g++)
            {
                new Span<float>(sums, 8 * M).Clear();
                if (range->Interleaved != null)
                {
                    byte* group = range->Interleaved + g * groupBytes;
                    kernel.Multiply(M, 1, 0, units, group, group + scaleBytes, Records, xStride, sums);
                }
                else
                {
                    for (int u = 0; u < units; u += tileUnits)
                    {
                        int count = Math.Min(tileUnits, units - u);
                        BlockWeight.Interleave(matrix, range->Row + 8 * g, u, count, tileScales, tileRuns);
                        kernel.Multiply(M, 1, 0, count, tileScales, tileRuns, Records + (nint)u * (length / BlockActivations.RunLength) * BlockActivations.RunBytes, xStride, sums);
                    }
                }
                int valid = Math.Min(8, range->Rows - 8 * g);
                for (int i = 0; i < M; i++)
                    new ReadOnlySpan<float>(sums + 8 * i, valid).CopyTo(new(Y + i * YStride + range->Output + 8 * g, valid));
            }
        }
    }
}
