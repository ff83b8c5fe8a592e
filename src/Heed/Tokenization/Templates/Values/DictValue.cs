namespace Heed.Tokenization.Templates;

/// <summary>Keys and values in the order in which the keys came.</summary>
internal sealed class DictValue(OrderedDictionary<TemplateValue, TemplateValue> pairs) : TemplateValue
{
    public IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> Pairs => pairs;

    internal override string TypeName => "dict";

    internal override bool IsTrue => pairs.Count > 0;

    internal override int? Count => pairs.Count;

    internal override IEnumerable<TemplateValue> Items => pairs.Keys;

    /// <exception cref="TemplateError">The key is a list, a dict or the like.</exception>
    public TemplateValue? Find(TemplateValue key, Budget budget)
    {
        DictKeys.Check(key, budget);
        return pairs.GetValueOrDefault(key);
    }

    internal override TemplateValue? Attribute(string name) => DictMethods.Find(this, name);

    internal override TemplateValue? Item(TemplateValue key, Budget budget) => DictKeys.IsKey(key, budget) ? pairs.GetValueOrDefault(key) : null;

    internal override void WriteRepr(TextBuilder text)
    {
        text.Append('{');
        PythonText.WritePairs(text, pairs);
        text.Append('}');
    }
}

internal sealed class DictBuilder(Budget budget)
{
    private readonly OrderedDictionary<TemplateValue, TemplateValue> pairs = new(DictKeys.Comparer);

    /// <exception cref="TemplateError">The key is a list, a dict or the like.</exception>
    public void Set(TemplateValue key, TemplateValue value)
    {
        DictKeys.Check(key, budget);
        pairs[key] = value;
    }

    public DictValue Build() => new(pairs);
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a dict give.</summary>
internal sealed class DictView(string typeName, TemplateValue[] items) : TemplateValue
{
    internal override string TypeName => typeName;

    internal override bool IsTrue => items.Length > 0;

    internal override int? Count => items.Length;

    internal override IEnumerable<TemplateValue> Items => items;

    internal override void WriteRepr(TextBuilder text)
    {
        text.Append(typeName).Append("([");
        PythonText.WriteItems(text, items);
        text.Append("])");
    }
}
