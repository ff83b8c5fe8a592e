using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Attention
{
    private const int ForwardRows = 256;

    private static void ForwardWith<V>(in Arguments x) where V : struct, IVec<V>
    {
        AttentionShape s = x.S;
        if (s.QueryLength <= DecodeQueries)
        {
            DecodeWith<V>(x);
            return;
        }
        // A part is one block of queries of one head. Larger blocks pack the keys less often, as long as every thread has some parts. (Results do
        // not depend on the block in which a query stands.)
        int heads = s.Batch * s.Heads;
        int rows = (int)Math.Clamp((long)s.QueryLength * heads / (12 * WorkerTeam.Threads) / 64 * 64, 64, ForwardRows);
        int blocks = (s.QueryLength + rows - 1) / rows;
        WorkerTeam.Run(new ForwardJob<V>(x, heads, blocks, rows), heads * blocks);
    }

    /// <summary>Keys that are worked on together where there are many queries; chunks are counted from the first key.</summary>
    internal static int KeyChunk(int headDim) =>
        Vec512.IsSupported ? KeyChunk<Vec512>(headDim) :
        Vec256.IsSupported ? KeyChunk<Vec256>(headDim) :
        Vec128.IsSupported ? KeyChunk<Vec128>(headDim) :
        KeyChunk<VecPortable>(headDim);

    private static int KeyChunk<V>(int headDim) where V : struct, IVec<V> =>
        AttentionTile.RoundUp(Math.Clamp(32768 / AttentionTile.RoundUp(headDim, V.Count), 128, 512), AttentionTile.Panel<V>());

    private readonly struct ForwardJob<V>(Arguments x, int heads, int blocks, int blockRows) : IPartJob where V : struct, IVec<V>
    {
        private const int Rows = AttentionTile.Rows;

        public void Run(int part)
        {
            // The last block of queries sees the most keys under a causal mask: it goes first, so that the parts end together.
            int block = blocks - 1 - part / heads, head = part % heads, b = head / x.S.Heads;
            AttentionShape s = x.SequenceShape(b);
            int h = head % s.Heads, kv = h / (s.Heads / s.KeyValueHeads);
            int i0 = block * blockRows, rows = Math.Min(blockRows, s.QueryLength - i0), paddedRows = AttentionTile.RoundUp(rows, Rows);

            int depth = s.HeadDim, width = AttentionTile.RoundUp(depth, V.Count), panel = AttentionTile.Panel<V>();
            int begin = s.KeyFrom(i0), end = s.KeyTo(i0 + rows - 1);
            int chunk = KeyChunk<V>(depth);
            int most = Math.Min(chunk, AttentionTile.RoundUp(s.KeyLength, panel)), scoreRow = most + 16;

            float* keys = AttentionScratch.ForPart((long)most * (depth + width) + (paddedRows + Rows) * (width + 2) + Rows * scoreRow + 64);
            float* values = keys + AttentionTile.RoundUp(most * depth, 16); // keys: panels of K^T; values: (most, width)
            float* scores = values + (nint)most * width;                    // (8, scoreRow)
            float* query = scores + Rows * scoreRow;                        // (8, width), scaled
            float* sums = query + Rows * width;                             // (paddedRows, width), the output before it is normalised
            float* max = sums + (nint)paddedRows * width;                   // (paddedRows), in units of log 2
            float* total = max + paddedRows;                                // (paddedRows)
            new Span<float>(max, paddedRows).Fill(float.NegativeInfinity);
            new Span<float>(total, paddedRows).Clear();
            new Span<float>(sums, paddedRows * width).Clear();
            float* firstQuery = x.Q + x.QueryAt(b, h, i0), firstOutput = x.Output + x.OutputAt(b, h, i0);

            // Chunks start at multiples of their size, so that a row's result does not depend on the block it is in.
            for (int c0 = begin / chunk * chunk; c0 < end; c0 += chunk)
            {
                int count = Math.Min(chunk, end - c0), packed = Math.Max(begin - c0, 0) / panel * panel;
                float* chunkKeys = x.K + x.KeyAt(b, kv, c0), chunkValues = x.V + x.ValueAt(b, kv, c0);
                for (int r = 0; r < rows; r += Rows)
                {
                    int used = Math.Min(Rows, rows - r), i = i0 + r;
                    int first = Math.Max(s.KeyFrom(i) - c0, 0), last = Math.Min(s.KeyTo(i + used - 1) - c0, count);
                    if (first >= last) continue;
                    int tileFrom = first / panel * panel, tileTo = AttentionTile.RoundUp(last, AttentionTile.Unit<V>());
                    if (packed < last)
                    {
                        int more = Math.Min(AttentionTile.RoundUp(last, panel), count) - packed;
                        AttentionTile.PackTransposed(chunkKeys + packed * s.KeyRowStride, s.KeyRowStride, more, depth, keys + (nint)packed * depth, panel);
                        AttentionTile.PackRows<V>(chunkValues + packed * s.ValueRowStride, s.ValueRowStride, more, depth, 1f, values + (nint)packed * width, more, width);
                        packed += more;
                    }
                    AttentionTile.PackRows<V>(firstQuery + r * s.QueryRowStride, s.QueryRowStride, used, depth, x.QueryFactor, query, Rows, width);
                    AttentionTile.PrefetchRows(chunkKeys, s.KeyRowStride, last + panel, end - c0, depth);
                    for (int j = tileFrom; j < tileTo; j += panel)
                        AttentionTile.Multiply<V>(query, width, 1, keys + (nint)j * depth, panel, scores + j, scoreRow, depth, Math.Min(panel, tileTo - j), false);
                    AttentionTile.PrefetchRows(chunkValues, s.ValueRowStride, last + panel, end - c0, depth);
                    for (int u = 0; u < used; u++)
                    {
                        float* row = scores + u * scoreRow;
                        if (s.SoftCap > 0f) CapRow<V>(row + tileFrom, tileTo - tileFrom, s.SoftCap, null);
                        BiasAndMask<V>(row, tileFrom, tileTo, s.KeyFrom(i + u) - c0, s.KeyTo(i + u) - c0, x.BiasAt(b, h, i + u, c0), x.MaskAt(b, c0));
                    }
                    for (int u = 0; u < Rows; u += 4) // with the padding rows: they do no harm
                        SoftmaxRows(scores + u * scoreRow + tileFrom, scoreRow, tileTo - tileFrom, max + r + u, total + r + u, sums + (nint)(r + u) * width, width);
                    if (s.Dropout > 0f)
                        for (int u = 0; u < used; u++) Drop(scores + u * scoreRow, first, last, b, h, i + u, c0);
                    AttentionTile.PrefetchRows(firstQuery, s.QueryRowStride, r + 2 * Rows, rows, depth);
                    AttentionTile.PrefetchRows(firstOutput, s.OutputRowStride, r, rows, depth);
                    AttentionTile.Multiply<V>(scores + first, scoreRow, 1, values + (nint)first * width, width, sums + (nint)r * width, width, last - first, width, true);
                }
            }

            for (int r = 0; r < rows; r++)
            {
                float factor = total[r] == 0f ? 0f : 1f / total[r];
                AttentionTile.Unpack<V>(sums + (nint)r * width, width, 1, depth, factor, firstOutput + (nint)r * s.OutputRowStride, 0, false);
                if (x.LogSumExp != null) x.LogSumExp[x.StatisticAt(b, h, i0 + r)] = (max[r] + MathF.Log2(total[r])) * AttentionMath.Ln2;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Drop(float* row, int first, int last, int b, int h, int i, int c0)
        {
            float* factors = stackalloc float[64];
            (uint key0, uint key1) = AttentionMath.RowKeys(x.S.DropoutSeed, b, h, i);
            for (int j = first; j < last; j += 64)
            {
                int n = Math.Min(64, last - j), t = 0;
                AttentionMath.DropoutFactors(key0, key1, c0 + j, n, x.S.Dropout, factors);
                for (; t + V.Count <= n; t += V.Count) (V.Load(row + j + t) * V.Load(factors + t)).Store(row + j + t);
                for (; t < n; t++) row[j + t] *= factors[t];
            }
        }

        /// <summary>
        /// Four rows at a time, for the sake of latency: scores = 2^(scores - new maximum). The running maximum and total take these scores in, and
        /// the running sums (4, width) are scaled to the new maximum.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void SoftmaxRows(float* scores, nint scoreRow, int count, float* max, float* total, float* sums, int width)
        {
            float* s0 = scores, s1 = s0 + scoreRow, s2 = s1 + scoreRow, s3 = s2 + scoreRow;
            V m0 = V.Create(max[0]), m1 = V.Create(max[1]), m2 = V.Create(max[2]), m3 = V.Create(max[3]);
            for (nint j = 0; j < count; j += V.Count)
            {
                m0 = V.Max(m0, V.Load(s0 + j));
                m1 = V.Max(m1, V.Load(s1 + j));
                m2 = V.Max(m2, V.Load(s2 + j));
                m3 = V.Max(m3, V.Load(s3 + j));
            }
            float n0 = V.HorizontalMax(m0), n1 = V.HorizontalMax(m1), n2 = V.HorizontalMax(m2), n3 = V.HorizontalMax(m3);
            // What calls functions comes before the loop: no vector register keeps its value across a call, so the sums would live in memory.
            Rescale(max[0], n0, ref total[0], sums, width);
            Rescale(max[1], n1, ref total[1], sums + width, width);
            Rescale(max[2], n2, ref total[2], sums + 2 * width, width);
            Rescale(max[3], n3, ref total[3], sums + 3 * width, width);
            max[0] = n0;
            max[1] = n1;
            max[2] = n2;
            max[3] = n3;
            m0 = V.Create(Shift(n0));
            m1 = V.Create(Shift(n1));
            m2 = V.Create(Shift(n2));
            m3 = V.Create(Shift(n3));
            V t0 = V.Create(0f), t1 = t0, t2 = t0, t3 = t0;
            for (nint j = 0; j < count; j += V.Count)
            {
                // One after the other: held together they would not fit into 16 registers.
                V p = AttentionMath.Exp2(V.Load(s0 + j) - m0);
                p.Store(s0 + j);
                t0 += p;
                p = AttentionMath.Exp2(V.Load(s1 + j) - m1);
                p.Store(s1 + j);
                t1 += p;
                p = AttentionMath.Exp2(V.Load(s2 + j) - m2);
                p.Store(s2 + j);
                t2 += p;
                p = AttentionMath.Exp2(V.Load(s3 + j) - m3);
                p.Store(s3 + j);
                t3 += p;
            }
            total[0] += V.Sum(t0);
            total[1] += V.Sum(t1);
            total[2] += V.Sum(t2);
            total[3] += V.Sum(t3);
        }

        /// <summary>While nothing is visible, -inf - 0 keeps every probability at 0 where -inf - -inf would be NaN.</summary>
        private static float Shift(float max) => max == float.NegativeInfinity ? 0f : max;

        /// <summary>Scales what a row has summed up so far to a risen maximum; before its first score there is nothing.</summary>
        private static void Rescale(float before, float now, ref float total, float* sums, int width)
        {
            if (before == now || before == float.NegativeInfinity) return;
            float factor = AttentionMath.Exp2(before - now);
            total *= factor;
            V f = V.Create(factor);
            for (int c = 0; c < width; c += V.Count) (V.Load(sums + c) * f).Store(sums + c);
        }
    }

    private static void ProbabilitiesWith<V>(in Arguments x) where V : struct, IVec<V> =>
        WorkerTeam.Run(new ProbabilitiesJob<V>(x), x.S.Batch * x.S.Heads);

    /// <summary>One part is one head.</summary>
    private readonly struct ProbabilitiesJob<V>(Arguments x) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            int b = part / x.S.Heads, h = part % x.S.Heads;
            AttentionShape s = x.SequenceShape(b);
            float* query = AttentionScratch.ForPart(s.HeadDim);
            for (int i = 0; i < s.QueryLength; i++)
            {
                float* row = x.Output + x.StatisticAt(b, h, i) * s.KeyLength;
                int first = s.KeyFrom(i), last = Math.Max(first, s.KeyTo(i));
                QueryScores<V>(x, query, b, h, i, 0, first, last, row);
                (_, float total) = ExponentialRow<V>(row + first, last - first);
                float factor = total == 0f ? 0f : 1f / total;
                for (int j = 0; j < s.KeyLength; j++) row[j] = j < first || j >= last ? 0f : row[j] * factor;
            }
        }
    }
}
