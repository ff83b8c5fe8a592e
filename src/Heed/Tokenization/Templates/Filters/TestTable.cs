namespace Heed.Tokenization.Templates;

/// <summary>What stands after "is".</summary>
internal delegate bool Test(Rendering rendering, TemplateValue value, Arguments arguments);

/// <summary>All tests by name.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Test> Tests = new(StringComparer.Ordinal)
    {
        ["defined"] = Plain("defined", v => v is not UndefinedValue),
        ["undefined"] = Plain("undefined", v => v is UndefinedValue),
        ["none"] = Plain("none", v => v is NoneValue),
        ["boolean"] = Plain("boolean", v => v is BooleanValue),
        ["true"] = Plain("true", v => v is BooleanValue { Value: true }),
        ["false"] = Plain("false", v => v is BooleanValue { Value: false }),
        ["integer"] = Plain("integer", v => v is IntegerValue),
        ["float"] = Plain("float", v => v is FloatValue),
        ["number"] = Plain("number", Numbers.IsNumber),
        ["string"] = Plain("string", v => v is StringValue),
        ["mapping"] = Plain("mapping", v => v is DictValue),
        ["iterable"] = Plain("iterable", v => v.Items is not null),
        ["sequence"] = Plain("sequence", v => v is StringValue or SequenceValue or RangeValue or DictValue or UndefinedValue),
        ["callable"] = Plain("callable", v => v.IsCallable || v is UndefinedValue),
        ["escaped"] = Plain("escaped", v => v is StringValue { IsMarkup: true }),
        ["odd"] = (r, v, a) => a.Bind("odd").Length == 0 && HalvesTo(1, v, r),
        ["even"] = (r, v, a) => a.Bind("even").Length == 0 && HalvesTo(0, v, r),
        ["divisibleby"] = (r, v, a) => Comparison.AreEqual(Arithmetic.Apply("%", v, a.Bind("divisibleby", "num")[0]!, r), IntegerValue.Of(0), r.Budget),
        ["upper"] = (r, v, a) => a.Bind("upper").Length == 0 && StringMethods.IsUpper(Scanned(v, r)),
        ["lower"] = (r, v, a) => a.Bind("lower").Length == 0 && StringMethods.IsLower(Scanned(v, r)),
        ["in"] = (r, v, a) => Comparison.Contains(a.Bind("in", "seq")[0]!, v, r.Budget),
        ["sameas"] = (r, v, a) => a.Bind("sameas", "other")[0] is var other && (ReferenceEquals(v, other) || (v is IntegerValue x && other is IntegerValue y && x.Value == y.Value)),
        ["filter"] = (r, v, a) => a.Bind("filter").Length == 0 && v is StringValue name && FilterTable.Has(name.Text),
        ["test"] = (r, v, a) => a.Bind("test").Length == 0 && v is StringValue name && Has(name.Text),
        ["eq"] = Comparing("=="),
        ["equalto"] = Comparing("=="),
        ["=="] = Comparing("=="),
        ["ne"] = Comparing("!="),
        ["!="] = Comparing("!="),
        ["lt"] = Comparing("<"),
        ["lessthan"] = Comparing("<"),
        ["<"] = Comparing("<"),
        ["le"] = Comparing("<="),
        ["<="] = Comparing("<="),
        ["gt"] = Comparing(">"),
        ["greaterthan"] = Comparing(">"),
        [">"] = Comparing(">"),
        ["ge"] = Comparing(">="),
        [">="] = Comparing(">="),
    };

    public static bool Has(string name) => Tests.ContainsKey(name);

    /// <exception cref="TemplateError">There is no such test, or it fails.</exception>
    public static bool Holds(string name, Rendering rendering, TemplateValue value, Arguments arguments) =>
        Tests.TryGetValue(name, out Test? test) ? test(rendering, value, arguments) : throw new TemplateError($"there is no test '{name}'");

    private static Test Plain(string name, Func<TemplateValue, bool> holds) => (_, value, arguments) =>
    {
        arguments.Bind(name);
        return holds(value);
    };

    private static Test Comparing(string op) => (rendering, value, arguments) => Comparison.Holds(op, value, arguments.Bind(op, "other")[0]!, rendering.Budget);

    private static string Scanned(TemplateValue value, Rendering rendering)
    {
        string text = PythonText.Of(value, rendering.Budget);
        rendering.Budget.Scan(text);
        return text;
    }

    private static bool HalvesTo(int rest, TemplateValue value, Rendering rendering) =>
        Comparison.AreEqual(Arithmetic.Apply("%", value, IntegerValue.Of(2), rendering), IntegerValue.Of(rest), rendering.Budget);
}
