namespace Heed.Generation;

/// <summary>Byte strings with token ids, as a tree in the order in which it is walked: a node's subtree stands right behind it.</summary>
internal sealed class TokenTrie
{
    private TokenTrie(TrieNode[] nodes, int[] ids, int depth) => (Nodes, Ids, Depth) = (nodes, ids, depth);

    /// <summary>The nodes, parents before children.</summary>
    public TrieNode[] Nodes { get; }

    /// <summary>Token ids in the order of the nodes at which they end.</summary>
    public int[] Ids { get; }

    /// <summary>Bytes of the longest string.</summary>
    public int Depth { get; }

    /// <summary>The tree of some tokens; several may be spelled alike.</summary>
    public static TokenTrie Of(IEnumerable<(byte[] Text, int Id)> tokens)
    {
        (byte[] Text, int Id)[] sorted = [.. tokens];
        Array.Sort(sorted, (a, b) => a.Text.AsSpan().SequenceCompareTo(b.Text) is var c and not 0 ? c : a.Id.CompareTo(b.Id));
        List<TrieNode> nodes = [];
        List<int> path = []; // nodes of the last string
        ReadOnlySpan<byte> last = [];
        int depth = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            byte[] text = sorted[i].Text;
            int shared = text.AsSpan().CommonPrefixLength(last);
            Close(shared);
            for (int d = shared; d < text.Length; d++)
            {
                path.Add(nodes.Count);
                nodes.Add(new TrieNode { Byte = text[d], Depth = (ushort)d, FirstId = i, EndId = i });
            }
            // Ids of one node stand together: its children's come behind them.
            nodes[path[^1]] = nodes[path[^1]] with { EndId = i + 1 };
            last = text;
            depth = Math.Max(depth, text.Length);
        }
        Close(0);
        return new TokenTrie([.. nodes], [.. sorted.Select(t => t.Id)], depth);

        void Close(int to)
        {
            for (int d = path.Count - 1; d >= to; d--) nodes[path[d]] = nodes[path[d]] with { Next = nodes.Count };
            path.RemoveRange(to, path.Count - to);
        }
    }
}

/// <summary>A byte of a token.</summary>
internal readonly record struct TrieNode
{
    /// <summary>The first node behind this one's subtree.</summary>
    public int Next { get; init; }

    /// <summary>The tokens that end here: from this place of the ids ...</summary>
    public int FirstId { get; init; }

    /// <summary>... to before this.</summary>
    public int EndId { get; init; }

    /// <summary>Bytes before this one.</summary>
    public ushort Depth { get; init; }

    public byte Byte { get; init; }
}
