namespace Heed.Kernels;

/// <summary>Keys and values on their way into the pages of a paged cache and out of them.</summary>
/// <remarks>A list of pages holds addresses; 0 is a page that was given back. The memory behind an address is the caller's word.</remarks>
public static unsafe class Pages
{
    /// <summary>Writes the keys and values of the new tokens of every sequence.</summary>
    /// <param name="shape">The pages.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="pages">Addresses of all sequences' pages.</param>
    /// <param name="sequences">The sequences; their rows ascend.</param>
    /// <param name="k">Keys (rows, KV * D).</param>
    /// <param name="keyStride">Elements from one row of keys to the next.</param>
    /// <param name="v">Values (rows, KV * D).</param>
    /// <param name="valueStride">Elements from one row of values to the next.</param>
    /// <exception cref="ArgumentException">A size is out of range, a span too short, or a page missing.</exception>
    public static void Store(in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences, ReadOnlySpan<float> k, int keyStride, ReadOnlySpan<float> v, int valueStride)
    {
        int rows = Check(shape, layer, pages, sequences), width = shape.KeyValueHeads * shape.HeadDim;
        if (rows == 0) return;
        SpanCheck.AtLeast(k.Length, SpanCheck.Strided(rows, width, keyStride), nameof(k));
        SpanCheck.AtLeast(v.Length, SpanCheck.Strided(rows, width, valueStride), nameof(v));
        foreach (PagedRows s in sequences)
            for (int page = (s.Length - s.Rows) / shape.Tokens; page < shape.Count(s.Length); page++)
                if (pages[s.FirstPage + page] == 0) throw new ArgumentException($"page {page} of a sequence of {s.Length} tokens was given back, and cannot be written");
        int step = VectorLoop.RowsPerPart(2 * width);
        fixed (nint* pp = pages)
        fixed (PagedRows* ps = sequences)
        fixed (float* pk = k, pv = v)
            WorkerTeam.Run(new StoreJob(shape, layer, pp, ps, sequences.Length, pk, keyStride, pv, valueStride, rows, step), VectorLoop.Parts(rows, step));
    }

    /// <summary>Keys and values of tokens [first, first + count) of a sequence, one row a token; those of pages that were given back are 0.</summary>
    /// <param name="shape">The pages.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="pages">Addresses of the sequence's pages, its first one first.</param>
    /// <param name="first">First token.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="k">Receives keys (count, KV * D).</param>
    /// <param name="v">Receives values (count, KV * D).</param>
    /// <exception cref="ArgumentException">A size is out of range, or a span too short.</exception>
    public static void Gather(in PageShape shape, int layer, ReadOnlySpan<nint> pages, int first, int count, Span<float> k, Span<float> v)
    {
        SpanCheck.NotNegative(first);
        SpanCheck.NotNegative(count);
        Check(shape, layer, pages, [new PagedRows(0, 0, checked(first + count), 0)]);
        long size = (long)count * shape.KeyValueHeads * shape.HeadDim;
        SpanCheck.AtLeast(k.Length, size, nameof(k));
        SpanCheck.AtLeast(v.Length, size, nameof(v));
        if (count == 0) return;
        int firstPage = first / shape.Tokens;
        fixed (nint* pp = pages)
        fixed (float* pk = k, pv = v)
            WorkerTeam.Run(new GatherJob(shape, layer, pp, first, count, pk, pv), shape.Count(first + count) - firstPage);
    }

    /// <summary>Checks sizes; returns the rows of all sequences.</summary>
    internal static int Check(in PageShape shape, int layer, ReadOnlySpan<nint> pages, ReadOnlySpan<PagedRows> sequences)
    {
        shape.Validate();
        if ((uint)layer >= (uint)shape.Layers) throw new ArgumentException($"layer {layer} of pages with {shape.Layers} layers");
        int end = 0;
        foreach (PagedRows s in sequences)
        {
            if (s.FirstRow < end || s.Rows < 0 || s.Rows > s.Length || s.FirstPage < 0 || s.FirstPage + (long)shape.Count(s.Length) > pages.Length)
                throw new ArgumentException($"a sequence of {s.Length} tokens, {s.Rows} of them new from row {s.FirstRow} on, with pages from {s.FirstPage} on, does not fit behind row {end} and into a list of {pages.Length} pages");
            end = checked(s.FirstRow + s.Rows);
        }
        return end;
    }

    private readonly struct StoreJob(PageShape shape, int layer, nint* pages, PagedRows* sequences, int count, float* k, nint keyStride, float* v, nint valueStride, int rows, int step) : IPartJob
    {
        public void Run(int part)
        {
            int row = part * step, end = Math.Min(rows, row + step), depth = shape.HeadDim;
            long rowBytes = shape.RowBytes;
            int sequence = 0;
            while (sequence < count && sequences[sequence].FirstRow + sequences[sequence].Rows <= row) sequence++;
            for (; sequence < count; sequence++)
            {
                PagedRows s = sequences[sequence];
                for (row = Math.Max(row, s.FirstRow); row < Math.Min(end, s.FirstRow + s.Rows); row++)
                {
                    int token = s.Length - s.Rows + row - s.FirstRow, place = token % shape.Tokens;
                    byte* page = (byte*)pages[s.FirstPage + token / shape.Tokens] + place * rowBytes;
                    for (int head = 0; head < shape.KeyValueHeads; head++)
                    {
                        Encode(shape.Type, k + row * keyStride + head * depth, page + shape.KeysAt(layer, head), depth);
                        Encode(shape.Type, v + row * valueStride + head * depth, page + shape.ValuesAt(layer, head), depth);
                    }
                }
            }
        }
    }

    /// <summary>A part is a page.</summary>
    private readonly struct GatherJob(PageShape shape, int layer, nint* pages, int first, int count, float* k, float* v) : IPartJob
    {
        public void Run(int part)
        {
            int number = first / shape.Tokens + part, page0 = number * shape.Tokens, depth = shape.HeadDim;
            int from = Math.Max(first, page0), to = Math.Min(first + count, page0 + shape.Tokens);
            nint width = shape.KeyValueHeads * depth;
            byte* page = (byte*)pages[number];
            if (page == null)
            {
                new Span<float>(k + (from - first) * width, (int)((to - from) * width)).Clear();
                new Span<float>(v + (from - first) * width, (int)((to - from) * width)).Clear();
                return;
            }
            for (int head = 0; head < shape.KeyValueHeads; head++)
            {
                byte* keys = page + shape.KeysAt(layer, head), values = page + shape.ValuesAt(layer, head);
                for (int token = from; token < to; token++)
                {
                    nint at = (token - first) * width + head * depth;
                    Decode(shape.Type, keys + (token - page0) * shape.RowBytes, k + at, depth);
                    Decode(shape.Type, values + (token - page0) * shape.RowBytes, v + at, depth);
                }
            }
        }
    }

    private static void Encode(BlockType type, float* values, byte* to, int count) =>
        Blocks.Encode(type, new ReadOnlySpan<float>(values, count), new Span<byte>(to, (int)type.RowBytes(count)));

    /// <summary>Values (count) out of the form in which pages hold them.</summary>
    internal static void Decode(BlockType type, byte* from, float* values, int count) =>
        Blocks.Decode(type, new ReadOnlySpan<byte>(from, (int)type.RowBytes(count)), new Span<float>(values, count));
}
