namespace Heed.Tokenization.Templates;

/// <summary>
/// <c>a.b</c> and <c>a[b]</c>: each looks for the one kind of member first and then for the other, so that <c>message.role</c>
/// finds a key, and <c>d.items</c> finds the method even where the dict has such a key.
/// </summary>
internal static class Members
{
    private static readonly string[] Changing =
        ["append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update"];

    public static TemplateValue Attribute(TemplateValue value, StringValue name, Budget budget) =>
        value.Attribute(name.Text) ?? Refused(value, name.Text) ?? value.Item(name, budget) ?? Missing(value, name, budget);

    public static TemplateValue Item(TemplateValue value, TemplateValue key, Budget budget)
    {
        if (value.Item(key, budget) is { } item) return item;
        if (key is StringValue name && (value.Attribute(name.Text) ?? Refused(value, name.Text)) is { } member) return member;
        return Missing(value, key, budget);
    }

    // Lists and dicts cannot be changed in place, as transformers has it; the methods that would are undefined.
    private static UndefinedValue? Refused(TemplateValue value, string name)
    {
        bool refused = value switch
        {
            ListValue => Array.IndexOf(Changing, name) >= 0 && name is not ("popitem" or "setdefault" or "update"),
            DictValue => name is "clear" or "pop" or "popitem" or "setdefault" or "update",
            _ => false,
        };
        return refused ? new UndefinedValue($"'{name}' would change a {value.TypeName}, which templates may not; make a new one, such as a + [b]") : null;
    }

    private static UndefinedValue Missing(TemplateValue value, TemplateValue key, Budget budget)
    {
        string shown = key is StringValue name ? $"'{name.Text}'" : Numbers.IsNumber(key) ? PythonText.Of(key, budget) : $"a key of type '{key.TypeName}'";
        return new UndefinedValue($"a value of type '{value.TypeName}' has no {shown}");
    }

    /// <summary>Walks along a path such as <c>function.name</c> or <c>0.role</c>, as the argument <c>attribute</c> of filters gives it.</summary>
    /// <param name="attribute">A path, a whole number, or null for the value itself.</param>
    /// <param name="budget">What each step is charged to.</param>
    /// <param name="otherwise">Stands for what is undefined on the way; null: nothing does.</param>
    public static Func<TemplateValue, TemplateValue> Path(TemplateValue? attribute, Budget budget, TemplateValue? otherwise = null)
    {
        TemplateValue[] parts = attribute switch
        {
            null or NoneValue => [],
            StringValue path => [.. path.Text.Split('.').Select(Part)],
            _ => [attribute],
        };
        return value =>
        {
            foreach (TemplateValue part in parts)
            {
                budget.Step();
                value = Item(value, part, budget);
                if (otherwise is not null && value is UndefinedValue) value = otherwise;
            }
            return value;
        };
    }

    private static TemplateValue Part(string part) =>
        part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? IntegerValue.Of(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)) : new StringValue(part);
}
