using Heed.Layers;

namespace Heed.Generation;

/// <summary>
/// The pages of texts that were read before, for those that begin alike (Zheng et al. 2023, https://arxiv.org/abs/2312.07104): a radix tree over token
/// ids in which an edge is a page of tokens. It holds its pages beside the sequences, and lets go those that were not used for the longest time.
/// </summary>
internal sealed class PrefixTree(PagePool pool)
{
    private readonly LinkedList<Node> used = new(); // last used first; a node stands behind the one above it

    /// <summary>The start of every text.</summary>
    public Node Root { get; } = new(null, default, -1);

    /// <summary>Pages that it holds.</summary>
    public int Count => used.Count;

    /// <summary>Pages that nobody else holds.</summary>
    public int Unused => used.Count(node => pool.Holders(node.Page) == 1);

    /// <summary>A text that ends with a whole page.</summary>
    internal sealed class Node(Node? above, PageKey key, int page)
    {
        internal readonly Dictionary<PageKey, Node> Below = [];
        internal readonly Node? Above = above;
        internal readonly PageKey Key = key;
        internal LinkedListNode<Node>? Place;

        /// <summary>The page of its last tokens.</summary>
        public int Page { get; } = page;

        /// <summary>Whether it still is part of the tree.</summary>
        public bool Stands => Above is null || Place is not null;
    }

    /// <summary>The text with one more page of tokens, if it was read before.</summary>
    public static Node? Find(Node from, PageKey tokens) => from.Below.GetValueOrDefault(tokens);

    /// <summary>Remembers that a page holds the tokens behind a text; where one does already, that one stays.</summary>
    /// <returns>The text with these tokens; null if the text before is no longer part of the tree.</returns>
    public Node? Add(Node from, PageKey tokens, int page)
    {
        if (!from.Stands) return null;
        if (Find(from, tokens) is { } known) return known;
        pool.Share(page);
        Node node = new(from, tokens, page);
        node.Place = used.AddFirst(node);
        from.Below.Add(tokens, node);
        Use(node);
        return node;
    }

    /// <summary>A text was read again: from below upwards, so that what is above comes to stand in front.</summary>
    public void Use(Node node)
    {
        for (Node at = node; at.Place is { } place; at = at.Above!)
        {
            used.Remove(place);
            used.AddFirst(place);
        }
    }

    /// <summary>Lets go of the page that was not used for the longest time, of those that nobody else holds; if need be with the texts that it begins.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Evict()
    {
        Node? unused = null; // one that others stand on: their tokens are in use and see no further than their window
        for (LinkedListNode<Node>? at = used.Last; at is not null; at = at.Previous)
        {
            if (pool.Holders(at.Value.Page) > 1) continue;
            if (at.Value.Below.Count == 0)
            {
                Remove(at.Value);
                return true;
            }
            unused ??= at.Value;
        }
        if (unused is null) return false;
        RemoveAll(unused);
        return true;
    }

    /// <summary>Lets go of all pages.</summary>
    public void Clear()
    {
        while (used.Last is { } last) Remove(last.Value); // the last one used is above no other
    }

    private void RemoveAll(Node node)
    {
        // Without recursion: a text may be long.
        List<Node> all = [node];
        for (int i = 0; i < all.Count; i++) all.AddRange(all[i].Below.Values);
        for (int i = all.Count - 1; i >= 0; i--) Remove(all[i]);
    }

    private void Remove(Node node)
    {
        used.Remove(node.Place!);
        node.Place = null;
        node.Above!.Below.Remove(node.Key);
        pool.Release(node.Page);
    }
}

/// <summary>The tokens of a page, compared by value.</summary>
internal readonly struct PageKey : IEquatable<PageKey>
{
    private readonly int[] tokens;
    private readonly int hash;

    /// <summary>Copies the tokens.</summary>
    public PageKey(ReadOnlySpan<int> tokens)
    {
        this.tokens = tokens.ToArray();
        HashCode code = default;
        foreach (int token in tokens) code.Add(token);
        hash = code.ToHashCode();
    }

    /// <inheritdoc/>
    public bool Equals(PageKey other) => hash == other.hash && tokens.AsSpan().SequenceEqual(other.tokens);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PageKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => hash;
}
