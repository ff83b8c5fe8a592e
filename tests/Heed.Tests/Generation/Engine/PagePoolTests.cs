using CsCheck;
using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;

namespace Heed.Tests.Generation;

/// <summary>Whatever sequences and the tree do, pages are counted right, and what a sequence wrote is what it reads.</summary>
public sealed class PagePoolTests
{
    private const int Size = 4;

    private static readonly StackConfig Tiny = new() { Depth = 1, Width = 1, Heads = 1, Positions = new PositionConfig.None(), Norm = new NormConfig.RmsNorm(1e-6f), FeedForward = new FeedForwardConfig(1, ActivationKind.Relu) };

    private static PagePool Pool(int pages, int window = 0, int sinks = 0)
    {
        PageOptions options = new() { Tokens = Size, Window = window, Sinks = sinks };
        return new PagePool(Tiny, options with { Bytes = pages * new PagePool(Tiny, options).Shape.Bytes });
    }

    // Writes the numbers as keys, and their negatives as values.
    private static bool Append(PagedSequence sequence, params float[] numbers)
    {
        if (!sequence.TryReserve(numbers.Length)) return false;
        PagedRows rows = new(0, numbers.Length, sequence.Length + numbers.Length, 0);
        Pages.Store(sequence.Pool.Shape, 0, Addresses(sequence), [rows], numbers, 1, Array.ConvertAll(numbers, x => -x), 1);
        sequence.Advance(numbers.Length);
        return true;
    }

    private static nint[] Addresses(PagedSequence sequence) => [.. sequence.Pages.Select(p => p < 0 ? 0 : sequence.Pool.Address(p))];

    private static float[] Read(PagedSequence sequence)
    {
        float[] k = new float[sequence.Length], v = new float[sequence.Length];
        Pages.Gather(sequence.Pool.Shape, 0, Addresses(sequence), 0, sequence.Length, k, v);
        Assert.Equal(k, Array.ConvertAll(v, x => -x));
        return k;
    }

    private static void CheckCounts(PagePool pool, IEnumerable<PagedSequence> sequences, IEnumerable<int>? others = null)
    {
        int[] holders = new int[pool.Count];
        foreach (int page in sequences.SelectMany(s => s.Pages).Concat(others ?? []))
            if (page >= 0) holders[page]++;
        Assert.Equal(holders.Count(h => h == 0), pool.Free);
        for (int page = 0; page < holders.Length; page++)
            if (holders[page] > 0) Assert.Equal(holders[page], pool.Holders(page));
    }

    [Fact]
    public void SequencesKeepWhatTheyWroteAndCountsAreRight() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9], Gen.Int[1, 11]).Array[1, 60].Sample(steps =>
        {
            PagePool pool = Pool(14);
            List<(PagedSequence Sequence, List<float> Written)> all = [];
            float next = 1;
            foreach ((int what, int which, int count) in steps)
            {
                if (what == 0 || all.Count == 0) all.Add((new PagedSequence(pool), []));
                (PagedSequence sequence, List<float> written) = all[which % all.Count];
                switch (what)
                {
                    case 1 or 0:
                        float[] numbers = [.. Enumerable.Range(0, count).Select(_ => next++)];
                        if (Append(sequence, numbers)) written.AddRange(numbers);
                        break;
                    case 2:
                        all.Add((sequence.Fork(), [.. written]));
                        break;
                    case 3:
                        sequence.Truncate(written.Count * count / 12);
                        written.RemoveRange(sequence.Length, written.Count - sequence.Length);
                        break;
                    default:
                        sequence.Dispose();
                        all.RemoveAt(which % all.Count);
                        break;
                }
                CheckCounts(pool, all.Select(a => a.Sequence));
                foreach ((PagedSequence s, List<float> w) in all) Assert.Equal(w, Read(s));
            }
            foreach ((PagedSequence s, _) in all) s.Dispose();
            Assert.Equal(pool.Count, pool.Free);
        }, iter: 40, threads: 1);

    [Fact]
    public void ForksShareAllPagesButTheOneThatOneOfThemWrites()
    {
        PagePool pool = Pool(10);
        PagedSequence a = new(pool);
        Append(a, 1, 2, 3, 4, 5, 6);
        PagedSequence b = a.Fork(), c = a.Fork();
        Assert.Equal(8, pool.Free);
        Append(b, 7);
        Append(c, 8, 9, 10);
        Append(a, 11);
        Assert.Equal(10 - 1 - 3 - 1, pool.Free); // the first page is one for all; c has a third
        Assert.Equal([1, 2, 3, 4, 5, 6, 11], Read(a));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], Read(b));
        Assert.Equal([1, 2, 3, 4, 5, 6, 8, 9, 10], Read(c));
        CheckCounts(pool, [a, b, c]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    public void PagesBehindTheWindowAreGivenBackButForTheSinks(int sinks)
    {
        PagePool pool = Pool(20, window: 6, sinks);
        PagedSequence a = new(pool);
        for (int i = 0; i < 300; i++)
        {
            Assert.True(Append(a, i));
            Assert.InRange(a.Held, 1, 3 + (sinks + Size - 1) / Size);
            float[] read = Read(a);
            for (int seen = Math.Max(0, i - 5); seen <= i; seen++) Assert.Equal(seen, read[seen]);
            for (int seen = 0; seen < Math.Min(sinks, i); seen++) Assert.Equal(seen, read[seen]);
        }
        CheckCounts(pool, [a]);
        Assert.Contains("given back", Assert.Throws<ArgumentOutOfRangeException>(() => a.Truncate(280)).Message);
        a.Truncate(299);
        a.Truncate(0);
        Assert.Equal(pool.Count, pool.Free);
        Assert.True(Append(a, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Truncate(2));
    }

    [Fact]
    public void AFullPoolSaysSoAndAWrongCountIsFound()
    {
        PagePool pool = Pool(2);
        PagedSequence a = new(pool), b = new(pool);
        Assert.True(a.TryReserve(5));
        Assert.False(b.TryReserve(1));
        Assert.Equal(0, pool.Free);
        a.Dispose();
        Assert.True(b.TryReserve(1));
        int page = b.Pages[0];
        b.Dispose();
        Assert.Throws<InvalidOperationException>(() => pool.Release(page));
        Assert.Throws<InvalidOperationException>(() => pool.Share(page));
    }

    [Fact]
    public void TheTreeFindsWhatWasReadAndCountsAreRight() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9], Gen.Int[0, 1].Array[0, 5]).Array[1, 50].Sample(steps =>
        {
            PagePool pool = Pool(12);
            PrefixTree tree = new(pool);
            List<PagedSequence> all = [];
            Dictionary<string, PrefixTree.Node> known = []; // by the pages' numbers
            foreach ((int what, int which, int[] text) in steps)
            {
                switch (what)
                {
                    case <= 2: // reads a text of whole pages, of which there are two, and remembers it
                        PagedSequence sequence = new(pool);
                        PrefixTree.Node at = tree.Root;
                        int reused = 0;
                        while (reused < text.Length && PrefixTree.Find(at, Key(text[reused])) is { } node)
                        {
                            Assert.Same(known[Name(text, ++reused)], node);
                            sequence.Adopt(node.Page);
                            at = node;
                        }
                        Assert.False(reused < text.Length && known.ContainsKey(Name(text, reused + 1)));
                        tree.Use(at);
                        for (int i = reused; i < text.Length; i++)
                        {
                            if (!Append(sequence, Enumerable.Repeat((float)text[i], Size).ToArray())) break;
                            at = tree.Add(at, Key(text[i]), sequence.Pages[i])!;
                            known[Name(text, i + 1)] = at;
                        }
                        Assert.Equal(text.Take(sequence.Length / Size).SelectMany(t => Enumerable.Repeat((float)t, Size)), Read(sequence));
                        all.Add(sequence);
                        break;
                    case 3 when all.Count > 0:
                        all[which % all.Count].Dispose();
                        all.RemoveAt(which % all.Count);
                        break;
                    default:
                        bool possible = known.Values.Any(n => pool.Holders(n.Page) == 1);
                        Assert.Equal(possible, tree.Evict());
                        foreach ((string name, PrefixTree.Node n) in known.ToArray())
                            if (!n.Stands) known.Remove(name);
                        break;
                }
                Assert.Equal(known.Count, tree.Count);
                Assert.Equal(known.Values.Count(n => pool.Holders(n.Page) == 1), tree.Unused);
                CheckCounts(pool, all, known.Values.Select(n => n.Page));
            }
            tree.Clear();
            CheckCounts(pool, all);
            foreach (PagedSequence s in all) s.Dispose();
            Assert.Equal(pool.Count, pool.Free);

            static PageKey Key(int token) => new([token, token, token, token]);
            static string Name(int[] text, int pages) => string.Join(' ', text.Take(pages));
        }, iter: 100, threads: 1);

    [Fact]
    public void WhatWasNotUsedForTheLongestTimeGoesFirst()
    {
        PagePool pool = Pool(10);
        PrefixTree tree = new(pool);
        PrefixTree.Node[] nodes = [.. Enumerable.Range(0, 4).Select(i => Add(tree.Root, i))];
        PrefixTree.Node below = Add(nodes[0], 9);
        tree.Use(nodes[1]);
        // In order of use: 2, 3, 0 with 9 below, 1.
        foreach (PrefixTree.Node expected in (PrefixTree.Node[])[nodes[2], nodes[3], below, nodes[0], nodes[1]])
        {
            Assert.True(expected.Stands);
            Assert.True(tree.Evict());
            Assert.False(expected.Stands);
        }
        Assert.False(tree.Evict());
        Assert.Null(tree.Add(nodes[0], new PageKey([1, 1, 1, 1]), 0));
        Assert.Equal(pool.Count, pool.Free);

        PrefixTree.Node Add(PrefixTree.Node from, int token)
        {
            Assert.True(pool.TryTake(out int page));
            PrefixTree.Node node = tree.Add(from, new PageKey([token, token, token, token]), page)!;
            pool.Release(page);
            return node;
        }
    }
}
