namespace Heed.Tokenization.Templates;

/// <summary>Equality, order and membership with Python's meaning.</summary>
internal static class Comparison
{
    public static bool Holds(string op, TemplateValue a, TemplateValue b, Budget budget) => op switch
    {
        "==" => AreEqual(a, b, budget),
        "!=" => !AreEqual(a, b, budget),
        "<" => Order(op, a, b, budget) is < 0,
        "<=" => Order(op, a, b, budget) is <= 0,
        ">" => Order(op, a, b, budget) is > 0,
        ">=" => Order(op, a, b, budget) is >= 0,
        "in" => Contains(b, a, budget),
        _ => !Contains(b, a, budget),
    };

    /// <summary>Values of different types are unequal, but for numbers; lists and dicts are compared by what is in them.</summary>
    public static bool AreEqual(TemplateValue a, TemplateValue b, Budget budget)
    {
        budget.Step();
        switch (a, b)
        {
            case (StringValue x, StringValue y):
                if (x.Text.Length == y.Text.Length) budget.Step(x.Text.Length >> 6);
                return x.Text == y.Text;
            case (ListValue x, ListValue y): return AreAllEqual(x.Values, y.Values, budget);
            case (TupleValue x, TupleValue y): return AreAllEqual(x.Values, y.Values, budget);
            case (DictValue x, DictValue y): return AreEqual(x, y, budget);
            case (RangeValue x, RangeValue y):
                return x.Length == y.Length && (x.Length == 0 || (AreEqual(x.At(0), y.At(0), budget) && (x.Length == 1 || x.Step == y.Step)));
            case (UndefinedValue, UndefinedValue): return true;
            default: return Numbers.AreNumbers(a, b) ? Numbers.Compare(a, b) == 0 : ReferenceEquals(a, b);
        }
    }

    private static bool AreAllEqual(TemplateValue[] a, TemplateValue[] b, Budget budget)
    {
        if (a.Length != b.Length) return false;
        budget.Enter();
        bool equal = true;
        for (int i = 0; i < a.Length && equal; i++) equal = ReferenceEquals(a[i], b[i]) || AreEqual(a[i], b[i], budget);
        budget.Leave();
        return equal;
    }

    private static bool AreEqual(DictValue a, DictValue b, Budget budget)
    {
        if (a.Count != b.Count) return false;
        budget.Enter();
        bool equal = true;
        foreach ((TemplateValue key, TemplateValue value) in a.Pairs)
        {
            equal = b.Find(key, budget) is { } other && (ReferenceEquals(value, other) || AreEqual(value, other, budget));
            if (!equal) break;
        }
        budget.Leave();
        return equal;
    }

    /// <summary>Negative when a comes before b; null where a number is NaN.</summary>
    /// <exception cref="TemplateError">The types have no order.</exception>
    public static int? Order(string op, TemplateValue a, TemplateValue b, Budget budget)
    {
        budget.Step();
        switch (a, b)
        {
            case (UndefinedValue undefined, _): throw undefined.Error();
            case (_, UndefinedValue undefined): throw undefined.Error();
            case (StringValue x, StringValue y):
                budget.Step(Math.Min(x.Text.Length, y.Text.Length) >> 6);
                return CompareByCodePoints(x.Text, y.Text);
            case (ListValue x, ListValue y): return OrderItems(op, x.Values, y.Values, budget);
            case (TupleValue x, TupleValue y): return OrderItems(op, x.Values, y.Values, budget);
        }
        if (Numbers.AreNumbers(a, b)) return Numbers.Compare(a, b);
        throw new TemplateError($"the operator {op} is not defined between values of the types '{a.TypeName}' and '{b.TypeName}'");
    }

    private static int? OrderItems(string op, TemplateValue[] a, TemplateValue[] b, Budget budget)
    {
        budget.Enter();
        int common = Math.Min(a.Length, b.Length), first = 0;
        while (first < common && AreEqual(a[first], b[first], budget)) first++;
        int? order = first < common ? Order(op, a[first], b[first], budget) : a.Length.CompareTo(b.Length);
        budget.Leave();
        return order;
    }

    // Ordinal order of UTF-16 but for surrogates, which stand for code points above all others.
    private static int CompareByCodePoints(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return a.Length.CompareTo(b.Length);
        bool astralA = char.IsSurrogate(a[at]), astralB = char.IsSurrogate(b[at]);
        return astralA == astralB ? a[at].CompareTo(b[at]) : astralA.CompareTo(astralB);
    }

    /// <summary>Whether a container has an item, a dict a key, a string a part.</summary>
    /// <exception cref="TemplateError">The container is none.</exception>
    public static bool Contains(TemplateValue container, TemplateValue item, Budget budget)
    {
        switch (container)
        {
            case StringValue text:
                if (item is not StringValue part)
                    throw item is UndefinedValue undefined ? undefined.Error() : new TemplateError($"only a string can be in a string, not a value of type '{item.TypeName}'");
                budget.Search(text.Text, part.Text);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case DictValue dict: return dict.Find(item, budget) is not null;
            case RangeValue range when Numbers.TryInteger(item, out var number):
                return range.Length > 0 && number >= System.Numerics.BigInteger.Min(range.Start, range.Start + range.Step * (range.Length - 1L))
                    && number <= System.Numerics.BigInteger.Max(range.Start, range.Start + range.Step * (range.Length - 1L)) && (number - range.Start) % range.Step == 0;
            default:
                foreach (TemplateValue one in Sequences.Iterate(container, budget))
                    if (ReferenceEquals(one, item) || AreEqual(one, item, budget))
                        return true;
                return false;
        }
    }
}
