using System.Runtime.InteropServices;
using Heed.Layers;

namespace Heed.Generation;

/// <summary>What a sequence does in a step: the tokens that it computes.</summary>
internal readonly record struct EngineWork(EngineSequence Sequence, int Tokens);

/// <summary>
/// Who computes what in a step (continuous batching; Yu et al. 2022, https://www.usenix.org/conference/osdi22/presentation/yu): sequences that write take
/// a token each; what is left of the step is shared by those that read. When pages run out, texts that nobody uses make room, then the last sequence in
/// order: the youngest of the lowest priority. It is put back and computed again later.
/// </summary>
internal sealed class Scheduler(EngineOptions options, PagePool pool, PrefixTree tree)
{
    /// <summary>A text's last tokens are read with those before them if they are fewer: products of few rows have kernels of their own, whose sums run otherwise.</summary>
    private const int LeastTail = 16;

    private readonly List<EngineSequence> waiting = []; // in order
    private readonly List<EngineSequence> running = []; // in order
    private readonly int size = pool.Shape.Tokens;
    private long step;

    /// <summary>Sequences that wait.</summary>
    public IReadOnlyList<EngineSequence> Waiting => waiting;

    /// <summary>Sequences at work.</summary>
    public IReadOnlyList<EngineSequence> Running => running;

    /// <summary>Times that a sequence was put back.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Tokens that were found in the tree.</summary>
    public long Reused { get; private set; }

    /// <summary>A sequence arrives.</summary>
    public void Enqueue(EngineSequence sequence) => Insert(waiting, sequence);

    /// <summary>A sequence leaves, and its pages are free.</summary>
    public void Leave(EngineSequence sequence)
    {
        waiting.Remove(sequence);
        running.Remove(sequence);
        sequence.Pages.Dispose();
    }

    /// <summary>The sequences that wait for another of their request to have read their prompt, as many as may begin now, on its pages.</summary>
    public IReadOnlyList<EngineSequence> Followers(EngineSequence leader)
    {
        EngineSequence[] followers = [.. waiting.Where(s => s.Leader == leader && !s.Begun).Take(options.MaxSequences - running.Count)];
        foreach (EngineSequence follower in followers)
        {
            follower.Pages.Dispose();
            follower.Pages = leader.Pages.Fork();
            (follower.Text, follower.TextPages) = (leader.Text, leader.TextPages);
            follower.Stream.ReusedTokens = leader.Pages.Length;
            Reused += leader.Pages.Length;
            Begin(follower);
        }
        return followers;
    }

    /// <summary>The work of the next step: sequences that write, and sequences that read, each with its pages reserved.</summary>
    /// <param name="stuck">A sequence that is alone and for which the cache is too small.</param>
    public (List<EngineWork> Writing, List<EngineWork> Reading) Plan(out EngineSequence? stuck)
    {
        while (true)
        {
            (List<EngineWork> writing, List<EngineWork> reading) = TryPlan(out stuck);
            if (writing.Count + reading.Count > 0 || running.Count < 2) return (writing, reading);
            PutBack(running[^1]); // all wait for one another's pages
        }
    }

    /// <summary>Makes the whole pages that a sequence has computed known to texts that begin alike.</summary>
    public void Remember(EngineSequence sequence)
    {
        if (!options.ReusePrefixes) return;
        while (sequence.Text is { } text && (sequence.TextPages + 1) * size <= sequence.Pages.Length)
        {
            sequence.Text = tree.Add(text, Key(sequence), sequence.Pages.Pages[sequence.TextPages]);
            sequence.TextPages++;
        }
    }

    /// <summary>Makes room: the sequence is computed again later.</summary>
    public void PutBack(EngineSequence sequence)
    {
        running.Remove(sequence);
        sequence.Pages.Truncate(0);
        (sequence.Text, sequence.TextPages) = (tree.Root, 0);
        Insert(waiting, sequence);
        Preemptions++;
    }

    private (List<EngineWork> Writing, List<EngineWork> Reading) TryPlan(out EngineSequence? stuck)
    {
        stuck = null;
        step++;
        Admit();
        List<EngineWork> writing = [], reading = [];
        foreach (EngineSequence sequence in running.ToArray())
        {
            if (!sequence.Writes || sequence.Needed != 1 || !running.Contains(sequence)) continue;
            if (Reserve(sequence, 1, writing, reading)) writing.Add(new EngineWork(sequence, 1));
            else if (running.Count > 1) PutBack(sequence);
            else stuck = sequence;
        }
        int left = options.MaxTokensPerStep - writing.Count;
        foreach (IGrouping<int, EngineSequence> level in Readers().GroupBy(s => s.Priority))
        {
            EngineSequence[] readers = [.. level];
            int first = (int)(step % readers.Length);
            for (int i = 0; i < readers.Length && left > 0; i++)
            {
                EngineSequence reader = readers[(first + i) % readers.Length];
                if (!running.Contains(reader)) continue;
                int tokens = Share(reader, Math.Min(left, Math.Max(left / (readers.Length - i), size)));
                // Where pages are few, it reads as far as they go.
                if (!Reserve(reader, tokens, writing, reading)) tokens = Math.Min(tokens, reader.Pages.Room - reader.Pages.Length);
                if (tokens > 0) reading.Add(new EngineWork(reader, tokens));
                else if (running.Count == 1) stuck = reader;
                left -= tokens;
            }
        }
        return (writing, reading);
    }

    private void Admit()
    {
        while (waiting.Find(s => s.Leader is not { Writes: false, Ended: false }) is { } next)
        {
            bool fits = running.Count < options.MaxSequences && (running.Count == 0 || RoomFor(next));
            if (fits)
            {
                Begin(next);
                continue;
            }
            // A higher priority takes the place of a lower one.
            if (running.Count == 0 || running[^1].Priority >= next.Priority) return;
            PutBack(running[^1]);
        }
    }

    private void Begin(EngineSequence sequence)
    {
        waiting.Remove(sequence);
        Insert(running, sequence);
        sequence.Begun = true;
    }

    // Whether a sequence finds pages beside what those at work still need, and one more page for each to go on.
    private bool RoomFor(EngineSequence next)
    {
        int known = 0, unused = 0; // pages that it finds in the tree, and those of them that would have been let go
        for (PrefixTree.Node? text = next.Text; options.ReusePrefixes && text is not null && next.Tokens.Count - known * size > size; known++)
        {
            text = PrefixTree.Find(text, Key(next, known));
            if (text is null) break;
            if (pool.Holders(text.Page) == 1) unused++;
        }
        long needed = Missing(next) - known;
        foreach (EngineSequence sequence in running) needed += Missing(sequence);
        return needed <= pool.Free || needed <= pool.Free + tree.Unused - unused;
    }

    private long Missing(EngineSequence sequence)
    {
        int tokens = pool.Window == 0 ? sequence.Needed : Math.Min(sequence.Needed, pool.Window + options.MaxTokensPerStep);
        return Math.Max(0, pool.Shape.Count(sequence.Pages.Length + tokens) - pool.Shape.Count(sequence.Pages.Room)) + 1;
    }

    // Sequences that have more to compute than the token that they wrote last, in order; but not those whose next page another one is reading.
    private List<EngineSequence> Readers()
    {
        List<EngineSequence> readers = [.. running.Where(s => !s.Writes || s.Needed > 1)];
        if (!options.ReusePrefixes) return readers;
        foreach (EngineSequence reader in readers) Reuse(reader);
        HashSet<(PrefixTree.Node, PageKey)> beingRead = [];
        foreach (EngineSequence reader in readers)
            if (HasWholePage(reader) && !AtItsStart(reader)) beingRead.Add((reader.Text!, Key(reader)));
        readers.RemoveAll(reader => HasWholePage(reader) && AtItsStart(reader) && !beingRead.Add((reader.Text!, Key(reader))));
        return readers;

        // Of a page that ends with the text the last token must be computed, so nobody waits for it.
        bool HasWholePage(EngineSequence s) => s.Text is not null && s.Tokens.Count - s.TextPages * size > size;

        bool AtItsStart(EngineSequence s) => s.Pages.Length == s.TextPages * size;
    }

    // Takes over the pages that are known by now; at least one token is left to compute.
    private void Reuse(EngineSequence sequence)
    {
        if (!options.ReusePrefixes) return;
        int before = sequence.Pages.Length;
        while (sequence.Text is { } text && sequence.Pages.Length == sequence.TextPages * size && sequence.Pages.Room == sequence.Pages.Length && sequence.Needed > size
            && PrefixTree.Find(text, Key(sequence)) is { } node)
        {
            sequence.Pages.Adopt(node.Page);
            (sequence.Text, sequence.TextPages) = (node, sequence.TextPages + 1);
        }
        int reused = sequence.Pages.Length - before;
        if (reused == 0) return;
        tree.Use(sequence.Text!);
        sequence.Pages.Forget();
        if (!sequence.Writes) sequence.Stream.ReusedTokens += reused;
        Reused += reused;
    }

    // The tokens of a page of a sequence, by default of the one behind those that are known.
    private PageKey Key(EngineSequence sequence, int? page = null) =>
        new(CollectionsMarshal.AsSpan(sequence.Tokens).Slice((page ?? sequence.TextPages) * size, size));

    // Its tokens of a step: up to the end of a page where they are not all.
    private int Share(EngineSequence reader, int most)
    {
        int needed = reader.Needed;
        if (needed <= most) return needed;
        int end = (reader.Pages.Length + most) / size * size, tokens = end > reader.Pages.Length ? end - reader.Pages.Length : most;
        return needed - tokens < LeastTail ? needed : tokens;
    }

    private bool Reserve(EngineSequence sequence, int tokens, List<EngineWork> writing, List<EngineWork> reading)
    {
        while (!sequence.Pages.TryReserve(tokens))
        {
            if (tree.Evict()) continue;
            EngineSequence last = running[^1];
            if (last == sequence) return false;
            PutBack(last);
            writing.RemoveAll(w => w.Sequence == last);
            reading.RemoveAll(w => w.Sequence == last);
        }
        return true;
    }

    private static void Insert(List<EngineSequence> list, EngineSequence sequence)
    {
        int at = list.Count;
        while (at > 0 && EngineSequence.Order(sequence, list[at - 1]) < 0) at--;
        list.Insert(at, sequence);
    }
}
