namespace Heed.Tokenization;

/// <summary>
/// A read-only set of byte strings, each with a number, as a double array (Aoe 1989): the child of a node by a byte is at
/// <c>base ^ byte</c> and names the node as its parent. A step costs one look into memory, and all prefixes of a text that
/// are keys are found in one walk, without hashing or copying.
/// </summary>
internal sealed class ByteTrie
{
    /// <summary>The node of the empty string.</summary>
    public const int Root = 0;

    private const int Block = 256;
    private const int MaxTries = 64;   // free places looked at before a new block is begun

    private struct Node
    {
        public int Base;
        public int Parent;   // -1 = free
        public int Value;    // -1 = no key ends here
    }

    private readonly record struct Span(int Node, int From, int To, int Depth);

    private Node[] nodes = [];
    private int[] nextFree = [], previousFree = [];
    private int firstFree = -1, used;

    /// <summary>Builds the set; of equal keys the first keeps its number.</summary>
    /// <param name="keys">The keys, in any order; empty ones are passed over.</param>
    /// <param name="values">Their numbers, at least 0.</param>
    public ByteTrie(IReadOnlyList<byte[]> keys, IReadOnlyList<int> values)
    {
        int[] order = [.. Enumerable.Range(0, keys.Count).Where(i => keys[i].Length > 0)];
        Array.Sort(order, (a, b) => keys[a].AsSpan().SequenceCompareTo(keys[b]) is var c and not 0 ? c : a.CompareTo(b));
        AddBlock();
        Take(Root, -2);

        var work = new Stack<Span>();
        work.Push(new Span(Root, 0, order.Length, 0));
        var labels = new List<byte>();
        var bounds = new List<int>();
        while (work.TryPop(out Span span))
        {
            (int node, int from, int to, int depth) = span;
            while (from < to && keys[order[from]].Length == depth)
            {
                if (nodes[node].Value < 0) nodes[node].Value = values[order[from]];
                from++;
            }
            if (from == to) continue;
            labels.Clear();
            bounds.Clear();
            for (int i = from; i < to; i++)
            {
                byte label = keys[order[i]][depth];
                if (labels.Count > 0 && labels[^1] == label) continue;
                labels.Add(label);
                bounds.Add(i);
            }
            bounds.Add(to);
            int at = FindBase(labels);
            nodes[node].Base = at;
            foreach (byte label in labels) Take(at ^ label, node);
            for (int i = labels.Count - 1; i >= 0; i--) work.Push(new Span(at ^ labels[i], bounds[i], bounds[i + 1], depth + 1));
        }
        (nextFree, previousFree) = ([], []);
    }

    /// <summary>Builds the set of the UTF-8 forms of tokens, numbered by their ids.</summary>
    public static ByteTrie OfTokens(IEnumerable<(int Id, string Token)> tokens)
    {
        var keys = new List<byte[]>();
        var ids = new List<int>();
        foreach ((int id, string token) in tokens)
        {
            keys.Add(System.Text.Encoding.UTF8.GetBytes(token));
            ids.Add(id);
        }
        return new ByteTrie(keys, ids);
    }

    /// <summary>The child of a node by a byte, or -1; <paramref name="value"/> is the number of the key that ends there, or -1.</summary>
    public int Step(int node, byte label, out int value)
    {
        Node[] all = nodes;
        int next = all[node].Base ^ label;
        if (next < all.Length && all[next].Parent == node)
        {
            value = all[next].Value;
            return next;
        }
        value = -1;
        return -1;
    }

    /// <summary>The node that a text leads to, or -1.</summary>
    public int Walk(int node, ReadOnlySpan<byte> text)
    {
        foreach (byte label in text)
        {
            node = Step(node, label, out _);
            if (node < 0) return -1;
        }
        return node;
    }

    /// <summary>The number of a key, or -1.</summary>
    public int Find(ReadOnlySpan<byte> key) => Walk(Root, key) is var node and >= 0 ? nodes[node].Value : -1;

    /// <summary>The number of the longest key that the text begins with (seen from <paramref name="node"/>), or -1.</summary>
    public int Longest(int node, ReadOnlySpan<byte> text, out int length)
    {
        int found = -1;
        length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            node = Step(node, text[i], out int value);
            if (node < 0) break;
            if (value < 0) continue;
            found = value;
            length = i + 1;
        }
        return found;
    }

    private int FindBase(List<byte> labels)
    {
        int tries = 0;
        for (int free = firstFree; free >= 0 && tries < MaxTries; free = nextFree[free], tries++)
        {
            int at = free ^ labels[0];
            bool fits = true;
            for (int i = 1; i < labels.Count && fits; i++) fits = nodes[at ^ labels[i]].Parent == -1;
            if (fits) return at;
        }
        return AddBlock();
    }

    /// <summary>Appends 256 free places, before the older free ones in the list; returns the first.</summary>
    private int AddBlock()
    {
        int from = used, to = checked(from + Block);
        if (to > nodes.Length)
        {
            int size = (int)Math.Min(Math.Max(to, 2L * nodes.Length), Array.MaxLength / Block * Block);
            Array.Resize(ref nodes, size);
            Array.Resize(ref nextFree, size);
            Array.Resize(ref previousFree, size);
            for (int i = from; i < size; i++) nodes[i] = new Node { Parent = -1, Value = -1 };
        }
        used = to;
        for (int i = to - 1; i >= from; i--)
        {
            nextFree[i] = firstFree;
            previousFree[i] = -1;
            if (firstFree >= 0) previousFree[firstFree] = i;
            firstFree = i;
        }
        return from;
    }

    private void Take(int node, int parent)
    {
        nodes[node].Parent = parent;
        int before = previousFree[node], after = nextFree[node];
        if (before >= 0) nextFree[before] = after;
        else firstFree = after;
        if (after >= 0) previousFree[after] = before;
    }
}
