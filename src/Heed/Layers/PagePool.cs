using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// Memory for keys and values in pages of a few tokens (Kwon et al. 2023, https://arxiv.org/abs/2309.06180). A page counts who holds it: sequences that
/// begin alike share pages, and one goes back when the last holder lets it go. Not thread-safe: one thread at a time.
/// </summary>
public sealed class PagePool
{
    private const long SlabBytes = 4L << 20; // a small piece at a time: to touch new memory takes time, and a step waits for it

    private readonly StackConfig config;
    private readonly List<Tensor> slabs = []; // (pages, page) each
    private readonly int slabPages;
    private readonly List<int> free = [];
    private readonly List<int> references = []; // of every page that there is memory for
    private Tensor? gatheredKeys;
    private Tensor? gatheredValues;

    /// <summary>A pool without a page in use.</summary>
    /// <param name="config">The stack that it serves.</param>
    /// <param name="options">Sizes.</param>
    /// <exception cref="ArgumentException">The stack is no decoder of its own, an option is out of range, or the memory does not hold a page.</exception>
    public PagePool(StackConfig config, PageOptions options)
    {
        options.Validate();
        if (!config.Causal || config.CrossAttention) throw new ArgumentException("pages hold the keys of a decoder that looks at nothing but its own text");
        if (config.Positions is PositionConfig.Buckets) throw new ArgumentException("pages serve no relative positions in buckets");
        (this.config, Options) = (config, options);
        Shape = new PageShape { Layers = config.Depth, KeyValueHeads = config.KeyHeads, HeadDim = config.HeadColumns, Tokens = options.Tokens, Type = options.Type };
        Shape.Validate();
        Count = (int)Math.Min(options.Bytes / Shape.Bytes, int.MaxValue);
        if (Count == 0) throw new ArgumentException($"{options.Bytes} bytes hold no page of {options.Tokens} tokens, which has {Shape.Bytes}");
        slabPages = (int)Math.Clamp(SlabBytes / Shape.Bytes, 1, Count);
        int longest = 0;
        for (int block = 0; block < config.Depth; block++)
        {
            int window = WindowOf(config.WindowOf(block));
            longest = window == 0 || longest < 0 ? -1 : Math.Max(longest, window);
        }
        Window = Math.Max(longest, 0);
    }

    /// <summary>What was asked for.</summary>
    public PageOptions Options { get; }

    /// <summary>The pages' layout.</summary>
    public PageShape Shape { get; }

    /// <summary>Pages that fit into the memory.</summary>
    public int Count { get; }

    /// <summary>Pages that nobody holds.</summary>
    public int Free => free.Count + Count - references.Count;

    /// <summary>Bytes of the memory that was taken so far.</summary>
    public long AllocatedBytes => slabs.Sum(s => s.Count * sizeof(float));

    /// <summary>Most tokens that any block looks back on; 0 = some look back on all. Pages behind it are given back.</summary>
    internal int Window { get; }

    /// <summary>The window of a block whose own is given; 0 = no limit.</summary>
    internal int WindowOf(int own) => Options.Window == 0 ? own : own == 0 ? Options.Window : Math.Min(own, Options.Window);

    /// <summary>Takes a page, which the caller then holds; its contents are undefined.</summary>
    internal bool TryTake(out int page)
    {
        if (free.Count > 0)
        {
            page = free[^1];
            free.RemoveAt(free.Count - 1);
        }
        else
        {
            page = references.Count;
            if (page == Count) return false;
            if (page == slabs.Count * slabPages) slabs.Add(Tensor.Persistent(new Shape(Math.Min(slabPages, Count - page), checked((int)(Shape.Bytes / sizeof(float))))));
            references.Add(0);
        }
        references[page] = 1;
        return true;
    }

    /// <summary>One more holder of a page that somebody holds.</summary>
    internal void Share(int page)
    {
        if (references[page] == 0) throw new InvalidOperationException($"page {page} was shared, but nobody holds it");
        references[page]++;
    }

    /// <summary>One holder fewer; the last one gives the page back.</summary>
    internal void Release(int page)
    {
        if (references[page] == 0) throw new InvalidOperationException($"page {page} was released more often than it was held");
        if (--references[page] == 0) free.Add(page);
    }

    /// <summary>Holders of a page.</summary>
    internal int Holders(int page) => references[page];

    /// <summary>Where a page lies.</summary>
    internal unsafe nint Address(int page) => (nint)Row(page).Pointer;

    /// <summary>Copies all layers of a page.</summary>
    internal void Copy(int from, int to)
    {
        Tensor source = Row(from);
        source.Device.Backend.Copy(source, Row(to));
    }

    /// <summary>Memory for the keys and values (tokens, columns) of one layer of one sequence, valid until the next call.</summary>
    internal (Tensor Keys, Tensor Values) Gathered(int tokens)
    {
        if (gatheredKeys is null || gatheredKeys.Rows < tokens)
        {
            Shape shape = new((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(tokens, 256)), config.KeyHeads * config.HeadColumns);
            (gatheredKeys, gatheredValues) = (Tensor.Persistent(shape), Tensor.Persistent(shape));
        }
        return (gatheredKeys.SliceRows(0, tokens), gatheredValues!.SliceRows(0, tokens));
    }

    private Tensor Row(int page) => slabs[page / slabPages].SliceRows(page % slabPages, 1);
}
