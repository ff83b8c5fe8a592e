namespace Heed.Tokenization.Templates;

/// <summary>Filters that compare items with one another. Strings are compared in lower case unless <c>case_sensitive</c> is set.</summary>
internal static class OrderFilters
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["sort"] = Sort,
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["groupby"] = GroupBy,
        ["min"] = (r, v, a) => Extreme(r, v, a, "min", "<"),
        ["max"] = (r, v, a) => Extreme(r, v, a, "max", ">"),
    };

    private static TemplateValue Folded(TemplateValue value, bool caseSensitive) => !caseSensitive && value is StringValue text ? new StringValue(PythonCase.Lower(text.Text)) : value;

    private static Func<TemplateValue, TemplateValue> Key(TemplateValue? attribute, TemplateValue? caseSensitive, Rendering rendering, TemplateValue? otherwise = null)
    {
        Func<TemplateValue, TemplateValue> path = Members.Path(attribute, rendering.Budget, otherwise);
        bool sensitive = caseSensitive?.IsTrue ?? false;
        return item => Folded(path(item), sensitive);
    }

    private static ListValue Sort(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("sort", "reverse?", "case_sensitive?", "attribute?");
        TemplateValue?[] attributes = given[2] is StringValue several ? [.. several.Text.Split(',').Select(part => new StringValue(part))] : [given[2]];
        var keys = Array.ConvertAll(attributes, attribute => Key(attribute, given[1], rendering));
        TemplateValue[] items = Sequences.ToArray(value, rendering.Budget);
        return new ListValue(Sequences.Sort(items, item => new ListValue(Array.ConvertAll(keys, key => key(item))), given[0]?.IsTrue ?? false, rendering.Budget));
    }

    private static ListValue DictSort(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("dictsort", "case_sensitive?", "by?", "reverse?");
        string by = given[1] is { } named ? StringMethods.TextOf(named, "by") : "key";
        if (by is not ("key" or "value")) throw new TemplateError($"dictsort sorts by 'key' or by 'value', not by '{by}'");
        if (value is not DictValue dict) throw value is UndefinedValue undefined ? undefined.Error() : new TemplateError($"dictsort needs a dict, not a value of type '{value.TypeName}'");
        bool sensitive = given[0]?.IsTrue ?? false;
        TemplateValue[] pairs = DictMethods.Pairs(dict, rendering.Budget);
        return new ListValue(Sequences.Sort(pairs, pair => Folded(((TupleValue)pair).Values[by == "key" ? 0 : 1], sensitive), given[2]?.IsTrue ?? false, rendering.Budget));
    }

    private static GeneratorValue Unique(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("unique", "case_sensitive?", "attribute?");
        return new GeneratorValue("generator", Firsts(), rendering.Budget);

        IEnumerable<TemplateValue> Firsts()
        {
            Func<TemplateValue, TemplateValue> key = Key(given[1], given[0], rendering);
            var seen = new HashSet<TemplateValue>(DictKeys.Comparer);
            foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget))
            {
                TemplateValue itemKey = key(item);
                DictKeys.Check(itemKey, rendering.Budget);
                if (seen.Add(itemKey)) yield return item;
            }
        }
    }

    // Groups in the order of their keys, as pairs that also answer to .grouper and .list.
    private static ListValue GroupBy(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("groupby", "attribute", "default?", "case_sensitive?");
        TemplateValue? otherwise = given[1] is NoneValue ? null : given[1];
        Func<TemplateValue, TemplateValue> key = Key(given[0], given[2], rendering, otherwise), shownKey = Members.Path(given[0], rendering.Budget, otherwise);
        TemplateValue[] sorted = Sequences.Sort(Sequences.ToArray(value, rendering.Budget), key, reverse: false, rendering.Budget);
        var groups = new List<TemplateValue>();
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            TemplateValue groupKey = key(sorted[start]);
            for (end = start + 1; end < sorted.Length && Comparison.AreEqual(groupKey, key(sorted[end]), rendering.Budget);) end++;
            groups.Add(new TupleValue(shownKey(sorted[start]), new ListValue(sorted[start..end])) { Names = ["grouper", "list"] });
        }
        return new ListValue([.. groups]);
    }

    private static TemplateValue Extreme(Rendering rendering, TemplateValue value, Arguments arguments, string name, string better)
    {
        TemplateValue?[] given = arguments.Bind(name, "case_sensitive?", "attribute?");
        Func<TemplateValue, TemplateValue> key = Key(given[1], given[0], rendering);
        TemplateValue? best = null, bestKey = null;
        foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget))
        {
            TemplateValue itemKey = key(item);
            if (bestKey is null || Comparison.Holds(better, itemKey, bestKey, rendering.Budget)) (best, bestKey) = (item, itemKey);
        }
        return best ?? new UndefinedValue($"{name} has nothing to choose from: the sequence is empty");
    }
}
