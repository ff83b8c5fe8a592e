using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Attention
{
    /// <summary>
    /// The new tokens of several sequences, a few of each, attend to keys and values that lie in pages: the same arithmetic, in the same order, as
    /// <see cref="Forward"/> for up to <see cref="DecodeQueries"/> queries of one sequence over keys without gaps. A sequence's result depends on
    /// no other.
    /// </summary>
    /// <param name="s">Heads, scale, soft cap, window and the row strides of q and output; every token sees itself and those before it.</param>
    /// <param name="shape">The pages.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="pages">Addresses of all sequences' pages; 0 for one that was given back, whose tokens are not seen.</param>
    /// <param name="sequences">The sequences; their rows ascend.</param>
    /// <param name="sinks">With a window: tokens at the start of a sequence that stay visible (https://arxiv.org/abs/2309.17453).</param>
    /// <param name="q">Queries (rows, H * D).</param>
    /// <param name="output">Receives (rows, H * D).</param>
    /// <exception cref="ArgumentException">A size is out of range, or a span too short.</exception>
    public static void Paged(in AttentionShape s, in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, int sinks, ReadOnlySpan<float> q, Span<float> output)
    {
        if (Vec512.IsSupported) Paged<Vec512>(s, shape, layer, pages, sequences, sinks, q, output);
        else if (Vec256.IsSupported) Paged<Vec256>(s, shape, layer, pages, sequences, sinks, q, output);
        else if (Vec128.IsSupported) Paged<Vec128>(s, shape, layer, pages, sequences, sinks, q, output);
        else Paged<VecPortable>(s, shape, layer, pages, sequences, sinks, q, output);
    }

    /// <summary>The same with registers of one width.</summary>
    internal static void Paged<V>(in AttentionShape s, in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, int sinks, ReadOnlySpan<float> q, Span<float> output) where V : struct, IVec<V>
    {
        CheckOptions(s);
        SpanCheck.NotNegative(sinks);
        if (s.KeyValueHeads != shape.KeyValueHeads || s.HeadDim != shape.HeadDim)
            throw new ArgumentException($"attention with {s.KeyValueHeads} key/value heads of {s.HeadDim} was given pages of {shape.KeyValueHeads} heads of {shape.HeadDim}");
        if (s.Dropout != 0) throw new ArgumentException("attention over pages has no dropout");
        int rows = Pages.Check(shape, layer, pages, sequences);
        if (rows == 0 || s.Heads == 0) return;
        SpanCheck.AtLeast(q.Length, SpanCheck.Strided(rows, s.Heads * s.HeadDim, s.QueryRowStride), nameof(q));
        SpanCheck.AtLeast(output.Length, SpanCheck.Strided(rows, s.Heads * s.HeadDim, s.OutputRowStride), nameof(output));

        Span<PagedWork> work = sequences.Length <= 128 ? stackalloc PagedWork[sequences.Length] : new PagedWork[sequences.Length];
        int parts = 0;
        long records = 0;
        for (int i = 0; i < work.Length; i++)
        {
            PagedRows r = sequences[i];
            PagedWork w = new(r, s.Window, sinks, parts, records);
            parts = checked(parts + w.Chunks * s.KeyValueHeads);
            records += (long)r.Rows * s.Heads * w.Chunks;
            work[i] = w;
        }
        int record = AttentionTile.RoundUp(s.HeadDim + 2, 16);
        float* partial = AttentionScratch.ForCall(records * record); // for each (sequence, row, head) its chunks' records: D sums, maximum, total
        fixed (PagedWork* pw = work)
        fixed (nint* pp = pages)
        fixed (float* pq = q, po = output)
        {
            Arguments x = new() { S = s, Q = pq, Output = po };
            WorkerTeam.Run(new PagedJob<V>(x, shape, layer, pp, pw, work.Length, partial, record), parts);
            PagedCombineJob<V> combine = new(x, pw, partial, record);
            if (records * record > 65536) WorkerTeam.Run(combine, work.Length);
            else for (int i = 0; i < work.Length; i++) combine.Run(i);
        }
    }

    /// <summary>A sequence's share of the work. Chunks are those of <see cref="DecodeChunk"/> keys that one of its queries sees: those of the sinks, then those of the window.</summary>
    private readonly struct PagedWork
    {
        internal readonly PagedRows Rows;
        internal readonly int FirstPart, Chunks;
        internal readonly long FirstRecord;
        private readonly int window, sinks, sinkChunks, firstChunk;

        internal PagedWork(PagedRows rows, int window, int sinks, int firstPart, long firstRecord)
        {
            (Rows, this.window, this.sinks, FirstPart, FirstRecord) = (rows, window, sinks, firstPart, firstRecord);
            firstChunk = From(0) / DecodeChunk;
            sinkChunks = Math.Min(AttentionTile.RoundUp(Math.Min(sinks, From(0)), DecodeChunk) / DecodeChunk, firstChunk);
            Chunks = rows.Rows == 0 ? 0 : sinkChunks + (rows.Length + DecodeChunk - 1) / DecodeChunk - firstChunk;
        }

        /// <summary>Number of the keys' chunk that is the i-th seen.</summary>
        internal int Chunk(int i) => i < sinkChunks ? i : firstChunk + i - sinkChunks;

        /// <summary>First key of the window of query i.</summary>
        internal int From(int i) => window == 0 ? 0 : Math.Max(0, Rows.Length - Rows.Rows + i - window + 1);

        /// <summary>One past the last key of query i.</summary>
        internal int To(int i) => Rows.Length - Rows.Rows + i + 1;

        /// <summary>Of count keys from c0 on those that query i sees are [First, Last) but for the hidden ones [HiddenFrom, HiddenTo) between sinks and window; counted from c0.</summary>
        internal (int First, int Last, int HiddenFrom, int HiddenTo) Seen(int i, int c0, int count)
        {
            int from = From(i), sink = Math.Min(sinks, from), last = Math.Clamp(To(i) - c0, 0, count);
            int windowFrom = Math.Clamp(from - c0, 0, last), sinkTo = Math.Clamp(sink - c0, 0, last);
            return sinkTo == 0 ? (windowFrom, last, last, last)
                : windowFrom == last ? (0, sinkTo, sinkTo, sinkTo) // the window lies behind this chunk
                : (0, last, sinkTo, windowFrom);
        }
    }

    /// <summary>A part is one chunk of keys of one key/value head of one sequence, for all heads of the group; a page is brought to floats once for all of them.</summary>
    private readonly struct PagedJob<V>(Arguments x, PageShape shape, int layer, nint* pages, PagedWork* work, int count, float* partial, int record) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            int low = 0, high = count;
            while (high - low > 1) // the last sequence whose parts begin here or before
            {
                int middle = (low + high) / 2;
                if (work[middle].FirstPart <= part) low = middle;
                else high = middle;
            }
            PagedWork w = work[low];
            AttentionShape s = x.S;
            int kv = (part - w.FirstPart) / w.Chunks, chunk = (part - w.FirstPart) % w.Chunks, group = s.Heads / s.KeyValueHeads, queries = group * w.Rows.Rows;
            int c0 = w.Chunk(chunk) * DecodeChunk, keys = Math.Min(DecodeChunk, w.Rows.Length - c0), depth = s.HeadDim;

            float* scores = AttentionScratch.ForPart((long)queries * (DecodeChunk + depth) + (long)shape.Tokens * depth + 16); // (queries, chunk)
            float* query = scores + queries * DecodeChunk; // (queries, D), scaled
            float* floats = query + queries * depth;       // a page of one head
            for (int u = 0; u < queries; u++)
                AttentionTile.PackRows<V>(x.Q + x.QueryAt(0, kv * group + u % group, w.Rows.FirstRow + u / group), 0, 1, depth, x.QueryFactor, query + u * depth, 1, depth);

            for (int p0 = 0; p0 < keys; p0 += shape.Tokens)
            {
                byte* page = Page(w, c0 + p0);
                float* here = page == null ? null : Floats(page + shape.KeysAt(layer, kv), Math.Min(shape.Tokens, keys - p0), floats);
                for (int u = 0; u < queries; u++)
                {
                    (int first, int last, _, _) = w.Seen(u / group, c0, keys);
                    (first, last) = (Math.Max(first, p0), Math.Min(last, p0 + shape.Tokens));
                    if (first >= last) continue;
                    if (here != null) ScoreRow<V>(query + u * depth, here - (nint)p0 * depth, depth, depth, first, last, scores + u * DecodeChunk);
                    else new Span<float>(scores + u * DecodeChunk + first, last - first).Fill(float.NegativeInfinity);
                }
            }
            for (int u = 0; u < queries; u++)
            {
                (int first, int last, int hiddenFrom, int hiddenTo) = w.Seen(u / group, c0, keys);
                float* row = scores + u * DecodeChunk, result = Record(w, kv * group + u % group, u / group, chunk);
                if (s.SoftCap > 0f) CapRow<V>(row + first, last - first, s.SoftCap, null);
                new Span<float>(row + hiddenFrom, hiddenTo - hiddenFrom).Fill(float.NegativeInfinity);
                (result[depth], result[depth + 1]) = ExponentialRow<V>(row + first, last - first);
                new Span<float>(result, depth).Clear();
            }
            for (int p0 = 0; p0 < keys; p0 += shape.Tokens)
            {
                byte* page = Page(w, c0 + p0);
                if (page == null) continue;
                float* here = Floats(page + shape.ValuesAt(layer, kv), Math.Min(shape.Tokens, keys - p0), floats);
                for (int u = 0; u < queries; u++)
                {
                    (int first, int last, _, _) = w.Seen(u / group, c0, keys);
                    (first, last) = (Math.Max(first, p0), Math.Min(last, p0 + shape.Tokens));
                    if (first < last)
                        WeightedSum<V>(scores + u * DecodeChunk + first, here + (nint)(first - p0) * depth, depth, last - first, depth, Record(w, kv * group + u % group, u / group, chunk), add: true);
                }
            }
        }

        private byte* Page(in PagedWork w, int token) => (byte*)pages[w.Rows.FirstPage + token / shape.Tokens];

        private float* Record(in PagedWork w, int head, int row, int chunk) =>
            partial + (nint)(w.FirstRecord + ((long)row * x.S.Heads + head) * w.Chunks + chunk) * record;

        private float* Floats(byte* stored, int tokens, float* target)
        {
            if (shape.Type == BlockType.F32) return (float*)stored;
            Pages.Decode(shape.Type, stored, target, tokens * shape.HeadDim);
            return target;
        }
    }

    /// <summary>One part is one sequence.</summary>
    private readonly struct PagedCombineJob<V>(Arguments x, PagedWork* work, float* partial, int record) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int part)
        {
            PagedWork w = work[part];
            for (int row = 0; row < w.Rows.Rows; row++)
                for (int h = 0; h < x.S.Heads; h++)
                    Combine<V>(partial + (nint)(w.FirstRecord + ((long)row * x.S.Heads + h) * w.Chunks) * record, record, w.Chunks, x.S.HeadDim, x.Output + x.OutputAt(0, h, w.Rows.FirstRow + row));
        }
    }
}
