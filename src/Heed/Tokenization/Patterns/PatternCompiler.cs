namespace Heed.Tokenization;

/// <summary>
/// Turns the tree of a pattern into a program, from its end to its beginning. Each node is given two ways to go on: one for when
/// nothing has been taken since the innermost loop began its round, and one for when something has. A round that takes nothing
/// leaves its loop (as in Oniguruma), so that no cycle is ever empty.
/// </summary>
internal sealed class PatternCompiler
{
    private const int MaxInstructions = 20_000, MaxWork = 200_000, MaxSets = 5_000;
    private const long MaxTable = 50_000_000;

    private readonly string pattern;
    private readonly List<PatternInstruction> instructions = [new(PatternOp.Accept, 0, 0, 0)];
    private readonly List<CodePointSet> sets = [];
    private readonly Dictionary<string, int> numberOfSet = [];
    private readonly List<int[][]> behinds = [];
    private int work;

    private PatternCompiler(string pattern) => this.pattern = pattern;

    /// <exception cref="FormatException">The pattern, with its counted repetitions written out, is too large.</exception>
    public static PatternProgram Compile(string pattern, PatternSyntax syntax)
    {
        PatternNode node = PatternParser.Parse(pattern, syntax);
        var compiler = new PatternCompiler(pattern);
        int word = compiler.SetNumber(syntax == PatternSyntax.Rust ? UnicodeSets.RustWord : UnicodeSets.Word);
        int entry = compiler.Emit(node, 0, 0);
        PatternInstruction[] instructions = [.. compiler.instructions];
        if (compiler.sets.Sum(set => 2L * set.Ranges.Length) * compiler.sets.Count > MaxTable) throw compiler.TooLarge();
        (bool[] first, bool empty) = compiler.FirstBytes(instructions, entry);
        return new PatternProgram
        {
            Instructions = instructions,
            Entry = entry,
            Sets = new CharacterSets(compiler.sets),
            Behinds = [.. compiler.behinds],
            Word = word,
            Order = Order(instructions, entry),
            FirstBytes = first,
            MatchesEmpty = empty,
        };
    }

    private int Add(PatternOp op, int argument, int next, int other = 0)
    {
        if (instructions.Count == MaxInstructions) throw TooLarge();
        instructions.Add(new(op, argument, next, other));
        return instructions.Count - 1;
    }

    private int SetNumber(CodePointSet set)
    {
        string key = string.Join(' ', set.Ranges.ToArray());
        if (numberOfSet.TryGetValue(key, out int number)) return number;
        if (sets.Count == MaxSets) throw TooLarge();
        sets.Add(set);
        return numberOfSet[key] = sets.Count - 1;
    }

    private FormatException TooLarge() =>
        new($"The pattern '{(pattern.Length <= 200 ? pattern : pattern[..200] + "...")}' is too large with its repetitions written out: more than {MaxInstructions} steps or {MaxSets} sets of characters.");

    /// <summary>The instruction with which <paramref name="node"/> begins.</summary>
    private int Emit(PatternNode node, int empty, int full)
    {
        if (++work > MaxWork) throw TooLarge();
        switch (node)
        {
            case SetNode set:
                return Add(PatternOp.Set, SetNumber(set.Set), full);
            case SequenceNode sequence:
                return EmitRow(sequence.Items, empty, full);
            case AlternationNode alternation:
                int choice = Emit(alternation.Choices[^1], empty, full);
                for (int i = alternation.Choices.Count - 2; i >= 0; i--)
                    choice = Add(PatternOp.Split, 0, Emit(alternation.Choices[i], empty, full), choice);
                return choice;
            case RepeatNode { Greed: Greed.Possessive } repeat:
                if (repeat is { Item: SetNode single, Min: <= 1, Max: int.MaxValue } && empty == full)
                {
                    int run = Add(PatternOp.PossessiveRun, SetNumber(single.Set), full);
                    return repeat.Min == 0 ? run : Emit(single, empty, run);
                }
                return Add(PatternOp.Atomic, Emit(repeat with { Greed = Greed.Greedy }, 0, 0), empty, full);
            case RepeatNode repeat:
                return EmitRepeat(repeat, empty, full);
            case AtomicNode atomic:
                return Add(PatternOp.Atomic, Emit(atomic.Item, 0, 0), empty, full);
            case LookaheadNode ahead:
                return Add(ahead.Negative ? PatternOp.NotAhead : PatternOp.Ahead, Emit(ahead.Item, 0, 0), empty);
            case LookbehindNode behind:
                behinds.Add([.. behind.Rows.Select(row => row.Select(SetNumber).ToArray())]);
                return Add(behind.Negative ? PatternOp.NotBehind : PatternOp.Behind, behinds.Count - 1, empty);
            case AnchorNode anchor:
                return Add(PatternOp.Anchor, (int)anchor.Anchor, empty);
            default:
                throw new InvalidOperationException($"No instruction for {node.GetType().Name}.");
        }
    }

    private int EmitRow(IEnumerable<PatternNode> items, int empty, int full)
    {
        foreach (PatternNode item in items.Reverse()) (empty, full) = EmitPair(item, empty, full);
        return empty;
    }

    /// <summary>The node for both cases: nothing taken before it, something taken before it.</summary>
    private (int Empty, int Full) EmitPair(PatternNode item, int empty, int full)
    {
        int begin = Emit(item, empty, full);
        return (begin, empty == full ? begin : Emit(item, full, full));
    }

    private int EmitRepeat(RepeatNode repeat, int empty, int full)
    {
        if (repeat.Max == int.MaxValue)
        {
            int loop;
            if (repeat is { Item: SetNode single, Greed: Greed.Greedy }) loop = Add(PatternOp.Run, SetNumber(single.Set), full);
            else
            {
                loop = Add(PatternOp.Split, 0, 0);   // filled in when its round is there
                instructions[loop] = Choice(repeat, Emit(repeat.Item, full, loop), full);
            }
            (empty, full) = (empty == full ? loop : Add(Choice(repeat, Emit(repeat.Item, empty, loop), empty)), loop);
        }
        else
        {
            (int emptyExit, int fullExit) = (empty, full);
            for (int i = repeat.Min; i < repeat.Max; i++)
            {
                int fullNext = Add(Choice(repeat, Emit(repeat.Item, fullExit, full), fullExit));
                empty = emptyExit == fullExit ? fullNext : Add(Choice(repeat, Emit(repeat.Item, emptyExit, full), emptyExit));
                full = fullNext;
            }
        }
        for (int i = 0; i < repeat.Min; i++) (empty, full) = EmitPair(repeat.Item, empty, full);
        return empty;
    }

    private int Add(PatternInstruction instruction) => Add(instruction.Op, instruction.Argument, instruction.Next, instruction.Other);

    private static PatternInstruction Choice(RepeatNode repeat, int round, int exit) =>
        repeat.Greed == Greed.Lazy ? new(PatternOp.Split, 0, exit, round) : new(PatternOp.Split, 0, round, exit);

    /// <summary>Depth first over the steps that take no character.</summary>
    private static int[] Order(PatternInstruction[] instructions, int entry)
    {
        var order = new List<int>();
        var seen = new HashSet<int>();
        var roots = new Stack<int>([entry]);
        var path = new Stack<(int Instruction, bool Done)>();
        while (roots.TryPop(out int root))
        {
            path.Push((root, false));
            while (path.TryPop(out (int Number, bool Done) top))
            {
                if (top.Done)
                {
                    order.Add(top.Number);
                    continue;
                }
                if (!seen.Add(top.Number)) continue;
                path.Push((top.Number, true));
                PatternInstruction instruction = instructions[top.Number];
                switch (instruction.Op)
                {
                    case PatternOp.Accept:
                        break;
                    case PatternOp.Set:
                        roots.Push(instruction.Next);
                        break;
                    case PatternOp.Atomic:
                        roots.Push(instruction.Other);
                        path.Push((instruction.Argument, false));
                        path.Push((instruction.Next, false));
                        break;
                    case PatternOp.Ahead or PatternOp.NotAhead:
                        path.Push((instruction.Argument, false));
                        path.Push((instruction.Next, false));
                        break;
                    case PatternOp.Split:
                        path.Push((instruction.Other, false));
                        path.Push((instruction.Next, false));
                        break;
                    default:
                        path.Push((instruction.Next, false));
                        break;
                }
            }
        }
        return [.. order];
    }

    /// <summary>With which bytes a match can begin (conditions count as fulfilled), and whether it can be empty.</summary>
    private (bool[] Bytes, bool Empty) FirstBytes(PatternInstruction[] instructions, int entry)
    {
        var bytes = new bool[256];
        bool empty = false;
        var seen = new HashSet<int>();
        var open = new Stack<int>([entry]);
        while (open.TryPop(out int number))
        {
            if (!seen.Add(number)) continue;
            PatternInstruction instruction = instructions[number];
            if (instruction.Op == PatternOp.Accept) empty = true;
            if (instruction.Op is PatternOp.Set or PatternOp.Run or PatternOp.PossessiveRun)
            {
                foreach ((int first, int last) in sets[instruction.Argument].Ranges)
                {
                    for (int c = first; c <= Math.Min(last, 127); c++) bytes[c] = true;
                    if (last > 127) bytes.AsSpan(128).Fill(true);
                }
                if (instruction.Op == PatternOp.Set) continue;
            }
            if (instruction.Op == PatternOp.Split) open.Push(instruction.Other);
            if (instruction.Op == PatternOp.Atomic)
            {
                // What the group takes first, and what follows when it takes nothing: its end is its own Accept.
                (bool[] inner, bool innerEmpty) = FirstBytes(instructions, instruction.Argument);
                for (int b = 0; b < 256; b++) bytes[b] |= inner[b];
                if (!innerEmpty) continue;
            }
            open.Push(instruction.Next);
        }
        return (bytes, empty);
    }
}
