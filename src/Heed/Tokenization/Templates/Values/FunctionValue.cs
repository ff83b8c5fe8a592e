namespace Heed.Tokenization.Templates;

/// <summary>A function or method that the language brings along.</summary>
internal sealed class FunctionValue(string name, Func<Rendering, Arguments, TemplateValue> body) : TemplateValue
{
    internal override string TypeName => "builtin_function_or_method";

    internal override bool IsCallable => true;

    internal override TemplateValue Call(Rendering rendering, Arguments arguments) => body(rendering, arguments);

    internal override void WriteRepr(TextBuilder text) => text.Append($"<built-in function {name}>");
}

/// <summary>The one value that a template can change: attributes that are set from inside of loops and macros.</summary>
internal sealed class NamespaceValue(IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> attributes) : TemplateValue
{
    private readonly OrderedDictionary<TemplateValue, TemplateValue> attributes = new(attributes, DictKeys.Comparer);

    internal override string TypeName => "Namespace";

    public void Set(string name, TemplateValue value) => attributes[new StringValue(name)] = value;

    internal override TemplateValue? Attribute(string name) => attributes.GetValueOrDefault(new StringValue(name));

    internal override void WriteRepr(TextBuilder text)
    {
        text.Append("<Namespace {");
        PythonText.WritePairs(text, attributes);
        text.Append("}>");
    }
}

/// <summary>What <c>cycler(a, b)</c> gives: its values again and again.</summary>
internal sealed class CyclerValue(TemplateValue[] items) : TemplateValue
{
    private int at;

    internal override string TypeName => "Cycler";

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "current" => items[at],
        "items" => new TupleValue(items),
        "pos" => IntegerValue.Of(at),
        "next" => new FunctionValue("next", (_, arguments) =>
        {
            arguments.Bind("next");
            TemplateValue value = items[at];
            at = (at + 1) % items.Length;
            return value;
        }),
        "reset" => new FunctionValue("reset", (_, arguments) =>
        {
            arguments.Bind("reset");
            at = 0;
            return NoneValue.Instance;
        }),
        _ => null,
    };

    internal override void WriteRepr(TextBuilder text) => text.Append("<Cycler>");
}

/// <summary>What <c>joiner(", ")</c> gives: nothing at the first call, the separator at every other.</summary>
internal sealed class JoinerValue(TemplateValue separator) : TemplateValue
{
    private bool used;

    internal override string TypeName => "Joiner";

    internal override bool IsCallable => true;

    internal override TemplateValue Call(Rendering rendering, Arguments arguments)
    {
        arguments.Bind("joiner");
        if (used) return separator;
        used = true;
        return StringValue.Empty;
    }

    internal override void WriteRepr(TextBuilder text) => text.Append("<Joiner>");
}
