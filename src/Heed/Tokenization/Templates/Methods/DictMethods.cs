namespace Heed.Tokenization.Templates;

/// <summary>The methods of dicts that change nothing.</summary>
internal static class DictMethods
{
    public static TemplateValue? Find(DictValue dict, string name) => name switch
    {
        "get" => new FunctionValue(name, (rendering, arguments) =>
        {
            TemplateValue?[] given = arguments.Bind("get", "key", "default?");
            return dict.Find(given[0]!, rendering.Budget) ?? given[1] ?? NoneValue.Instance;
        }),
        "items" => View(name, r => Pairs(dict, r.Budget), "dict_items"),
        "keys" => View(name, r => Sequences.ToArray(dict, r.Budget), "dict_keys"),
        "values" => View(name, r => ValuesOf(dict, r.Budget), "dict_values"),
        "copy" => new FunctionValue(name, (_, arguments) =>
        {
            arguments.Bind("copy");
            return dict;
        }),
        _ => null,
    };

    private static FunctionValue View(string name, Func<Rendering, TemplateValue[]> items, string typeName) => new(name, (rendering, arguments) =>
    {
        arguments.Bind(name);
        return new DictView(typeName, items(rendering));
    });

    /// <summary>Keys and values as tuples of two.</summary>
    public static TemplateValue[] Pairs(DictValue dict, Budget budget)
    {
        budget.Step(dict.Count!.Value);
        return [.. dict.Pairs.Select(p => new TupleValue(p.Key, p.Value))];
    }

    private static TemplateValue[] ValuesOf(DictValue dict, Budget budget)
    {
        budget.Step(dict.Count!.Value);
        return [.. dict.Pairs.Select(p => p.Value)];
    }
}
