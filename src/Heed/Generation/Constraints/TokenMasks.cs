using System.Numerics;

namespace Heed.Generation;

/// <summary>What a state without its stack says of every token.</summary>
/// <param name="Allowed">Bits of the tokens that its rules can read as a whole; shared between states that allow the same.</param>
/// <param name="Beyond">Ends of tokens that go on where the rules have ended, and which the stack must read; null = none, or not asked for.</param>
/// <param name="HasBeyond">Whether they were asked for.</param>
internal sealed record LocalMask(ulong[] Allowed, TokenTrie? Beyond, bool HasBeyond);

/// <summary>
/// Which tokens may come next in a state. Most of the answer depends only on the rule that is being read and is kept for each such local state; the few
/// tokens that reach beyond its end are read with the real stack each time (the split of XGrammar, Dong et al. 2024).
/// </summary>
internal sealed class TokenMasks(Automaton automaton, IReadOnlyList<TokenSlice> slices, int words)
{
    private const int MostKept = 768; // different masks: 15 MB at a vocabulary of 150,000

    private readonly Dictionary<ulong[], ulong[]> shared = new(WordsComparer.Instance);
    private readonly Queue<AutomatonState> kept = [];
    private readonly SliceCover cover = new(automaton);

    /// <summary>Sets the bits of the tokens that may come next and clears all others.</summary>
    /// <param name="state">The state so far.</param>
    /// <param name="mask">(vocabulary / 64, rounded up).</param>
    public void Fill(AutomatonState state, Span<ulong> mask)
    {
        mask.Clear();
        foreach (StatePart part in automaton.PartsOf(state))
        {
            LocalMask local = part.Local.Mask is { } made && (made.HasBeyond || part.Frame is null) ? made : Make(part.Local, part.Frame is not null);
            Or(mask, local.Allowed);
            if (part.Frame is not null && local.Beyond is { } beyond) Walk(beyond, automaton.Resume(part.Frame), mask, null);
        }
    }

    /// <summary>The same by walking other tokens, and without keeping anything: for the first token of a text.</summary>
    public void Fill(AutomatonState state, IReadOnlyList<TokenSlice> others, Span<ulong> mask)
    {
        lock (automaton.Gate)
        {
            automaton.ResetWork();
            mask.Clear();
            foreach (TokenSlice slice in others) Walk(slice.Trie, state, mask, null);
        }
    }

    private LocalMask Make(AutomatonState local, bool withBeyond)
    {
        lock (automaton.Gate)
        {
            if (local.Mask is { } made && (made.HasBeyond || !withBeyond)) return made;
            automaton.ResetWork();
            ulong[] bits = new ulong[words];
            List<(byte[] Text, int Id)>? beyond = withBeyond ? [] : null;
            // Each kind of character holds those of the kinds before it.
            int covered = 0;
            SliceKind known = SliceKind.Other;
            foreach (TokenSlice slice in slices.Reverse())
            {
                if (slice.Kind != known && covered < TokenSlice.Longest) covered = cover.Length(local, known = slice.Kind, TokenSlice.Longest);
                if (slice.Kind != SliceKind.Other && slice.Trie.Depth <= covered) Or(bits, slice.Mask);
                else Walk(slice.Trie, local, bits, beyond);
            }
            if (!shared.TryGetValue(bits, out ulong[]? same)) shared[bits] = same = bits;
            kept.Enqueue(local);
            if (shared.Count > MostKept) Forget(local);
            return local.Mask = new(same, beyond is { Count: > 0 } ? TokenTrie.Of(beyond) : null, withBeyond);
        }
    }

    // Walks a tree of tokens, skipping what lies below a byte that cannot be read; that is beyond every end which was passed before it.
    private void Walk(TokenTrie trie, AutomatonState start, Span<ulong> bits, List<(byte[] Text, int Id)>? beyond)
    {
        ReadOnlySpan<TrieNode> nodes = trie.Nodes;
        ReadOnlySpan<int> ids = trie.Ids;
        ReadOnlySpan<byte> classOf = automaton.ClassOf;
        AutomatonState dead = automaton.Dead;
        AutomatonState[] path = new AutomatonState[trie.Depth + 1];
        path[0] = start;
        for (int i = 0; i < nodes.Length;)
        {
            ref readonly TrieNode node = ref nodes[i];
            AutomatonState before = path[node.Depth];
            AutomatonState state = before.Next[classOf[node.Byte]] ?? automaton.Step(before, node.Byte);
            if (state == dead)
            {
                for (int length = 1; beyond is not null && length <= node.Depth; length++)
                    if (path[length].Ends) AddFrom(trie, i, length, beyond);
                i = node.Next;
                continue;
            }
            for (int at = node.FirstId; at < node.EndId; at++) bits[ids[at] >> 6] |= 1UL << (ids[at] & 63);
            path[node.Depth + 1] = state;
            i++;
        }
    }

    // The tokens of a node's subtree, less their first bytes.
    private static void AddFrom(TokenTrie trie, int at, int length, List<(byte[] Text, int Id)> beyond)
    {
        TrieNode[] nodes = trie.Nodes;
        byte[] text = new byte[trie.Depth];
        // The bytes before the node are those of the nodes above it, the nearest of each depth.
        for (int i = at, depth = nodes[at].Depth; depth > length; i--)
            if (nodes[i].Depth == depth - 1) text[--depth] = nodes[i].Byte;
        for (int i = at; i < nodes[at].Next; i++)
        {
            text[nodes[i].Depth] = nodes[i].Byte;
            for (int id = nodes[i].FirstId; id < nodes[i].EndId; id++) beyond.Add((text[length..(nodes[i].Depth + 1)], trie.Ids[id]));
        }
    }

    // The oldest masks go; a state that is met again makes its own anew.
    private void Forget(AutomatonState keep)
    {
        while (kept.TryDequeue(out AutomatonState? state))
            if (state != keep) state.Mask = null;
        shared.Clear();
    }

    private static void Or(Span<ulong> to, ReadOnlySpan<ulong> from)
    {
        int i = 0;
        for (; i <= to.Length - Vector<ulong>.Count; i += Vector<ulong>.Count) (new Vector<ulong>(to[i..]) | new Vector<ulong>(from[i..])).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] |= from[i];
    }

    private sealed class WordsComparer : IEqualityComparer<ulong[]>
    {
        public static WordsComparer Instance { get; } = new();

        public bool Equals(ulong[]? a, ulong[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(ulong[] words)
        {
            ulong hash = 0;
            foreach (ulong word in words) hash = (BitOperations.RotateLeft(hash, 5) ^ word) * 0x9E3779B97F4A7C15;
            return (int)(hash >> 32);
        }
    }
}
