namespace Heed.Kernels;

public static unsafe partial class Attention
{
    private static void CheckOptions(in AttentionShape s)
    {
        if (s.Batch < 0 || s.Heads < 0 || s.KeyValueHeads < 0 || s.QueryLength < 0 || s.KeyLength < 0 || s.HeadDim is < 1 or > MaxHeadDim || s.Window < 0)
        {
            throw new ArgumentException($"Attention sizes must not be negative and HeadDim must be in [1, {MaxHeadDim}]; given Batch {s.Batch}, Heads {s.Heads}, " +
                $"KeyValueHeads {s.KeyValueHeads}, QueryLength {s.QueryLength}, KeyLength {s.KeyLength}, HeadDim {s.HeadDim}, Window {s.Window}.");
        }
        if (s.Heads > 0 && (s.KeyValueHeads == 0 || s.Heads % s.KeyValueHeads != 0))
            throw new ArgumentException($"KeyValueHeads must divide Heads; given Heads {s.Heads}, KeyValueHeads {s.KeyValueHeads}.");
        if ((long)s.Heads * s.HeadDim > int.MaxValue)
            throw new ArgumentException($"Heads * HeadDim must be at most {int.MaxValue}; given {s.Heads} * {s.HeadDim}.");
        if (!(s.Dropout >= 0f && s.Dropout < 1f)) throw new ArgumentException($"Dropout must be in [0, 1); given {s.Dropout}.");
        if (!(s.SoftCap >= 0f && s.SoftCap < float.PositiveInfinity)) throw new ArgumentException($"SoftCap must be finite and at least 0 (off); given {s.SoftCap}.");
        if (s.BiasBatch < 0 || s.BiasBatch > 0 && s.Batch % s.BiasBatch != 0)
            throw new ArgumentException($"BiasBatch must divide Batch; given BiasBatch {s.BiasBatch}, Batch {s.Batch}.");
        if (!float.IsFinite(s.Scale)) throw new ArgumentException($"Scale must be finite; given {s.Scale}.");
    }

    private static void CheckInputs(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, ReadOnlySpan<int> firstKeys)
    {
        if (s.QueryBatchStride < 0 || s.QueryRowStride < 0 || s.KeyBatchStride < 0 || s.KeyRowStride < 0 || s.ValueBatchStride < 0 ||
            s.ValueRowStride < 0 || s.OutputBatchStride < 0 || s.OutputRowStride < 0 ||
            s.BiasBatchStride < 0 || s.BiasHeadStride < 0 || s.BiasRowStride < 0 || s.MaskBatchStride < 0)
        {
            throw new ArgumentException($"Attention strides must not be negative; given {s}.");
        }
        CheckLength(q.Length, Extent(s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, s.Heads * s.HeadDim), "q");
        CheckLength(k.Length, Extent(s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, s.KeyValueHeads * s.HeadDim), "k");
        if (!bias.IsEmpty) CheckLength(bias.Length, BiasExtent(s), "bias");
        if (!mask.IsEmpty) CheckLength(mask.Length, Extent(s.Batch, s.MaskBatchStride, 1, 0, s.KeyLength), "mask");
        if (!firstKeys.IsEmpty) CheckFirstKeys(s, firstKeys);
    }

    private static void CheckFirstKeys(in AttentionShape s, ReadOnlySpan<int> firstKeys)
    {
        CheckLength(firstKeys.Length, (long)s.Batch * s.QueryLength, "firstKeys");
        for (int b = 0; b < s.Batch; b++)
        {
            int before = 0;
            foreach (int first in firstKeys.Slice(b * s.QueryLength, s.QueryLength))
            {
                if (first < before || first > s.KeyLength) throw new ArgumentException($"First keys never fall within a sequence and are at most KeyLength {s.KeyLength}; given {first} after {before}.", nameof(firstKeys));
                before = first;
            }
        }
    }

    private static long BiasExtent(in AttentionShape s) => s.Heads == 0
        ? 0
        : (s.Heads - 1L) * s.BiasHeadStride + Extent(s.BiasBatch == 0 ? s.Batch : s.BiasBatch, s.BiasBatchStride, s.QueryLength, s.BiasRowStride, s.KeyLength);

    /// <summary>Elements of a bias that is written must be shared through strides of 0 only.</summary>
    private static void CheckGradBias(in AttentionShape s)
    {
        long row = s.KeyLength, head = Outer(s.QueryLength, s.BiasRowStride, row), batch = Outer(s.Heads, s.BiasHeadStride, head);
        if (Overlap(s.QueryLength, s.BiasRowStride, row) || Overlap(s.Heads, s.BiasHeadStride, head) || Overlap(s.BiasSequences, s.BiasBatchStride, batch))
        {
            throw new ArgumentException($"A bias with a gradient needs strides of 0 or of rows within heads within sequences that do not overlap; given batch stride " +
                $"{s.BiasBatchStride}, head stride {s.BiasHeadStride}, row stride {s.BiasRowStride} for {s.Heads} heads of {s.QueryLength} x {s.KeyLength}.");
        }

        static long Outer(int count, long stride, long inner) => stride == 0 || count < 2 ? inner : (count - 1) * stride + inner;
        static bool Overlap(int count, long stride, long inner) => count > 1 && stride != 0 && stride < inner;
    }

    /// <summary>Elements that a strided (batch, rows, width) array spans.</summary>
    private static long Extent(int batch, long batchStride, int rows, long rowStride, int width) =>
        batch == 0 || rows == 0 ? 0 : (batch - 1) * batchStride + (rows - 1) * rowStride + width;

    private static void CheckLength(int given, long expected, string name)
    {
        if (given < expected) throw new ArgumentException($"{name} has {given} elements; expected at least {expected}.", name);
    }

    /// <summary>An array that is written must also have disjoint rows.</summary>
    private static void CheckTarget(int given, int batch, long batchStride, int rows, long rowStride, int width, string name)
    {
        CheckLength(given, Extent(batch, batchStride, rows, rowStride, width), name);
        bool rowsInside = (rows <= 1 || rowStride >= width) && (batch <= 1 || batchStride >= Extent(1, 0, rows, rowStride, width));
        bool batchInside = (batch <= 1 || batchStride >= width) && (rows <= 1 || rowStride >= Extent(1, 0, batch, batchStride, width));
        if (!rowsInside && !batchInside)
        {
            throw new ArgumentException($"The rows of {name} overlap: batch stride {batchStride} and row stride {rowStride} " +
                $"for {batch} x {rows} rows of {width} elements.", name);
        }
    }
}
