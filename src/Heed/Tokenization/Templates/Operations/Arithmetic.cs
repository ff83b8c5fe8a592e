using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>The operators + - * / // % ** and the signs, with Python's meaning for each pair of types.</summary>
internal static class Arithmetic
{
    public static TemplateValue Apply(string op, TemplateValue a, TemplateValue b, Rendering rendering)
    {
        if (a is UndefinedValue left) throw left.Error();
        if (op == "%" && a is StringValue format) return new StringValue(PercentFormat.Format(format.Text, b, rendering.Budget));
        if (b is UndefinedValue right) throw right.Error();
        switch (op)
        {
            case "+" when a is StringValue or SequenceValue: return Join(a, b, rendering.Budget);
            case "*" when a is StringValue or SequenceValue && Numbers.TryInteger(b, out BigInteger times): return Repeat(a, times, rendering.Budget);
            case "*" when b is StringValue or SequenceValue && Numbers.TryInteger(a, out BigInteger times): return Repeat(b, times, rendering.Budget);
        }
        if (!Numbers.AreNumbers(a, b)) throw Unsupported(op, a, b);
        return Numbers.TryInteger(a, out BigInteger x) && Numbers.TryInteger(b, out BigInteger y) ? OfIntegers(op, x, y, rendering.Budget) : OfFloats(op, Numbers.ToFloat(a), Numbers.ToFloat(b));
    }

    public static TemplateValue Add(TemplateValue a, TemplateValue b, Rendering rendering) => Apply("+", a, b, rendering);

    public static TemplateValue Negate(TemplateValue value) => value switch
    {
        FloatValue f => new FloatValue(-f.Value),
        _ when Numbers.TryInteger(value, out BigInteger integer) => IntegerValue.Of(-integer),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new TemplateError($"a value of type '{value.TypeName}' has no negative"),
    };

    public static TemplateValue Plus(TemplateValue value) => value switch
    {
        FloatValue => value,
        _ when Numbers.TryInteger(value, out BigInteger integer) => IntegerValue.Of(integer),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new TemplateError($"a value of type '{value.TypeName}' cannot have a sign"),
    };

    private static TemplateError Unsupported(string op, TemplateValue a, TemplateValue b) =>
        new($"the operator {op} is not defined between values of the types '{a.TypeName}' and '{b.TypeName}'");

    private static TemplateValue Join(TemplateValue a, TemplateValue b, Budget budget)
    {
        switch (a, b)
        {
            case (StringValue x, StringValue y):
                if (x.IsMarkup || y.IsMarkup) (x, y) = (Escaping.Escape(x), Escaping.Escape(y));
                budget.Build((long)x.Text.Length + y.Text.Length);
                return new StringValue(x.Text + y.Text, null, x.IsMarkup);
            case (ListValue x, ListValue y):
                budget.Step(x.Values.Length + y.Values.Length >> 3);
                return new ListValue([.. x.Values, .. y.Values]);
            case (TupleValue x, TupleValue y):
                budget.Step(x.Values.Length + y.Values.Length >> 3);
                return new TupleValue([.. x.Values, .. y.Values]);
            default: throw Unsupported("+", a, b);
        }
    }

    private static TemplateValue Repeat(TemplateValue value, BigInteger times, Budget budget)
    {
        int count = (int)BigInteger.Clamp(times, 0, int.MaxValue);
        if (value is StringValue text)
        {
            budget.Build((long)text.Text.Length * count);
            return new StringValue(text.Text.Length == 0 ? "" : new System.Text.StringBuilder().Insert(0, text.Text, count).ToString(), null, text.IsMarkup);
        }
        var sequence = (SequenceValue)value;
        budget.Step((long)sequence.Values.Length * count);
        if (sequence.Values.Length == 0) return sequence;
        var repeated = new TemplateValue[sequence.Values.Length * count];
        for (int i = 0; i < count; i++) sequence.Values.CopyTo(repeated, i * sequence.Values.Length);
        return sequence.With(repeated);
    }

    private static TemplateValue OfIntegers(string op, BigInteger x, BigInteger y, Budget budget)
    {
        if (op == "**") budget.Multiply(Integers.MaxBits, x.GetBitLength());
        else budget.Multiply(x.GetBitLength(), y.GetBitLength());
        if (op is "/" or "//" or "%" && y.IsZero) throw new TemplateError("division by zero");
        switch (op)
        {
            case "+": return IntegerValue.Of(x + y);
            case "-": return IntegerValue.Of(x - y);
            case "*": return IntegerValue.Of(x * y);
            case "/": return new FloatValue(Numbers.ToFloat(x) / Numbers.ToFloat(y));
            case "//": return IntegerValue.Of(Integers.FloorDivide(x, y).Quotient);
            case "%": return IntegerValue.Of(Integers.FloorDivide(x, y).Remainder);
            default: return y.Sign < 0 ? OfFloats(op, Numbers.ToFloat(x), Numbers.ToFloat(y)) : IntegerValue.Of(Integers.Power(x, y));
        }
    }

    private static FloatValue OfFloats(string op, double x, double y)
    {
        if (op is "/" or "//" or "%" && y == 0) throw new TemplateError("division by zero");
        switch (op)
        {
            case "+": return new FloatValue(x + y);
            case "-": return new FloatValue(x - y);
            case "*": return new FloatValue(x * y);
            case "/": return new FloatValue(x / y);
            case "//": return new FloatValue(FloorDivide(x, y).Quotient);
            case "%": return new FloatValue(FloorDivide(x, y).Remainder);
        }
        if (x == 0 && y < 0) throw new TemplateError("zero cannot be raised to a negative power");
        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && Math.Floor(y) != y) throw new TemplateError("a negative number to a fractional power is a complex number, which is not supported");
        double power = Math.Pow(x, y);
        if (double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y)) throw new TemplateError("the power is too large for a float");
        return new FloatValue(power);
    }

    private static (double Quotient, double Remainder) FloorDivide(double x, double y)
    {
        double remainder = x % y, quotient = (x - remainder) / y;
        if (remainder != 0)
        {
            if (y < 0 != remainder < 0)
            {
                remainder += y;
                quotient--;
            }
        }
        else remainder = Math.CopySign(0, y);
        if (quotient == 0) return (Math.CopySign(0, x / y), remainder);
        double floor = Math.Floor(quotient);
        return (quotient - floor > 0.5 ? floor + 1 : floor, remainder);
    }
}
