using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Attention
{
    private const int BackwardRows = 64;

    private static void BackwardWith<V>(in Arguments x) where V : struct, IVec<V>
    {
        AttentionShape s = x.S;
        // A part owns the keys of one segment of one key/value head, so dk and dv need no sharing. With few heads the keys are cut into several
        // segments, each with its own partial dq, and these are added in order afterwards. Heads and sequences that share a bias with a gradient
        // have one owner, which takes them in order: nobody else adds to this part of dBias.
        int sequences = x.GradBias == null ? s.Batch : s.BiasSequences, shared = x.GradBias == null || s.BiasHeadStride > 0 ? 1 : s.KeyValueHeads;
        int owners = sequences * (s.KeyValueHeads / shared);
        int segments = owners >= 8 ? 1 : Math.Clamp((s.KeyLength + 63) / 64, 1, (8 + owners - 1) / owners);
        int segmentKeys = AttentionTile.RoundUp((s.KeyLength + segments - 1) / segments, 64);
        segments = Math.Max(1, (s.KeyLength + segmentKeys - 1) / Math.Max(segmentKeys, 1));
        long size = (long)s.Batch * s.QueryLength * s.Heads * s.HeadDim;
        float* partial = segments == 1 ? null : AttentionScratch.ForCall(segments * size); // (segments, B, Tq, H * D)
        WorkerTeam.Run(new BackwardJob<V>(x, partial, size, segmentKeys, sequences, shared), segments * owners);
        if (segments > 1) WorkerTeam.Run(new AddPartialJob<V>(x, partial, size, segments), s.Batch * s.QueryLength);
    }

    /// <summary>One part is one row of dq.</summary>
    private readonly struct AddPartialJob<V>(Arguments x, float* partial, long size, int segments) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            AttentionShape s = x.S;
            int width = s.Heads * s.HeadDim;
            float* target = x.GradQ + x.QueryAt(part / s.QueryLength, 0, part % s.QueryLength);
            for (int g = 0; g < segments; g++)
                AttentionTile.Unpack<V>(partial + g * size + (nint)part * width, width, 1, width, 1f, target, 0, g > 0);
        }
    }

    /// <summary>One part is one segment of the keys of <c>shared</c> key/value heads of every <c>sequences</c>-th sequence.</summary>
    private readonly struct BackwardJob<V>(Arguments x, float* partial, long size, int segmentKeys, int sequences, int shared) : IPartJob where V : struct, IVec<V>
    {
        private const int Rows = AttentionTile.Rows;

        public void Run(int part)
        {
            int groups = x.S.KeyValueHeads / shared, segment = part / (sequences * groups), owner = part % (sequences * groups);
            for (int b = owner / groups; b < x.S.Batch; b += sequences)
                for (int kv = owner % groups * shared, to = kv + shared; kv < to; kv++) Head(segment, b, kv);
        }

        /// <summary>Gradients of the keys of one segment of one key/value head.</summary>
        private void Head(int segment, int b, int kv)
        {
            AttentionShape s = x.SequenceShape(b);
            int group = s.Heads / s.KeyValueHeads;
            int begin = segment * segmentKeys, end = Math.Min(s.KeyLength, begin + segmentKeys);

            int depth = s.HeadDim, width = AttentionTile.RoundUp(depth, V.Count), panel = AttentionTile.Panel<V>();
            int chunk = AttentionTile.RoundUp(Math.Min(Math.Clamp(16384 / width, 64, 256), Math.Max(end - begin, 1)), Math.Max(panel, Rows));
            Buffers buffers = new(chunk, depth, width);

            // Without partial results the gradient goes straight to dq.
            float* gradQ = partial == null ? x.GradQ : partial + segment * size;
            nint gradRow = partial == null ? s.QueryRowStride : s.Heads * depth;
            nint gradBatch = partial == null ? s.QueryBatchStride : (nint)s.QueryLength * s.Heads * depth;

            int c0 = begin;
            do
            {
                int count = Math.Min(chunk, end - c0), packed = 0, padded = AttentionTile.RoundUp(count, Rows) * width;
                new Span<float>(buffers.GradKeys, padded).Clear();
                new Span<float>(buffers.GradValues, padded).Clear();
                for (int h = kv * group; h < (kv + 1) * group; h++)
                {
                    for (int i0 = 0; i0 < s.QueryLength; i0 += BackwardRows)
                    {
                        int rows = Math.Min(BackwardRows, s.QueryLength - i0), last = Math.Min(s.KeyTo(i0 + rows - 1) - c0, count);
                        float* target = gradQ + b * gradBatch + i0 * gradRow + h * depth;
                        if (Math.Max(s.KeyFrom(i0) - c0, 0) < last)
                        {
                            if (packed < last)
                            {
                                int to = Math.Min(AttentionTile.RoundUp(last, panel), count);
                                PackKeys(buffers, b, kv, c0, packed, to);
                                packed = to;
                            }
                            Block(buffers, b, h, i0, rows, c0, count, target, gradRow);
                            AttentionTile.Unpack<V>(buffers.GradQueries, width, rows, depth, s.Scale, target, gradRow, c0 > begin);
                        }
                        else if (c0 == begin)
                        {
                            for (int r = 0; r < rows; r++) new Span<float>(target + r * gradRow, depth).Clear();
                        }
                    }
                }
                AttentionTile.Unpack<V>(buffers.GradKeys, width, count, depth, x.KeyGradientFactor, x.GradK + x.KeyAt(b, kv, c0), s.KeyRowStride, false);
                AttentionTile.Unpack<V>(buffers.GradValues, width, count, depth, 1f, x.GradV + x.ValueAt(b, kv, c0), s.ValueRowStride, false);
                c0 += chunk;
            }
            while (c0 < end);
        }

        /// <summary>The scratch of one part. Everything is row-major; key and value panels are transposed.</summary>
        private readonly struct Buffers
        {
            internal readonly int ScoreRow;
            internal readonly float* KeyPanels, ValuePanels, Keys, GradKeys, GradValues, Queries, GradOutputs, GradQueries, Scores, GradScores, Delta, Shift, Factors, Slopes;

            internal Buffers(int chunk, int depth, int width)
            {
                ScoreRow = chunk + 16; // not a power of two: columns of it would fall into few cache sets
                float* next = AttentionScratch.ForPart((long)chunk * (2 * depth + 3 * width + 2) + BackwardRows * (3 * width + 2 * ScoreRow + 2) + 256);
                KeyPanels = Take(ref next, chunk * depth);
                ValuePanels = Take(ref next, chunk * depth);
                Keys = Take(ref next, chunk * width);
                GradKeys = Take(ref next, chunk * width);
                GradValues = Take(ref next, chunk * width);
                Queries = Take(ref next, BackwardRows * width);     // times QueryFactor
                GradOutputs = Take(ref next, BackwardRows * width);
                GradQueries = Take(ref next, BackwardRows * width); // dq / scale
                Scores = Take(ref next, BackwardRows * ScoreRow);     // scores, then probabilities (dropped and scaled)
                GradScores = Take(ref next, BackwardRows * ScoreRow); // their gradient
                Delta = Take(ref next, BackwardRows);
                Shift = Take(ref next, BackwardRows);
                Factors = Take(ref next, chunk); // of dropout, for one row of scores
                Slopes = Take(ref next, chunk);  // of the soft cap, for one row of scores

                static float* Take(ref float* next, int count)
                {
                    float* taken = next;
                    next += AttentionTile.RoundUp(count, 16);
                    return taken;
                }
            }
        }

        /// <summary>Packs keys [from, to) of the chunk; from is a multiple of the panel.</summary>
        private void PackKeys(in Buffers t, int b, int kv, int c0, int from, int to)
        {
            AttentionShape s = x.S;
            int depth = s.HeadDim, width = AttentionTile.RoundUp(depth, V.Count), panel = AttentionTile.Panel<V>();
            float* keys = x.K + x.KeyAt(b, kv, c0 + from), values = x.V + x.ValueAt(b, kv, c0 + from);
            AttentionTile.PackTransposed(keys, s.KeyRowStride, to - from, depth, t.KeyPanels + (nint)from * depth, panel);
            AttentionTile.PackTransposed(values, s.ValueRowStride, to - from, depth, t.ValuePanels + (nint)from * depth, panel);
            AttentionTile.PackRows<V>(keys, s.KeyRowStride, to - from, depth, 1f, t.Keys + (nint)from * width, to - from, width);
        }

        /// <summary>Up to 64 queries of one head against one chunk of keys: adds to GradKeys and GradValues, sets GradQueries.</summary>
        private void Block(in Buffers t, int b, int h, int i0, int rows, int c0, int count, float* target, nint targetRow)
        {
            AttentionShape s = x.SequenceShape(b);
            int depth = s.HeadDim, width = AttentionTile.RoundUp(depth, V.Count), panel = AttentionTile.Panel<V>();
            int paddedRows = AttentionTile.RoundUp(rows, Rows), strips = paddedRows / Rows, scoreRow = t.ScoreRow;
            AttentionTile.PackRows<V>(x.Q + x.QueryAt(b, h, i0), s.QueryRowStride, rows, depth, x.QueryFactor, t.Queries, paddedRows, width);
            AttentionTile.PackRows<V>(x.GradOutput + x.OutputAt(b, h, i0), s.OutputRowStride, rows, depth, 1f, t.GradOutputs, paddedRows, width);
            for (int r = 0; r < rows; r++)
            {
                if (r + AttentionTile.Ahead < rows) AttentionTile.Prefetch(x.Output + x.OutputAt(b, h, i0 + r + AttentionTile.Ahead), depth);
                t.Delta[r] = Dot(x.Output + x.OutputAt(b, h, i0 + r), x.GradOutput + x.OutputAt(b, h, i0 + r), depth);
                float logSumExp = x.LogSumExp[x.StatisticAt(b, h, i0 + r)];
                // A query that sees nothing: 2^(score - +inf) = 0.
                t.Shift[r] = logSumExp == float.NegativeInfinity ? float.PositiveInfinity : logSumExp * AttentionMath.Log2E;
            }

            int kv = h / (s.Heads / s.KeyValueHeads);
            float* keysAhead = x.K + x.KeyAt(b, kv, c0), valuesAhead = x.V + x.ValueAt(b, kv, c0);
            int* firsts = stackalloc int[BackwardRows / Rows], lasts = stackalloc int[BackwardRows / Rows];
            for (int strip = 0; strip < strips; strip++)
            {
                int r = strip * Rows, used = Math.Min(Rows, rows - r), i = i0 + r;
                int first = Math.Clamp(s.KeyFrom(i) - c0, 0, count), last = Math.Clamp(s.KeyTo(i + used - 1) - c0, first, count);
                firsts[strip] = first;
                lasts[strip] = last;
                float* scores = t.Scores + r * scoreRow, gradScores = t.GradScores + r * scoreRow;
                // What the next block reads, and what this one and the chunk will write.
                AttentionTile.PrefetchRows(x.Q + x.QueryAt(b, h, i0), s.QueryRowStride, BackwardRows + r, s.QueryLength - i0, depth);
                AttentionTile.PrefetchRows(x.GradOutput + x.OutputAt(b, h, i0), s.OutputRowStride, BackwardRows + r, s.QueryLength - i0, depth);
                AttentionTile.PrefetchRows(target, targetRow, r, rows, depth);
                if (first < last)
                {
                    int tileFrom = first / panel * panel, tileTo = AttentionTile.RoundUp(last, AttentionTile.Unit<V>());
                    for (int j = tileFrom; j < tileTo; j += panel)
                    {
                        int wide = Math.Min(panel, tileTo - j);
                        AttentionTile.Multiply<V>(t.Queries + r * width, width, 1, t.KeyPanels + (nint)j * depth, panel, scores + j, scoreRow, depth, wide, false);
                        AttentionTile.Multiply<V>(t.GradOutputs + r * width, width, 1, t.ValuePanels + (nint)j * depth, panel, gradScores + j, scoreRow, depth, wide, false);
                    }
                    AttentionTile.PrefetchRows(keysAhead, s.KeyRowStride, last + BackwardRows, count, depth);
                    AttentionTile.PrefetchRows(valuesAhead, s.ValueRowStride, last + BackwardRows, count, depth);
                    for (int u = 0; u < used; u++)
                    {
                        float* row = scores + u * scoreRow, gradRow = gradScores + u * scoreRow;
                        int rowFirst = s.KeyFrom(i + u) - c0, rowLast = s.KeyTo(i + u) - c0;
                        if (s.SoftCap > 0f) CapRow<V>(row + tileFrom, tileTo - tileFrom, s.SoftCap, t.Slopes);
                        BiasAndMask<V>(row, tileFrom, tileTo, rowFirst, rowLast, x.BiasAt(b, h, i + u, c0), x.MaskAt(b, c0));
                        if (s.Dropout > 0f)
                        {
                            (uint key0, uint key1) = AttentionMath.RowKeys(s.DropoutSeed, b, h, i + u);
                            AttentionMath.DropoutFactors(key0, key1, c0 + tileFrom, tileTo - tileFrom, s.Dropout, t.Factors);
                            GradientRowDropped(row + tileFrom, gradRow + tileFrom, t.Factors, tileTo - tileFrom, t.Shift[r + u], t.Delta[r + u]);
                        }
                        else
                        {
                            GradientRow(row + tileFrom, gradRow + tileFrom, tileTo - tileFrom, t.Shift[r + u], t.Delta[r + u]);
                        }
                        if (x.GradBias != null) AddRow(gradRow, Math.Max(rowFirst, 0), Math.Min(rowLast, count), x.GradBiasAt(b, h, i + u, c0));
                        if (s.SoftCap > 0f) MultiplyRow(gradRow + tileFrom, tileTo - tileFrom, t.Slopes);
                    }
                    ClearTile(scores + tileFrom, gradScores + tileFrom, scoreRow, used, tileTo - tileFrom);
                }
                else
                {
                    // The products below take eight keys at a time and may touch those beside the empty range.
                    ClearTile(scores + first / Rows * Rows, gradScores + first / Rows * Rows, scoreRow, 0, Rows);
                }
                AttentionTile.PrefetchRows(x.Output + x.OutputAt(b, h, i0), s.OutputRowStride, BackwardRows + r, s.QueryLength - i0, depth);
                // dq = ds k; a depth of 0 writes zeros.
                AttentionTile.Multiply<V>(gradScores + first, scoreRow, 1, t.Keys + (nint)first * width, width, t.GradQueries + r * width, width, last - first, width, false);
            }

            // dv += p^T do and dk += ds^T q for eight keys at a time, over the strips that see any of them: firsts and lasts never fall.
            int stripFrom = 0, stripTo = 0;
            for (int j = 0; j < count; j += Rows)
            {
                while (stripFrom < strips && lasts[stripFrom] <= j) stripFrom++;
                while (stripTo < strips && firsts[stripTo] < j + Rows) stripTo++;
                if (stripFrom >= stripTo) continue;
                int r = stripFrom * Rows, n = (stripTo - stripFrom) * Rows;
                AttentionTile.Multiply<V>(t.Scores + r * scoreRow + j, 1, scoreRow, t.GradOutputs + r * width, width, t.GradValues + (nint)j * width, width, n, width, true);
                AttentionTile.Multiply<V>(t.GradScores + r * scoreRow + j, 1, scoreRow, t.Queries + r * width, width, t.GradKeys + (nint)j * width, width, n, width, true);
            }
        }

        /// <summary>p = 2^(score - shift); grad = p * (grad - delta).</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void GradientRow(float* scores, float* grad, int count, float shift, float delta)
        {
            V minus = V.Create(shift), d = V.Create(delta);
            for (int j = 0; j < count; j += V.Count)
            {
                V p = AttentionMath.Exp2(V.Load(scores + j) - minus);
                p.Store(scores + j);
                (p * (V.Load(grad + j) - d)).Store(grad + j);
            }
        }

        /// <summary>The same with the dropout factors z: grad = p * (z * grad - delta), and p becomes p * z.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void GradientRowDropped(float* scores, float* grad, float* factors, int count, float shift, float delta)
        {
            V minus = V.Create(shift), d = V.Create(delta);
            for (int j = 0; j < count; j += V.Count)
            {
                V p = AttentionMath.Exp2(V.Load(scores + j) - minus), z = V.Load(factors + j);
                (p * z).Store(scores + j);
                (p * (V.Load(grad + j) * z - d)).Store(grad + j);
            }
        }

        private static void ClearTile(float* scores, float* gradScores, int scoreRow, int fromRow, int count)
        {
            for (int u = fromRow; u < Rows; u++)
            {
                new Span<float>(scores + u * scoreRow, count).Clear();
                new Span<float>(gradScores + u * scoreRow, count).Clear();
            }
        }

        /// <summary>target [first, last) += source [first, last).</summary>
        private static void AddRow(float* source, int first, int last, float* target)
        {
            int j = first;
            for (; j + V.Count <= last; j += V.Count) (V.Load(target + j) + V.Load(source + j)).Store(target + j);
            for (; j < last; j++) target[j] += source[j];
        }

        /// <summary>row *= factors; count is a multiple of the register.</summary>
        private static void MultiplyRow(float* row, int count, float* factors)
        {
            for (int j = 0; j < count; j += V.Count) (V.Load(row + j) * V.Load(factors + j)).Store(row + j);
        }

        private static float Dot(float* a, float* b, int count)
        {
            V sum = V.Create(0f);
            int c = 0;
            for (; c + V.Count <= count; c += V.Count) sum = V.MultiplyAdd(V.Load(a + c), V.Load(b + c), sum);
            float total = V.Sum(sum);
            for (; c < count; c++) total += a[c] * b[c];
            return total;
        }
    }
}
