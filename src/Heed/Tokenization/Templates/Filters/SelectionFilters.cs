namespace Heed.Tokenization.Templates;

/// <summary>Filters that choose or change items one by one, lazily, and those that choose between values.</summary>
internal static class SelectionFilters
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["map"] = Map,
        ["select"] = (r, v, a) => Select(r, v, a, keep: true, byAttribute: false),
        ["reject"] = (r, v, a) => Select(r, v, a, keep: false, byAttribute: false),
        ["selectattr"] = (r, v, a) => Select(r, v, a, keep: true, byAttribute: true),
        ["rejectattr"] = (r, v, a) => Select(r, v, a, keep: false, byAttribute: true),
        ["default"] = (r, v, a) => Default(v, a, "default"),
        ["d"] = (r, v, a) => Default(v, a, "d"),
        ["attr"] = Attribute,
    };

    private static TemplateValue Attribute(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        string name = StringMethods.TextOf(arguments.Bind("attr", "name")[0]!, "the name");
        return value.Attribute(name) ?? new UndefinedValue($"a value of type '{value.TypeName}' has no attribute '{name}'");
    }

    private static TemplateValue Default(TemplateValue value, Arguments arguments, string name)
    {
        TemplateValue?[] given = arguments.Bind(name, "default_value?", "boolean?");
        return value is UndefinedValue || ((given[1]?.IsTrue ?? false) && !value.IsTrue) ? given[0] ?? StringValue.Empty : value;
    }

    // map('upper') applies a filter, map(attribute='a.b') looks something up.
    private static GeneratorValue Map(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        Func<TemplateValue, TemplateValue> change;
        if (arguments.Positional.Length == 0)
        {
            TemplateValue?[] given = arguments.Bind("map", "attribute", "default?");
            change = Members.Path(given[0], rendering.Budget, given[1] is NoneValue ? null : given[1]);
        }
        else
        {
            string name = StringMethods.TextOf(arguments.Positional[0], "the name of the filter");
            var rest = new Arguments(arguments.Positional[1..], arguments.Named);
            change = item => FilterTable.Apply(name, rendering, item, rest);
        }
        return new GeneratorValue("generator", Changed(), rendering.Budget);

        IEnumerable<TemplateValue> Changed()
        {
            if (!value.IsTrue) yield break;
            foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget)) yield return change(item);
        }
    }

    private static GeneratorValue Select(Rendering rendering, TemplateValue value, Arguments arguments, bool keep, bool byAttribute)
    {
        TemplateValue[] given = arguments.Positional;
        if (byAttribute && given.Length == 0) throw new TemplateError("the name of an attribute is needed");
        Func<TemplateValue, TemplateValue> subject = byAttribute ? Members.Path(given[0], rendering.Budget) : item => item;
        int test = byAttribute ? 1 : 0;
        Func<TemplateValue, bool> holds = item => item.IsTrue;
        if (given.Length > test)
        {
            string name = StringMethods.TextOf(given[test], "the name of the test");
            var rest = new Arguments(given[(test + 1)..], arguments.Named);
            holds = item => TestTable.Holds(name, rendering, item, rest);
        }
        return new GeneratorValue("generator", Chosen(), rendering.Budget);

        IEnumerable<TemplateValue> Chosen()
        {
            if (!value.IsTrue) yield break;
            foreach (TemplateValue item in Sequences.Iterate(value, rendering.Budget))
                if (holds(subject(item)) == keep)
                    yield return item;
        }
    }
}
