namespace Heed.Tokenization.Templates;

/// <summary>A list or a tuple: items in an array.</summary>
internal abstract class SequenceValue(TemplateValue[] values) : TemplateValue
{
    public TemplateValue[] Values { get; } = values;

    internal override bool IsTrue => Values.Length > 0;

    internal override int? Count => Values.Length;

    internal override IEnumerable<TemplateValue> Items => Values;

    internal override TemplateValue? Attribute(string name) => SequenceMethods.Find(this, name);

    internal override TemplateValue? Item(TemplateValue key, Budget budget) => Integers.TryIndex(key, Values.Length, out int index) ? Values[index] : null;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(TemplateValue[] values);
}

internal sealed class ListValue(TemplateValue[] values) : SequenceValue(values)
{
    internal override string TypeName => "list";

    public override SequenceValue With(TemplateValue[] values) => new ListValue(values);

    internal override void WriteRepr(TextBuilder text)
    {
        text.Append('[');
        PythonText.WriteItems(text, Values);
        text.Append(']');
    }
}

internal sealed class TupleValue(params TemplateValue[] values) : SequenceValue(values)
{
    internal override string TypeName => "tuple";

    /// <summary>Names of the items, for a tuple that <c>groupby</c> made.</summary>
    public string[] Names { get; init; } = [];

    public override SequenceValue With(TemplateValue[] values) => new TupleValue(values);

    internal override TemplateValue? Attribute(string name) => Array.IndexOf(Names, name) is var at and >= 0 ? Values[at] : base.Attribute(name);

    internal override void WriteRepr(TextBuilder text)
    {
        text.Append('(');
        PythonText.WriteItems(text, Values);
        text.Append(Values.Length == 1 ? ",)" : ")");
    }
}

/// <summary>What <c>range</c> gives: whole numbers at a fixed distance.</summary>
internal sealed class RangeValue(long start, long stop, long step, int count) : TemplateValue
{
    public long Start { get; } = start;

    public long Step { get; } = step;

    public int Length { get; } = count;

    internal override string TypeName => "range";

    internal override bool IsTrue => Length > 0;

    internal override int? Count => Length;

    internal override IEnumerable<TemplateValue> Items => Enumerable.Range(0, Length).Select(At);

    public TemplateValue At(int index) => IntegerValue.Of(Start + index * Step);

    internal override TemplateValue? Item(TemplateValue key, Budget budget) => Integers.TryIndex(key, Length, out int index) ? At(index) : null;

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "start" => IntegerValue.Of(Start),
        "stop" => IntegerValue.Of(stop),
        "step" => IntegerValue.Of(Step),
        _ => SequenceMethods.Find(this, name),
    };

    internal override void WriteRepr(TextBuilder text) => text.Append(Step == 1 ? $"range({Start}, {stop})" : $"range({Start}, {stop}, {Step})");
}

/// <summary>What lazy filters such as <c>map</c> and <c>select</c> give: items that can be gone through once, and are always "true".</summary>
/// <param name="typeName">Python's name for it.</param>
/// <param name="items">The items; an exception that their computation throws comes out where they are asked for.</param>
/// <param name="budget">What computing them is charged to.</param>
internal sealed class GeneratorValue(string typeName, IEnumerable<TemplateValue> items, Budget budget) : TemplateValue
{
    private readonly IEnumerator<TemplateValue> enumerator = items.GetEnumerator();

    internal override string TypeName => typeName;

    internal override IEnumerable<TemplateValue> Items
    {
        get
        {
            while (true)
            {
                budget.Step();   // before the call: generators over generators are a chain on the stack
                if (!enumerator.MoveNext()) yield break;
                yield return enumerator.Current;
            }
        }
    }

    internal override void WriteRepr(TextBuilder text) => text.Append($"<{typeName} object>");
}
