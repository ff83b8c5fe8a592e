using System.Runtime.CompilerServices;

namespace Heed.Generation;

/// <summary>Where a grammar goes on when a rule has ended: one frame of a stack. No frame = the grammar's own end.</summary>
internal sealed class Frame(Position position, Frame? parent, int number)
{
    /// <summary>Where the calling rule goes on.</summary>
    public Position Return { get; } = position;

    /// <summary>Where that rule's caller goes on.</summary>
    public Frame? Parent { get; } = parent;

    public int Number { get; } = number;

    /// <summary>The state in which nothing but this frame is left to do; made when it is first asked for.</summary>
    public AutomatonState? Resumed { get; set; }
}

/// <summary>A position with the stack under it.</summary>
internal readonly record struct Item(Position Position, Frame? Frame);

/// <summary>Everything that a text so far may be in the middle of. Its transitions and its token mask are filled as they are asked for.</summary>
internal sealed class AutomatonState(Item[] items, bool ends, int classes)
{
    /// <summary>Positions that read a byte, sorted.</summary>
    public Item[] Items { get; } = items;

    /// <summary>Whether the text may end here.</summary>
    public bool Ends { get; } = ends;

    /// <summary>By class of byte the state behind it; null = not yet known.</summary>
    public AutomatonState?[] Next { get; } = new AutomatonState?[classes];

    /// <summary>Whether the text is none of the grammar's, nor the beginning of one.</summary>
    public bool IsDead => Items.Length == 0 && !Ends;

    /// <summary>Items that share a stack, as states without one; see <see cref="Automaton.PartsOf"/>.</summary>
    public StatePart[]? Parts { get; set; }

    /// <summary>The tokens that stay within this state's own rules; see <see cref="TokenMasks"/>.</summary>
    public LocalMask? Mask { get; set; }
}

/// <summary>Part of a state: what its own rules allow, and the stack that waits for them to end.</summary>
internal readonly record struct StatePart(AutomatonState Local, Frame? Frame);

/// <summary>
/// Reads texts byte by byte: a pushdown automaton whose states are made as they are met (the subset construction, with shared stacks as in a
/// graph-structured stack, Tomita 1985). A grammar without recursion has finitely many states. Thread-safe.
/// </summary>
internal sealed class Automaton
{
    private const int MaxItems = 20_000;
    private const long MaxWeight = 6_000_000; // items and transitions kept; about 100 MB
    private const long MaxWork = 50_000_000;  // items looked at for one mask

    private readonly Position root;
    private readonly byte[] classOf;
    private readonly byte[] firstOf; // by class one of its bytes
    private readonly Dictionary<Item[], AutomatonState> states = new(ItemsComparer.Instance);
    private readonly Dictionary<Item[], AutomatonState> endings = new(ItemsComparer.Instance);
    private readonly Dictionary<(Position, Frame?), Frame> frames = [];
    private AutomatonState? start;
    private long weight, work;
    private int frameCount;

    public Automaton(CompiledRule root)
    {
        this.root = root.Start;
        (classOf, firstOf) = Classes(root);
        Dead = new AutomatonState([], false, firstOf.Length);
        Array.Fill(Dead.Next, Dead);
    }

    /// <summary>Held while states, frames and masks are made.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The state from which there is no way on.</summary>
    public AutomatonState Dead { get; }

    /// <summary>The class of each byte: bytes of one class lead to the same states everywhere.</summary>
    public ReadOnlySpan<byte> ClassOf => classOf;

    /// <summary>The state before any text.</summary>
    public AutomatonState Start
    {
        get
        {
            lock (Gate) return start ??= Closed([new Item(root, null)]);
        }
    }

    /// <summary>The state behind one more byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AutomatonState Step(AutomatonState state, byte value)
    {
        int c = classOf[value];
        return state.Next[c] ?? Make(state, c);
    }

    /// <summary>The state behind a text.</summary>
    public AutomatonState Read(AutomatonState state, ReadOnlySpan<byte> text)
    {
        foreach (byte b in text) state = Step(state, b);
        return state;
    }

    /// <summary>A state's items by the stack under them: each group as a state without a stack, whose own end is where the stack goes on.</summary>
    public StatePart[] PartsOf(AutomatonState state)
    {
        if (state.Parts is { } known) return known;
        lock (Gate)
            return state.Parts = Array.TrueForAll(state.Items, i => i.Frame is null)
                ? [new StatePart(state, null)]
                : [.. state.Items.GroupBy(i => i.Frame).Select(g => new StatePart(Intern([.. g.Select(i => i with { Frame = null })], false), g.Key))];
    }

    /// <summary>The state that a frame goes on with once the rule above it has ended.</summary>
    public AutomatonState Resume(Frame frame)
    {
        if (frame.Resumed is { } known) return known;
        lock (Gate) return frame.Resumed = Closed([new Item(frame.Return, frame.Parent)]);
    }

    /// <summary>Counts the work of one mask anew.</summary>
    public void ResetWork() => work = 0;

    private AutomatonState Make(AutomatonState state, int c)
    {
        lock (Gate)
        {
            if (state.Next[c] is { } made) return made;
            if ((work += state.Items.Length) > MaxWork) throw new InvalidOperationException($"the constraint is too ambiguous: the tokens that may come next lead through more than {MaxWork} positions; make its repetitions smaller");
            byte value = firstOf[c];
            List<Item> kernel = [];
            foreach (Item item in state.Items)
                foreach (ByteEdge edge in item.Position.Edges!)
                    if (value >= edge.First && value <= edge.Last) kernel.Add(item with { Position = edge.Target });
            return state.Next[c] = Closed(kernel);
        }
    }

    // What is reached over nothing: of that, the items that read a byte, and whether the end is among it.
    private AutomatonState Closed(List<Item> waiting)
    {
        HashSet<Item> seen = [.. waiting];
        List<Item> reading = [];
        bool ends = false;
        while (waiting.Count > 0)
        {
            Item item = waiting[^1];
            waiting.RemoveAt(waiting.Count - 1);
            Position p = item.Position;
            if (p.Distance == Position.NoEnd) continue;
            if (seen.Count > MaxItems) throw new InvalidOperationException($"the constraint is too ambiguous: a text can be read in more than {MaxItems} ways");
            if (p.Edges is not null) reading.Add(item);
            foreach (Position to in p.Jumps ?? []) Reach(new Item(to, item.Frame));
            // A call that is the last thing of a rule returns to that rule's caller at once.
            if (p.Call is { } call && p.Return!.Distance != Position.NoEnd) Reach(new Item(call.Start, p.Return == p.Rule.End ? item.Frame : FrameOf(p.Return, item.Frame)));
            if (p == p.Rule.End)
            {
                if (item.Frame is { } frame) Reach(new Item(frame.Return, frame.Parent));
                else ends = true;
            }
        }
        return Intern([.. reading], ends);

        void Reach(Item item)
        {
            if (seen.Add(item)) waiting.Add(item);
        }
    }

    private Frame FrameOf(Position position, Frame? parent)
    {
        if (!frames.TryGetValue((position, parent), out Frame? found)) frames[(position, parent)] = found = new Frame(position, parent, ++frameCount);
        return found;
    }

    private AutomatonState Intern(Item[] items, bool ends)
    {
        if (items.Length == 0 && !ends) return Dead;
        Array.Sort(items, (a, b) => a.Position.Number != b.Position.Number ? a.Position.Number.CompareTo(b.Position.Number) : (a.Frame?.Number ?? 0).CompareTo(b.Frame?.Number ?? 0));
        Dictionary<Item[], AutomatonState> table = ends ? endings : states;
        if (table.TryGetValue(items, out AutomatonState? found)) return found;
        if (weight > MaxWeight) Forget();
        weight += 16 + (2 * items.Length) + firstOf.Length;
        return table[items] = new AutomatonState(items, ends, firstOf.Length);
    }

    // What is in use lives on by itself; the rest is made again when it is met again.
    private void Forget()
    {
        states.Clear();
        endings.Clear();
        frames.Clear();
        start = null;
        weight = 0;
    }

    private static (byte[] ClassOf, byte[] FirstOf) Classes(CompiledRule root)
    {
        // Bytes are told apart only where an edge begins or ends.
        bool[] cuts = new bool[257];
        cuts[0] = true;
        HashSet<Position> seen = [root.Start];
        Stack<Position> waiting = new(seen);
        while (waiting.TryPop(out Position? p))
        {
            foreach (ByteEdge edge in p.Edges ?? [])
            {
                cuts[edge.First] = cuts[edge.Last + 1] = true;
                Reach(edge.Target);
            }
            foreach (Position to in p.Jumps ?? []) Reach(to);
            if (p.Call is null) continue;
            Reach(p.Call.Start);
            Reach(p.Return!);
        }
        byte[] classOf = new byte[256];
        List<byte> firstOf = [];
        for (int b = 0; b < 256; b++)
        {
            if (cuts[b]) firstOf.Add((byte)b);
            classOf[b] = (byte)(firstOf.Count - 1);
        }
        return (classOf, [.. firstOf]);

        void Reach(Position p)
        {
            if (seen.Add(p)) waiting.Push(p);
        }
    }

    private sealed class ItemsComparer : IEqualityComparer<Item[]>
    {
        public static ItemsComparer Instance { get; } = new();

        public bool Equals(Item[]? a, Item[]? b) => a!.AsSpan().SequenceEqual(b);

        public int GetHashCode(Item[] items)
        {
            HashCode hash = new();
            foreach (Item item in items)
            {
                hash.Add(item.Position.Number);
                hash.Add(item.Frame?.Number ?? 0);
            }
            return hash.ToHashCode();
        }
    }
}
