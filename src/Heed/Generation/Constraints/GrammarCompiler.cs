using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// Turns a grammar into positions over bytes (Thompson 1968, one automaton a rule, with calls between them), from the end of each rule to its start so
/// that equal ends are shared, and takes out what leads to no end.
/// </summary>
internal sealed class GrammarCompiler
{
    /// <summary>Most positions of a grammar: what a repetition can unfold to.</summary>
    public const int MaxPositions = 200_000;

    private const int MaxDepth = 500;

    private readonly CodePointSet? writable;
    private readonly Dictionary<GrammarRule, CompiledRule> compiled = [];
    private readonly Queue<GrammarRule> waiting = [];
    private readonly Dictionary<(GrammarNode, Position), Position> known = [];
    private readonly Dictionary<CodePointSet, Utf8Shape> shapes = [];
    private readonly List<Position> positions = [];
    private CompiledRule rule = null!;
    private int depth;

    private GrammarCompiler(CodePointSet? writable) => this.writable = writable;

    /// <summary>The root rule's positions.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="writable">Characters that can be written at all; null = all.</param>
    /// <exception cref="FormatException">It is too large, left-recursive, or without any text.</exception>
    public static CompiledRule Compile(Grammar grammar, CodePointSet? writable)
    {
        GrammarCompiler compiler = new(writable);
        CompiledRule root = compiler.Compiled(grammar.Root);
        while (compiler.waiting.TryDequeue(out GrammarRule? next)) compiler.Fill(next);
        compiler.Measure();
        LeftRecursion.Refuse(compiler.compiled.Values);
        if (root.Start.Distance == Position.NoEnd) throw compiler.NoText(root);
        return root;
    }

    private CompiledRule Compiled(GrammarRule source)
    {
        if (!compiled.TryGetValue(source, out CompiledRule? found))
        {
            compiled[source] = found = new CompiledRule(source.Name);
            found.End = New(found);
            waiting.Enqueue(source);
        }
        return found;
    }

    private void Fill(GrammarRule source)
    {
        rule = compiled[source];
        known.Clear();
        rule.Start = Build(source.Body, rule.End);
    }

    // Where the text of a node begins that goes on at next.
    private Position Build(GrammarNode node, Position next)
    {
        if (known.TryGetValue((node, next), out Position? made)) return made;
        if (++depth > MaxDepth) throw new FormatException($"{rule.Name}: expressions are nested more than {MaxDepth} deep");
        switch (node)
        {
            case CharacterOf character:
                made = Shape(character.Set).Place(next, () => New(rule));
                break;
            case SequenceOf sequence:
                made = next;
                for (int i = sequence.Items.Length - 1; i >= 0; i--) made = Build(sequence.Items[i], made);
                break;
            case ChoiceOf choice:
                made = New(rule);
                made.Jumps = [.. choice.Items.Select(item => Build(item, next))];
                break;
            case RepeatOf repeat:
                made = Repeated(repeat, next);
                break;
            case RuleOf { Rule: var source }:
                made = New(rule);
                (made.Call, made.Return) = (Compiled(source), next);
                break;
            default:
                throw new InvalidOperationException($"unknown node {node.GetType().Name}");
        }
        depth--;
        return known[(node, next)] = made;
    }

    private Position Repeated(RepeatOf repeat, Position next)
    {
        Position made = next;
        if (repeat.Most is not { } most)
        {
            made = New(rule);
            made.Jumps = [next];
            made.Jumps.Insert(0, Build(repeat.Item, made));
        }
        else
        {
            for (int i = repeat.Least; i < most; i++)
            {
                Position optional = New(rule);
                optional.Jumps = [Build(repeat.Item, made), next];
                made = optional;
            }
        }
        for (int i = 0; i < repeat.Least; i++)
        {
            Position before = Build(repeat.Item, made);
            if (before == made) break; // a repetition of nothing
            made = before;
        }
        return made;
    }

    private Position New(CompiledRule owner)
    {
        if (positions.Count >= MaxPositions) throw new FormatException($"{owner.Name}: the constraint unfolds to more than {MaxPositions} positions; make its repetitions smaller");
        Position position = new(owner, positions.Count);
        positions.Add(position);
        return position;
    }

    private Utf8Shape Shape(CodePointSet set)
    {
        if (!shapes.TryGetValue(set, out Utf8Shape? found)) shapes[set] = found = new Utf8Shape(writable is null ? set : set.Intersect(writable));
        return found;
    }

    // The fewest bytes to the end of each rule: whoever goes on at a position looks again when that position has come nearer.
    private void Measure()
    {
        List<Position>?[] users = new List<Position>?[positions.Count];
        foreach (Position p in positions)
        {
            foreach (ByteEdge edge in p.Edges ?? []) Add(edge.Target, p);
            foreach (Position to in p.Jumps ?? []) Add(to, p);
            if (p.Call is null) continue;
            Add(p.Call.Start, p);
            Add(p.Return!, p);
        }
        Queue<Position> nearer = [];
        foreach (CompiledRule r in compiled.Values)
        {
            r.End.Distance = 0;
            nearer.Enqueue(r.End);
        }
        while (nearer.TryDequeue(out Position? position))
            foreach (Position p in users[position.Number] ?? [])
            {
                int least = p.Distance;
                foreach (ByteEdge edge in p.Edges ?? []) least = Math.Min(least, Plus(edge.Target.Distance, 1));
                foreach (Position to in p.Jumps ?? []) least = Math.Min(least, to.Distance);
                if (p.Call is { } call) least = Math.Min(least, Plus(call.Start.Distance, p.Return!.Distance));
                if (least == p.Distance) continue;
                p.Distance = least;
                nearer.Enqueue(p);
            }

        void Add(Position used, Position by) => (users[used.Number] ??= []).Add(by);

        static int Plus(int a, int b) => a == Position.NoEnd || b == Position.NoEnd ? Position.NoEnd : (int)Math.Min(Position.NoEnd - 1L, (long)a + b);
    }

    private FormatException NoText(CompiledRule root)
    {
        // The rule that is to blame is one that the others wait for.
        string names = string.Join(", ", compiled.Values.Where(r => r.Start.Distance == Position.NoEnd).Select(r => r.Name).Distinct().Take(5));
        string hint = writable is null ? "" : ", or it needs characters that the vocabulary does not have";
        return new FormatException($"{root.Name}: the constraint allows no text: something in it is impossible or would contain itself without end{hint} (rules without a text: {names})");
    }
}
