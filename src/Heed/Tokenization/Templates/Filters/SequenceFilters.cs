namespace Heed.Tokenization.Templates;

/// <summary>Filters on the items of a value.</summary>
internal static class SequenceFilters
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["length"] = (r, v, a) => Length(v, a, "length"),
        ["count"] = (r, v, a) => Length(v, a, "count"),
        ["first"] = First,
        ["last"] = Last,
        ["list"] = (r, v, a) => a.Bind("list").Length == 0 ? new ListValue(Sequences.ToArray(v, r.Budget)) : v,
        ["join"] = Join,
        ["reverse"] = Reverse,
        ["batch"] = Batch,
        ["slice"] = Slice,
        ["sum"] = Sum,
        ["items"] = Items,
    };

    private static IntegerValue Length(TemplateValue value, Arguments arguments, string name)
    {
        arguments.Bind(name);
        return IntegerValue.Of(value.Count ?? throw new TemplateError($"a value of type '{value.TypeName}' has no length"));
    }

    private static TemplateValue First(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("first");
        foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget)) return item;
        return new UndefinedValue("there is no first item: the sequence is empty");
    }

    private static TemplateValue Last(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("last");
        if (value is GeneratorValue or LoopValue) throw new TemplateError($"a value of type '{value.TypeName}' has no last item; make a list of it first");
        if (value.Count is > 0 && value is SequenceValue or StringValue or RangeValue) return value.Item(IntegerValue.Of(-1), rendering.Budget)!;
        return Sequences.Iterate(value, rendering.Budget).LastOrDefault() ?? new UndefinedValue("there is no last item: the sequence is empty");
    }

    private static StringValue Join(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("join", "d?", "attribute?");
        string separator = given[0] is { } d ? PythonText.Of(d, rendering.Budget) : "";
        Func<TemplateValue, TemplateValue> path = Members.Path(given[1], rendering.Budget);
        var joined = new TextBuilder(rendering.Budget);
        bool first = true;
        foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget))
        {
            if (!first) joined.Append(separator);
            first = false;
            path(item).WriteTo(joined);
        }
        return joined.ToValue();
    }

    private static TemplateValue Reverse(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("reverse");
        if (value is StringValue) return Slicing.Slice(value, null, null, IntegerValue.Of(-1), rendering.Budget);
        TemplateValue[] items = Sequences.ToArray(value, rendering.Budget);
        Array.Reverse(items);
        // Python's reversed() walks backwards over what has an end, and only of the rest a list is made.
        return value is GeneratorValue or UndefinedValue or LoopValue ? new ListValue(items) : new GeneratorValue("reversed", items, rendering.Budget);
    }

    private static GeneratorValue Batch(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("batch", "linecount", "fill_with?");
        int size = Integers.Clamp(given[0]!, "the number of items in a batch");
        return new GeneratorValue("generator", Batches(), rendering.Budget);

        IEnumerable<TemplateValue> Batches()
        {
            var batch = new List<TemplateValue>();
            foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget))
            {
                if (batch.Count == size)
                {
                    yield return new ListValue([.. batch]);
                    batch.Clear();
                }
                batch.Add(item);
            }
            if (batch.Count == 0) yield break;
            if (given[1] is { } filler and not NoneValue && batch.Count < size)
            {
                rendering.Budget.Step(size - batch.Count);
                batch.AddRange(Enumerable.Repeat(filler, size - batch.Count));
            }
            yield return new ListValue([.. batch]);
        }
    }

    private static GeneratorValue Slice(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("slice", "slices", "fill_with?");
        int slices = Integers.Clamp(given[0]!, "the number of slices");
        return new GeneratorValue("generator", Slices(), rendering.Budget);

        IEnumerable<TemplateValue> Slices()
        {
            TemplateValue[] items = Sequences.ToArray(value, rendering.Budget);
            if (slices == 0) throw new TemplateError("the number of slices cannot be zero");
            int size = slices > 0 ? items.Length / slices : 0, longer = slices > 0 ? items.Length % slices : 0, at = 0;
            for (int i = 0; i < slices; i++)
            {
                int end = at + size + (i < longer ? 1 : 0);
                TemplateValue[] part = items[at..end];
                yield return new ListValue(i >= longer && given[1] is { } filler and not NoneValue ? [.. part, filler] : part);
                at = end;
            }
        }
    }

    private static TemplateValue Sum(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("sum", "attribute?", "start?");
        Func<TemplateValue, TemplateValue> path = Members.Path(given[0], rendering.Budget);
        TemplateValue sum = given[1] ?? IntegerValue.Of(0);
        if (sum is StringValue) throw new TemplateError("sum does not add strings; use join");
        foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget)) sum = Arithmetic.Add(sum, path(item), rendering);
        return sum;
    }

    private static GeneratorValue Items(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("items");
        return new GeneratorValue("generator", Pairs(), rendering.Budget);

        IEnumerable<TemplateValue> Pairs()
        {
            if (value is UndefinedValue) yield break;
            if (value is not DictValue dict) throw new TemplateError($"items needs a dict, not a value of type '{value.TypeName}'");
            foreach (TemplateValue pair in DictMethods.Pairs(dict, rendering.Budget)) yield return pair;
        }
    }
}
