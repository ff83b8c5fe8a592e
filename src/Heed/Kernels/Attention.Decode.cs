using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Attention
{
    /// <summary>Up to so many queries read K and V where they lie, and each gets the bits that it gets alone; more are worth packing them.</summary>
    internal const int DecodeQueries = 8;
    private const int DecodeChunk = 256;

    /// <summary>
    /// Few queries against a long cache: a part is one chunk of keys of one key/value head, for all heads of the group. Every query leaves
    /// (weighted sum of values, maximum, total) per chunk, and these are then combined in the order of the chunks.
    /// </summary>
    private static void DecodeWith<V>(in Arguments x) where V : struct, IVec<V>
    {
        AttentionShape s = x.S;
        int firstChunk = s.KeyFrom(0) / DecodeChunk, chunks = Math.Max((s.KeyLength + DecodeChunk - 1) / DecodeChunk - firstChunk, 0);
        long rows = (long)s.Batch * s.Heads * s.QueryLength;
        int record = AttentionTile.RoundUp(s.HeadDim + 2, 16);
        float* partial = AttentionScratch.ForCall(rows * chunks * record); // (B, H, Tq, chunks, record): D sums, maximum, total
        WorkerTeam.Run(new DecodeJob<V>(x, partial, record, firstChunk, chunks), s.Batch * s.KeyValueHeads * chunks);
        CombineJob<V> combine = new(x, partial, record, chunks);
        if (rows * chunks * record > 65536) WorkerTeam.Run(combine, s.Batch * s.Heads);
        else for (int i = 0; i < s.Batch * s.Heads; i++) combine.Run(i);
    }

    private readonly struct DecodeJob<V>(Arguments x, float* partial, int record, int firstChunk, int chunks) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            int chunk = part % chunks, b = part / chunks / x.S.KeyValueHeads;
            AttentionShape s = x.SequenceShape(b);
            int group = s.Heads / s.KeyValueHeads, kv = part / chunks % s.KeyValueHeads;
            int c0 = (firstChunk + chunk) * DecodeChunk, count = Math.Min(DecodeChunk, s.KeyLength - c0);
            float* scores = AttentionScratch.ForPart(2 * DecodeChunk + s.HeadDim);
            float* factors = scores + DecodeChunk;
            float* query = factors + DecodeChunk;
            float* values = x.V + x.ValueAt(b, kv, c0);
            for (int h = kv * group; h < (kv + 1) * group; h++)
            {
                for (int i = 0; i < s.QueryLength; i++)
                {
                    int first = Math.Clamp(s.KeyFrom(i) - c0, 0, count), last = Math.Clamp(s.KeyTo(i) - c0, first, count);
                    float* result = partial + (x.StatisticAt(b, h, i) * chunks + chunk) * record;
                    QueryScores<V>(x, query, b, h, i, c0, first, last, scores);
                    (result[s.HeadDim], result[s.HeadDim + 1]) = ExponentialRow<V>(scores + first, last - first);
                    if (s.Dropout > 0f)
                    {
                        (uint key0, uint key1) = AttentionMath.RowKeys(s.DropoutSeed, b, h, i);
                        AttentionMath.DropoutFactors(key0, key1, c0 + first, last - first, s.Dropout, factors);
                        for (int j = first; j < last; j++) scores[j] *= factors[j - first];
                    }
                    WeightedSum<V>(scores + first, values + (nint)first * s.ValueRowStride, s.ValueRowStride, last - first, s.HeadDim, result);
                }
            }
        }
    }

    /// <summary>One part is one head: its outputs and statistics from the partial results.</summary>
    private readonly struct CombineJob<V>(Arguments x, float* partial, int record, int chunks) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            AttentionShape s = x.S;
            int b = part / s.Heads, h = part % s.Heads, depth = s.HeadDim;
            for (int i = 0; i < s.QueryLength; i++)
            {
                float* records = partial + x.StatisticAt(b, h, i) * chunks * record;
                float* output = x.Output + x.OutputAt(b, h, i);
                (float max, float total) = Combine<V>(records, record, chunks, depth, output);
                if (x.LogSumExp != null) x.LogSumExp[x.StatisticAt(b, h, i)] = (max + MathF.Log2(total)) * AttentionMath.Ln2;
            }
        }
    }

    /// <summary>Output (D) of one query from its chunks' records (chunks, record), in their order; returns the maximum and the total.</summary>
    private static (float Max, float Total) Combine<V>(float* records, int record, int chunks, int depth, float* output) where V : struct, IVec<V>
    {
        float max = float.NegativeInfinity, total = 0f;
        for (int c = 0; c < chunks; c++) max = MathF.Max(max, records[(nint)c * record + depth]);
        float shift = max == float.NegativeInfinity ? 0f : max;
        for (int c = 0; c < chunks; c++)
            total += records[(nint)c * record + depth + 1] * AttentionMath.Exp2(records[(nint)c * record + depth] - shift);
        new Span<float>(output, depth).Clear();
        float factor = total == 0f ? 0f : 1f / total;
        for (int c = 0; c < chunks; c++)
        {
            float* one = records + (nint)c * record;
            AttentionTile.Unpack<V>(one, depth, 1, depth, AttentionMath.Exp2(one[depth] - shift) * factor, output, 0, true);
        }
        return (max, total);
    }

    /// <summary>scores[j] = query . keys[j] for j in [first, last).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreRow<V>(float* query, float* keys, nint keyRow, int depth, int first, int last, float* scores) where V : struct, IVec<V>
    {
        int whole = depth / V.Count * V.Count, j = first;
        for (; j + 4 <= last; j += 4)
        {
            float* k0 = keys + j * keyRow, k1 = k0 + keyRow, k2 = k1 + keyRow, k3 = k2 + keyRow;
            V s0 = V.Create(0f), s1 = s0, s2 = s0, s3 = s0;
            for (int d = 0; d < whole; d += V.Count)
            {
                V x = V.Load(query + d);
                s0 = V.MultiplyAdd(x, V.Load(k0 + d), s0);
                s1 = V.MultiplyAdd(x, V.Load(k1 + d), s1);
                s2 = V.MultiplyAdd(x, V.Load(k2 + d), s2);
                s3 = V.MultiplyAdd(x, V.Load(k3 + d), s3);
            }
            float t0 = V.Sum(s0), t1 = V.Sum(s1), t2 = V.Sum(s2), t3 = V.Sum(s3);
            for (int d = whole; d < depth; d++)
            {
                t0 += query[d] * k0[d];
                t1 += query[d] * k1[d];
                t2 += query[d] * k2[d];
                t3 += query[d] * k3[d];
            }
            scores[j] = t0;
            scores[j + 1] = t1;
            scores[j + 2] = t2;
            scores[j + 3] = t3;
        }
        for (; j < last; j++)
        {
            float* key = keys + j * keyRow;
            V sum = V.Create(0f);
            for (int d = 0; d < whole; d += V.Count) sum = V.MultiplyAdd(V.Load(query + d), V.Load(key + d), sum);
            float t = V.Sum(sum);
            for (int d = whole; d < depth; d++) t += query[d] * key[d];
            scores[j] = t;
        }
    }

    /// <summary>scores = 2^(scores - maximum); returns the maximum and the total.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Max, float Total) ExponentialRow<V>(float* scores, int count) where V : struct, IVec<V>
    {
        V top = V.Create(float.NegativeInfinity);
        int whole = count / V.Count * V.Count;
        for (int j = 0; j < whole; j += V.Count) top = V.Max(top, V.Load(scores + j));
        float max = V.HorizontalMax(top);
        for (int j = whole; j < count; j++) max = MathF.Max(max, scores[j]);
        float shift = max == float.NegativeInfinity ? 0f : max;
        V minus = V.Create(shift), sum = V.Create(0f);
        for (int j = 0; j < whole; j += V.Count)
        {
            V p = AttentionMath.Exp2(V.Load(scores + j) - minus);
            p.Store(scores + j);
            sum += p;
        }
        float total = V.Sum(sum);
        for (int j = whole; j < count; j++) total += scores[j] = AttentionMath.Exp2(scores[j] - shift);
        return (max, total);
    }

    /// <summary>result (D) = or += sum over j of weights[j] * values[j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum<V>(float* weights, float* values, nint valueRow, int count, int depth, float* result, bool add = false) where V : struct, IVec<V>
    {
        if (!add) new Span<float>(result, depth).Clear();
        int c = 0;
        for (; c + 4 * V.Count <= depth; c += 4 * V.Count)
        {
            float* value = values + c;
            float* to = result + c;
            V s0 = V.Load(to), s1 = V.Load(to + V.Count), s2 = V.Load(to + 2 * V.Count), s3 = V.Load(to + 3 * V.Count);
            for (int j = 0; j < count; j++, value += valueRow)
            {
                V w = V.Create(weights[j]);
                s0 = V.MultiplyAdd(w, V.Load(value), s0);
                s1 = V.MultiplyAdd(w, V.Load(value + V.Count), s1);
                s2 = V.MultiplyAdd(w, V.Load(value + 2 * V.Count), s2);
                s3 = V.MultiplyAdd(w, V.Load(value + 3 * V.Count), s3);
            }
            s0.Store(to);
            s1.Store(to + V.Count);
            s2.Store(to + 2 * V.Count);
            s3.Store(to + 3 * V.Count);
        }
        for (; c + V.Count <= depth; c += V.Count)
        {
            V sum = V.Load(result + c);
            for (int j = 0; j < count; j++) sum = V.MultiplyAdd(V.Create(weights[j]), V.Load(values + c + j * valueRow), sum);
            sum.Store(result + c);
        }
        for (; c < depth; c++)
        {
            float sum = result[c];
            for (int j = 0; j < count; j++) sum += weights[j] * values[c + j * valueRow];
            result[c] = sum;
        }
    }
}
