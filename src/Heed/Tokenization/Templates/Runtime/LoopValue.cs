namespace Heed.Tokenization.Templates;

/// <summary>
/// The variable <c>loop</c> of a for loop, which also walks over its items. It looks one item ahead only when asked for
/// <c>last</c> or <c>nextitem</c>, and to the end only for a length that is not known.
/// </summary>
internal sealed class LoopValue : TemplateValue
{
    private readonly IEnumerator<TemplateValue> items;
    private readonly int depth0;
    private readonly Func<TemplateValue, TemplateValue>? recurse;
    private readonly Budget budget;
    private readonly Queue<TemplateValue> ahead = [];
    private TemplateValue? previous, current;
    private TemplateValue[]? lastChanged;
    private int index0 = -1;
    private int? length;

    public LoopValue(IEnumerable<TemplateValue> items, int? length, int depth0, Func<TemplateValue, TemplateValue>? recurse, Budget budget)
    {
        this.items = items.GetEnumerator();
        this.length = length;
        this.depth0 = depth0;
        this.recurse = recurse;
        this.budget = budget;
    }

    public TemplateValue Current => current!;

    public bool MoveNext()
    {
        if (!ahead.TryDequeue(out TemplateValue? next))
        {
            if (!items.MoveNext()) return false;
            next = items.Current;
        }
        (previous, current) = (current, next);
        index0++;
        return true;
    }

    internal override string TypeName => "LoopContext";

    internal override bool IsCallable => true;

    internal override int? Count => Length();

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "index" => IntegerValue.Of(index0 + 1),
        "index0" => IntegerValue.Of(index0),
        "revindex" => IntegerValue.Of(Length() - index0),
        "revindex0" => IntegerValue.Of(Length() - index0 - 1),
        "first" => BooleanValue.Of(index0 == 0),
        "last" => BooleanValue.Of(Peek() is null),
        "length" => IntegerValue.Of(Length()),
        "previtem" => previous ?? new UndefinedValue("the first round of a loop has no previous item"),
        "nextitem" => Peek() ?? new UndefinedValue("the last round of a loop has no next item"),
        "depth" => IntegerValue.Of(depth0 + 1),
        "depth0" => IntegerValue.Of(depth0),
        "cycle" => new FunctionValue("cycle", Cycle),
        "changed" => new FunctionValue("changed", Changed),
        _ => null,
    };

    internal override TemplateValue Call(Rendering rendering, Arguments arguments)
    {
        if (recurse is null) throw new TemplateError("only a loop that is marked 'recursive' can be called");
        return recurse(arguments.Bind("loop", "iterable")[0]!);
    }

    internal override void WriteRepr(TextBuilder text) => text.Append($"<LoopContext {index0 + 1}/{Length()}>");

    private TemplateValue? Peek()
    {
        if (ahead.Count == 0 && items.MoveNext()) ahead.Enqueue(items.Current);
        return ahead.TryPeek(out TemplateValue? next) ? next : null;
    }

    private int Length()
    {
        if (length is { } known) return known;
        while (items.MoveNext())
        {
            budget.Step();
            ahead.Enqueue(items.Current);
        }
        length = index0 + 1 + ahead.Count;
        return length.Value;
    }

    private TemplateValue Cycle(Rendering rendering, Arguments arguments)
    {
        arguments.RefuseNamed("cycle");
        if (arguments.Positional.Length == 0) throw new TemplateError("cycle needs values to go through");
        return arguments.Positional[index0 % arguments.Positional.Length];
    }

    private BooleanValue Changed(Rendering rendering, Arguments arguments)
    {
        arguments.RefuseNamed("changed");
        bool same = lastChanged is { } last && Comparison.AreEqual(new TupleValue(last), new TupleValue(arguments.Positional), rendering.Budget);
        lastChanged = arguments.Positional;
        return BooleanValue.Of(!same);
    }
}
