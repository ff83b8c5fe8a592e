namespace Heed.Layers;

/// <summary>The keys and values of one sequence, in pages of a pool. Sequences that grew out of one another share pages until one writes.</summary>
public sealed class PagedSequence(PagePool pool) : IDisposable
{
    private const int Gone = -1;

    private readonly List<int> pages = []; // by place in the sequence; Gone where the page was given back
    private int keptFrom; // pages between the sinks and this one are gone

    /// <summary>The pool of its pages.</summary>
    public PagePool Pool => pool;

    /// <summary>Tokens held.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens that its pages have room for.</summary>
    internal int Room => pages.Count * pool.Shape.Tokens;

    /// <summary>Pages by place; -1 for one that was given back.</summary>
    internal IReadOnlyList<int> Pages => pages;

    /// <summary>Pages that it holds.</summary>
    internal int Held => pages.Count(page => page != Gone);

    /// <summary>Readies pages for further tokens, and gives back those that these will not see. Of a page that others hold too it gets its own copy before it writes.</summary>
    /// <returns>Whether there were enough; if not, it keeps those that it got.</returns>
    public bool TryReserve(int tokens)
    {
        Forget();
        int place = Length / pool.Shape.Tokens;
        if (tokens > 0 && place < pages.Count && pages[place] is var shared && pool.Holders(shared) > 1)
        {
            if (!pool.TryTake(out int own)) return false;
            if (Length % pool.Shape.Tokens > 0) pool.Copy(shared, own);
            pool.Release(shared);
            pages[place] = own;
        }
        while (Room < Length + (long)tokens)
        {
            if (!pool.TryTake(out int page)) return false;
            pages.Add(page);
        }
        return true;
    }

    /// <summary>Another sequence that begins as this one, on the same pages.</summary>
    public PagedSequence Fork()
    {
        PagedSequence fork = new(pool) { Length = Length, keptFrom = keptFrom };
        foreach (int page in pages.Take(pool.Shape.Count(Length)))
        {
            if (page != Gone) pool.Share(page);
            fork.pages.Add(page);
        }
        return fork;
    }

    /// <summary>Goes on with a page of tokens that somebody else computed, behind the same tokens.</summary>
    internal void Adopt(int page)
    {
        if (Length != Room) throw new InvalidOperationException($"a page was adopted behind {Length} tokens in pages for {Room}");
        pool.Share(page);
        pages.Add(page);
        Length += pool.Shape.Tokens;
    }

    /// <summary>Forgets the tokens from <paramref name="length"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It holds fewer, or those before have been given back.</exception>
    public void Truncate(int length)
    {
        if (length < 0 || length > Length) throw new ArgumentOutOfRangeException(nameof(length), $"the sequence holds {Length} tokens, asked to keep {length}");
        if (length > 0 && Math.Max(0, length - pool.Window + 1) / pool.Shape.Tokens < keptFrom) throw new ArgumentOutOfRangeException(nameof(length), $"{length} tokens cannot go on: the tokens before {keptFrom * pool.Shape.Tokens} were given back");
        int kept = pool.Shape.Count(length);
        for (int i = kept; i < pages.Count; i++)
            if (pages[i] != Gone) pool.Release(pages[i]);
        pages.RemoveRange(kept, pages.Count - kept);
        Length = length;
        if (length == 0) keptFrom = 0;
    }

    /// <summary>Counts tokens that every block has written.</summary>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Gives back the pages that no later token will see.</summary>
    internal void Forget()
    {
        if (pool.Window == 0) return;
        // The next token stands at Length and sees from Length - window + 1 on.
        int size = pool.Shape.Tokens, to = Math.Max(0, Length - pool.Window + 1) / size;
        for (int i = Math.Max(keptFrom, pool.Shape.Count(pool.Options.Sinks)); i < to; i++)
        {
            pool.Release(pages[i]);
            pages[i] = Gone;
        }
        keptFrom = Math.Max(keptFrom, to);
    }

    /// <summary>Gives all pages back; it is empty then.</summary>
    public void Dispose() => Truncate(0);
}
