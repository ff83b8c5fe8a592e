using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// A ragged batch: the tokens of one pass are those of several sequences one after the other, (1, all tokens), each with its own past in pages.
/// What a sequence sees and the order of its sums depend on no other.
/// </summary>
public sealed class PagedBatch : AttentionCache
{
    /// <summary>Up to so many new tokens of a sequence read the pages where they lie; for more their keys and values are gathered first.</summary>
    private const int FewTokens = 4;

    private readonly PagePool pool;
    private readonly (PagedSequence Sequence, int Tokens)[] sequences;
    private readonly PagedRows[] rows;
    private readonly PagedRows[] few;
    private readonly nint[] pages;

    /// <summary>A batch of new tokens of sequences, for which each must have reserved pages.</summary>
    /// <param name="sequences">Sequences of one pool and the number of their new tokens, in the order in which these stand in the pass.</param>
    /// <exception cref="ArgumentException">There is none, one stands there twice or has no page for its tokens, or pools differ.</exception>
    public PagedBatch(params ReadOnlySpan<(PagedSequence Sequence, int Tokens)> sequences)
    {
        if (sequences.Length == 0) throw new ArgumentException("a batch needs a sequence");
        this.sequences = sequences.ToArray();
        pool = sequences[0].Sequence.Pool;
        rows = new PagedRows[sequences.Length];
        List<nint> addresses = [];
        HashSet<PagedSequence> seen = [];
        for (int i = 0; i < rows.Length; i++)
        {
            (PagedSequence sequence, int tokens) = sequences[i];
            if (!seen.Add(sequence) || sequence.Pool != pool) throw new ArgumentException("a batch needs different sequences of one pool");
            if (tokens < 1 || sequence.Length + (long)tokens > sequence.Room) throw new ArgumentException($"{tokens} new tokens behind {sequence.Length} do not fit into pages for {sequence.Room}");
            rows[i] = new PagedRows(Tokens, tokens, sequence.Length + tokens, addresses.Count);
            Tokens += tokens;
            for (int page = 0; page < pool.Shape.Count(sequence.Length + tokens); page++)
                addresses.Add(sequence.Pages[page] is >= 0 and int held ? pool.Address(held) : 0);
        }
        pages = [.. addresses];
        few = [.. rows.Where(r => r.Rows <= FewTokens)];
    }

    /// <summary>Tokens of the pass.</summary>
    public int Tokens { get; }

    internal override int Past => 0;

    internal override Tensor Places(Shape tokens)
    {
        if (tokens != new Shape(1, Tokens)) throw new ArgumentException($"the tokens of this batch have shape (1, {Tokens}), given {tokens}");
        Tensor places = Tensor.Empty(tokens, DType.I32);
        foreach (PagedRows r in rows)
            for (int i = 0; i < r.Rows; i++) places.Ints[r.FirstRow + i] = r.Length - r.Rows + i;
        return places;
    }

    internal override Tensor Attend(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape, AttentionContext c, Trace? trace)
    {
        if (c.Mask is not null || c.Bias is not null) throw new ArgumentException("a batch in pages takes no mask or bias: its sequences have no padding");
        if (trace is not null) throw new ArgumentException("a batch in pages has no one map of attention to trace");
        IBackend backend = q.Device.Backend;
        AttentionShape limited = shape with { Window = pool.WindowOf(shape.Window) };
        int sinks = limited.Window == 0 ? 0 : pool.Options.Sinks;
        backend.StorePages(pool.Shape, layer, pages, rows, k, v);
        Tensor output = Tensor.Empty(q.Shape);
        if (few.Length > 0) backend.PagedAttention(limited, pool.Shape, layer, pages, few, sinks, q, output);
        if (few.Length == rows.Length) return output;
        foreach (PagedRows r in rows)
        {
            if (r.Rows <= FewTokens) continue;
            Tensor mixed = Many(layer, r, q.SliceRows(r.FirstRow, r.Rows), k.SliceRows(r.FirstRow, r.Rows), v.SliceRows(r.FirstRow, r.Rows), limited, sinks);
            if (rows.Length == 1) return mixed;
            backend.Copy(mixed, output.SliceRows(r.FirstRow, r.Rows));
        }
        return output;
    }

    // Many new tokens of one sequence: its keys and values, the new ones too, as the pages hold them.
    private Tensor Many(int layer, PagedRows r, Tensor q, Tensor k, Tensor v, AttentionShape shape, int sinks)
    {
        if (r.Length == r.Rows && sinks == 0 && pool.Shape.Type == BlockType.F32) return Mixed(k, v, null);
        ReadOnlySpan<nint> own = pages.AsSpan(r.FirstPage);
        int past = r.Length - r.Rows, from = shape.Window == 0 ? 0 : Math.Max(0, past - shape.Window + 1);
        bool hasSinks = Math.Min(sinks, r.Length - shape.Window) > 0;
        // A row's sums run over chunks that are counted from the first key, so what is left out is a whole number of them.
        if (!hasSinks) from -= from % Kernels.Attention.KeyChunk(shape.HeadDim);
        int before = hasSinks ? Math.Min(sinks, from) : 0; // sinks that stand apart from the keys of the window
        (Tensor keys, Tensor values) = pool.Gathered(before + r.Length - from);
        IBackend backend = q.Device.Backend;
        if (before > 0) backend.GatherPages(pool.Shape, layer, own, 0, before, keys.SliceRows(0, before), values.SliceRows(0, before));
        backend.GatherPages(pool.Shape, layer, own, from, r.Length - from, keys.SliceRows(before, r.Length - from), values.SliceRows(before, r.Length - from));
        if (!hasSinks) return Mixed(keys, values, null);

        Tensor bias = Tensor.Zeros(new Shape(1, 1, r.Rows, keys.Rows));
        for (int i = 0; i < r.Rows; i++)
        {
            // The token at past + i sees the sinks and its window; the key at place j stands in column before + j - from.
            int hiddenFrom = Math.Max(from, sinks), hiddenTo = past + i - shape.Window + 1;
            if (hiddenFrom < hiddenTo) bias.Row(i)[(before + hiddenFrom - from)..(before + hiddenTo - from)].Fill(float.NegativeInfinity);
            bias.Row(i)[(before + past + i + 1 - from)..].Fill(float.NegativeInfinity);
        }
        shape = shape with { Causal = false, Window = 0 };
        return Mixed(keys, values, bias);

        Tensor Mixed(Tensor k, Tensor v, Tensor? bias) => Autograd.NeuralOps.Attention(Sequence(q), Sequence(k), Sequence(v), shape, bias);

        static Tensor Sequence(Tensor x) => x.Reshape(new Shape(1, x.Rows, x.Columns));
    }

    internal override Tensor Cross(int layer, Func<Tensor> compute) => throw new InvalidOperationException("a batch in pages has no other stack to look at");

    internal override void Advance(int tokens)
    {
        foreach ((PagedSequence sequence, int own) in sequences) sequence.Advance(own);
    }
}
