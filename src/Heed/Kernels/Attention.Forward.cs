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
        // A part is one block of queries of one head. Fewer, larger blocks pack the keys less often; about 128 parts feed any machine.
        int heads = s.Batch * s.Heads;
        int rows = Math.Clamp(AttentionTile.RoundUp((int)((long)s.QueryLength * heads / 128), 64), 64, ForwardRows);
        int blocks = (s.QueryLength + rows - 1) / rows;
        WorkerTeam.Run(new ForwardJob<V>(x, heads, blocks, rows), heads * blocks);
    }

    private readonly struct ForwardJob<V>(Arguments x, int heads, int blocks, int blockRows) : IPartJob where V : struct, IVec<V>
    {
        private const int Rows = AttentionTile.Rows;

        public void Run(int part)
        {
            AttentionShape s = x.S;
            // The last block of queries sees the most keys under a causal mask: it goes first, so that the parts end together.
            int block = blocks - 1 - part / heads, head = part % heads;
            int b = head / s.Heads, h = head % s.Heads, kv = h / (s.Heads / s.KeyValueHeads);
            int i0 = block * blockRows, rows = Math.Min(blockRows, s.QueryLength - i0), paddedRows = AttentionTile.RoundUp(rows, Rows);

            int depth = s.HeadDim, width = AttentionTile.RoundUp(depth, V.Count), panel = AttentionTile.Panel<V>();
            int begin = s.KeyFrom(i0), end = s.KeyTo(i0 + rows - 1);
            int chunk = AttentionTile.RoundUp(Math.Clamp(32768 / width, 128, 512), panel);
            int most = Math.Min(chunk, AttentionTile.RoundUp(s.KeyLength, panel)), scoreRow = most + 16;

            float* keys = AttentionScratch.ForPart((long)most * (depth + width) + (long)paddedRows * (2 * width + 2) + Rows * scoreRow + 64);
            float* values = keys + AttentionTile.RoundUp(most * depth, 16); // keys: panels of K^T; values: (most, width)
            float* scores = values + (nint)most * width;                    // (8, scoreRow)
            float* queries = scores + Rows * scoreRow;                      // (paddedRows, width), scaled
            float* sums = queries + (nint)paddedRows * width;               // (paddedRows, width), the output before it is normalised
            float* max = sums + (nint)paddedRows * width;                   // (paddedRows), in units of log 2
            float* total = max + paddedRows;                                // (paddedRows)

            AttentionTile.PackRows<V>(x.Q + x.QueryAt(b, h, i0), s.QueryRowStride, rows, depth, s.Scale * AttentionMath.Log2E, queries, paddedRows, width);
            new Span<float>(max, paddedRows).Fill(float.NegativeInfinity);
            new Span<float>(total, paddedRows).Clear();
            new Span<float>(sums, paddedRows * width).Clear();

            // Chunks start at multiples of their size, so that a row's result does not depend on the block it is in.
            for (int c0 = begin / chunk * chunk; c0 < end; c0 += chunk)
            {
                int from = Math.Max(begin - c0, 0) / panel * panel, count = Math.Min(chunk, end - c0);
                AttentionTile.PackTransposed(x.K + x.KeyAt(b, kv, c0 + from), s.KeyRowStride, count - from, depth, keys + from * depth, panel);
                AttentionTile.PackRows<V>(x.V + x.ValueAt(b, kv, c0 + from), s.ValueRowStride, count - from, depth, 1f, values + from * width, count - from, width);
                for (int r = 0; r < rows; r += Rows)
                {
                    int used = Math.Min(Rows, rows - r), i = i0 + r;
                    int first = Math.Max(s.KeyFrom(i) - c0, from), last = Math.Min(s.KeyTo(i + used - 1) - c0, count);
                    if (first >= last) continue;
                    int tileFrom = first / panel * panel, tileTo = AttentionTile.RoundUp(last, panel);
                    float* query = queries + (nint)r * width;
                    for (int j = tileFrom; j < tileTo; j += panel)
                        AttentionTile.Multiply<V>(query, width, 1, keys + (nint)j * depth, panel, scores + j, scoreRow, depth, panel, false);
                    for (int u = 0; u < used; u++)
                    {
                        float* row = scores + u * scoreRow;
                        float* bias = x.BiasRow(b, h, i + u);
                        BiasAndMask<V>(row, tileFrom, tileTo, s.KeyFrom(i + u) - c0, s.KeyTo(i + u) - c0, bias == null ? null : bias + c0);
                        float correction = SoftmaxRow(row + tileFrom, tileTo - tileFrom, ref max[r + u], ref total[r + u]);
                        if (correction != 1f) Scale(sums + (nint)(r + u) * width, width, correction);
                        if (s.Dropout > 0f) Drop(row, first, last, b, h, i + u, c0);
                    }
                    AttentionTile.Multiply<V>(scores + first, scoreRow, 1, values + (nint)first * width, width, sums + (nint)r * width, width, last - first, width, true);
                }
            }

            for (int r = 0; r < rows; r++)
            {
                float factor = total[r] == 0f ? 0f : 1f / total[r];
                AttentionTile.Unpack<V>(sums + (nint)r * width, width, 1, depth, factor, x.Output + x.OutputAt(b, h, i0 + r), 0, false);
                if (x.LogSumExp != null) x.LogSumExp[x.StatisticAt(b, h, i0 + r)] = (max[r] + MathF.Log2(total[r])) * AttentionMath.Ln2;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
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

        private static void Scale(float* row, int width, float factor)
        {
            V f = V.Create(factor);
            for (int c = 0; c < width; c += V.Count) (V.Load(row + c) * f).Store(row + c);
        }

        /// <summary>
        /// scores = 2^(scores - new maximum), and the running maximum and total take these scores in. Returns the factor that earlier terms need.
        /// </summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static float SoftmaxRow(float* scores, int count, ref float max, ref float total)
        {
            V top = V.Create(max);
            for (int j = 0; j < count; j += V.Count) top = V.Max(top, V.Load(scores + j));
            float newMax = V.HorizontalMax(top);
            // While nothing is visible, -inf - 0 keeps every probability at 0 where -inf - -inf would be NaN.
            float shift = newMax == float.NegativeInfinity ? 0f : newMax;
            V minus = V.Create(shift), sum = V.Create(0f);
            for (int j = 0; j < count; j += V.Count)
            {
                V p = AttentionMath.Exp2(V.Load(scores + j) - minus);
                p.Store(scores + j);
                sum += p;
            }
            float correction = max == newMax ? 1f : max == float.NegativeInfinity ? 0f : AttentionMath.Exp2(max - shift);
            total = total * correction + V.Sum(sum);
            max = newMax;
            return correction;
        }
    }

    private static void ProbabilitiesWith<V>(in Arguments x) where V : struct, IVec<V> =>
        WorkerTeam.Run(new ProbabilitiesJob<V>(x), x.S.Batch * x.S.Heads);

    /// <summary>One part is one head.</summary>
    private readonly struct ProbabilitiesJob<V>(Arguments x) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            AttentionShape s = x.S;
            int b = part / s.Heads, h = part % s.Heads, kv = h / (s.Heads / s.KeyValueHeads);
            float* query = AttentionScratch.ForPart(s.HeadDim);
            for (int i = 0; i < s.QueryLength; i++)
            {
                float* row = x.Output + x.StatisticAt(b, h, i) * s.KeyLength;
                int first = s.KeyFrom(i), last = Math.Max(first, s.KeyTo(i));
                AttentionTile.PackRows<V>(x.Q + x.QueryAt(b, h, i), 0, 1, s.HeadDim, s.Scale * AttentionMath.Log2E, query, 1, s.HeadDim);
                ScoreRow<V>(query, x.K + x.KeyAt(b, kv, 0), s.KeyRowStride, s.HeadDim, first, last, row);
                BiasAndMask<V>(row, 0, s.KeyLength, first, last, x.BiasRow(b, h, i));
                (_, float total) = ExponentialRow<V>(row + first, last - first);
                float factor = total == 0f ? 0f : 1f / total;
                for (int j = 0; j < s.KeyLength; j++) row[j] = j < first || j >= last ? 0f : row[j] * factor;
            }
        }
    }
}
