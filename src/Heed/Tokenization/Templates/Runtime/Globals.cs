namespace Heed.Tokenization.Templates;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    private const int MaxRange = 100_000;   // as Jinja's sandbox has it

    private static readonly Dictionary<string, TemplateValue> Functions = new FunctionEntry[]
    {
        new("range", Range),
        new("dict", (r, a) => Dict("dict", r, a)),
        new("namespace", (r, a) => new NamespaceValue(Dict("namespace", r, a).Pairs)),
        new("cycler", Cycler),
        new("joiner", (_, a) => new JoinerValue(a.Bind("joiner", "sep?")[0] ?? new StringValue(", "))),
        new("raise_exception", (r, a) => throw new TemplateError(PythonText.Of(a.Bind("raise_exception", "message")[0]!, r.Budget), raised: true)),
        new("strftime_now", (r, a) => Moment(r, a)),
    }.ToDictionary(f => f.Name, f => (TemplateValue)new FunctionValue(f.Name, f.Body), StringComparer.Ordinal);

    private readonly record struct FunctionEntry(string Name, Func<Rendering, Arguments, TemplateValue> Body);

    public static TemplateValue? Find(string name) => Functions.GetValueOrDefault(name);

    private static RangeValue Range(Rendering rendering, Arguments arguments)
    {
        arguments.RefuseNamed("range");
        if (arguments.Positional.Length is 0 or > 3) throw new TemplateError($"range takes one to three whole numbers, given {arguments.Positional.Length}");
        long[] bounds = Array.ConvertAll(arguments.Positional, value => (long)Integers.Clamp(value, "a bound of range"));
        (long start, long stop) = bounds.Length == 1 ? (0, bounds[0]) : (bounds[0], bounds[1]);
        long step = bounds.Length == 3 ? bounds[2] : 1;
        if (step == 0) throw new TemplateError("the step of range cannot be zero");
        long count = Math.Max(0, step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step);
        if (count > MaxRange) throw new TemplateError($"range would have {count} numbers; at most {MaxRange} are allowed");
        return new RangeValue(start, stop, step, (int)count);
    }

    private static DictValue Dict(string name, Rendering rendering, Arguments arguments)
    {
        if (arguments.Positional.Length > 1) throw new TemplateError($"{name} takes at most 1 argument without a name, given {arguments.Positional.Length}");
        var dict = new DictBuilder(rendering.Budget);
        foreach (TemplateValue from in arguments.Positional)
        {
            TemplateValue[] pairs = from is DictValue other ? DictMethods.Pairs(other, rendering.Budget) : Sequences.ToArray(from, rendering.Budget);
            foreach (TemplateValue pair in pairs)
            {
                TemplateValue[] two = pair.Count is 2 ? Sequences.ToArray(pair, rendering.Budget) : throw new TemplateError($"{name} needs a dict or pairs of key and value");
                dict.Set(two[0], two[1]);
            }
        }
        foreach ((string key, TemplateValue value) in arguments.Named) dict.Set(new StringValue(key), value);
        return dict.Build();
    }

    private static CyclerValue Cycler(Rendering rendering, Arguments arguments)
    {
        arguments.RefuseNamed("cycler");
        return arguments.Positional.Length > 0 ? new CyclerValue(arguments.Positional) : throw new TemplateError("cycler needs values to go through");
    }

    private static StringValue Moment(Rendering rendering, Arguments arguments)
    {
        string format = StringMethods.TextOf(arguments.Bind("strftime_now", "format")[0]!, "the format of strftime_now");
        rendering.Budget.Build(32L * format.Length);
        return new StringValue(DateText.Format(format, rendering.Now));
    }
}
