namespace Heed.Tokenization.Templates;

/// <summary>Which values can be keys of a dict, and when two are the same key: 1, 1.0 and true are one.</summary>
internal static class DictKeys
{
    private const int MaxTupleItems = 100;

    public static readonly IEqualityComparer<TemplateValue> Comparer = new KeyComparer();

    /// <summary>Whether a value can be a key; charges what looking it up costs.</summary>
    public static bool IsKey(TemplateValue value, Budget budget)
    {
        int items = 0;
        return IsKey(value, budget, ref items);
    }

    /// <exception cref="TemplateError">The value is a list, a dict or the like.</exception>
    public static void Check(TemplateValue value, Budget budget)
    {
        if (!IsKey(value, budget)) throw new TemplateError($"a value of type '{value.TypeName}' cannot be a key of a dict, or one of several different values");
    }

    // A tuple of many tuples is refused: items that it shares would be hashed once for each way to them.
    private static bool IsKey(TemplateValue value, Budget budget, ref int items)
    {
        if (value is ListValue or DictValue or DictView || ++items > MaxTupleItems) return false;
        if (value is StringValue text) budget.Scan(text.Text);
        else budget.Step();
        if (value is TupleValue tuple)
            foreach (TemplateValue item in tuple.Values)
                if (!IsKey(item, budget, ref items))
                    return false;
        return true;
    }

    private sealed class KeyComparer : IEqualityComparer<TemplateValue>
    {
        public bool Equals(TemplateValue? a, TemplateValue? b) => (a, b) switch
        {
            (StringValue x, StringValue y) => x.Text == y.Text,
            (TupleValue x, TupleValue y) => x.Values.AsSpan().SequenceEqual(y.Values, this),
            (UndefinedValue, UndefinedValue) => true,
            _ when Numbers.AreNumbers(a!, b!) => ReferenceEquals(a, b) || Numbers.Compare(a!, b!) == 0,
            _ => ReferenceEquals(a, b),
        };

        public int GetHashCode(TemplateValue value)
        {
            switch (value)
            {
                case StringValue s: return s.Text.GetHashCode(StringComparison.Ordinal);
                case UndefinedValue: return 1;
                case TupleValue tuple:
                    var hash = new HashCode();
                    foreach (TemplateValue item in tuple.Values) hash.Add(GetHashCode(item));
                    return hash.ToHashCode();
                default: return Numbers.IsNumber(value) ? Numbers.Hash(value) : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value);
            }
        }
    }
}
