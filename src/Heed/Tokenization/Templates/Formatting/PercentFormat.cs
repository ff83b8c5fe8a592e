using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary><c>"%s has %d" % (a, b)</c> and <c>"%(name)s" % dict</c>: Python's printf-style formatting.</summary>
internal static class PercentFormat
{
    /// <exception cref="TemplateError">The format is wrong, or does not fit the values.</exception>
    public static string Format(string format, TemplateValue values, Budget budget)
    {
        TemplateValue[] items = values is TupleValue tuple ? tuple.Values : [values];
        var text = new TextBuilder(budget);
        int used = 0;
        bool byName = false;
        TemplateValue Take() => used < items.Length ? items[used++] : throw new TemplateError("the format asks for more values than are given");

        for (int at = 0; at < format.Length;)
        {
            int percent = format.IndexOf('%', at);
            text.Append(format.AsSpan(at, (percent < 0 ? format.Length : percent) - at));
            if (percent < 0) break;
            at = percent + 1;
            TemplateValue? named = null;
            if (at < format.Length && format[at] == '(')
            {
                int close = ClosingParenthesis(format, at);
                if (values is not DictValue dict) throw new TemplateError("a format with names needs a dict");
                string name = format[(at + 1)..close];
                named = dict.Find(new StringValue(name), budget) ?? throw new TemplateError($"the format asks for '{name}', which the dict lacks");
                byName = true;
                at = close + 1;
            }
            bool left = false, zero = false, alternate = false;
            char sign = '-';
            for (; at < format.Length && format[at] is '-' or '+' or ' ' or '#' or '0'; at++)
            {
                left |= format[at] == '-';
                zero |= format[at] == '0';
                alternate |= format[at] == '#';
                if (format[at] == '+' || (format[at] == ' ' && sign != '+')) sign = format[at];
            }
            int? width = NumberOrStar(format, ref at, Take);
            if (width < 0) (left, width) = (true, -Math.Max(width.Value, -int.MaxValue));
            int? precision = null;
            if (at < format.Length && format[at] == '.')
            {
                at++;
                precision = Math.Max(0, NumberOrStar(format, ref at, Take) ?? 0);
            }
            while (at < format.Length && format[at] is 'h' or 'l' or 'L') at++;
            if (at == format.Length) throw new TemplateError("the format ends inside of a '%'");
            char type = format[at++];
            if (type == '%')
            {
                text.Append('%');
                continue;
            }
            var spec = new FormatSpec { Align = left ? '<' : zero ? '=' : '>', Fill = zero && !left ? "0" : " ", Sign = sign, Alternate = alternate, Width = width ?? 0, Precision = precision };
            text.Append(Convert(type, named ?? Take(), spec, budget));
        }
        if (!byName && used < items.Length && values is not (DictValue or ListValue or UndefinedValue)) throw new TemplateError("not all values are used by the format");
        return text.ToString();
    }

    private static string Convert(char type, TemplateValue value, FormatSpec spec, Budget budget)
    {
        FormatSpec plain = spec with { Fill = " ", Sign = '-', Alternate = false, Align = spec.Align == '=' ? '>' : spec.Align };
        switch (type)
        {
            case 's': return plain.Format(new StringValue(PythonText.Of(value, budget)), budget);
            case 'r' or 'a':
                var repr = new TextBuilder(budget);
                value.WriteRepr(repr);
                return plain.Format(new StringValue(type == 'r' ? repr.ToString() : JsonText.AsciiOnly(repr.ToString())), budget);
            case 'c' when value is StringValue { CodePoints: 1 }: return plain.Format(value, budget);
            case 'c': return (plain with { Type = 'c', Precision = null }).Format(value, budget);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                if (value is UndefinedValue undefined) throw undefined.Error();
                if (value is FloatValue f && type is 'd' or 'i' or 'u') value = IntegerValue.Of(double.IsFinite(((FloatValue)value).Value) ? new BigInteger(((FloatValue)value).Value) : throw new TemplateError("an infinite float is no whole number"));
                if (!Numbers.TryInteger(value, out BigInteger integer)) throw new TemplateError($"%{type} needs a whole number, not a value of type '{value.TypeName}'");
                if (spec.Precision is not { } digits) return (spec with { Type = type is 'i' or 'u' ? 'd' : type }).Format(IntegerValue.Of(integer), budget);
                string number = new FormatSpec { Type = type is 'i' or 'u' ? 'd' : type, Sign = spec.Sign, Alternate = spec.Alternate, Width = 0 }.Format(IntegerValue.Of(integer), budget);
                budget.Build(digits);
                int head = number.AsSpan().IndexOfAnyExcept("+- ") + (spec.Alternate && type is 'x' or 'X' or 'o' ? 2 : 0);
                return (plain with { Precision = null }).Format(new StringValue(number[..head] + number[head..].PadLeft(digits, '0')), budget);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (value is UndefinedValue missing) throw missing.Error();
                if (!Numbers.IsNumber(value)) throw new TemplateError($"%{type} needs a number, not a value of type '{value.TypeName}'");
                return (spec with { Type = type }).Format(new FloatValue(Numbers.ToFloat(value)), budget);
            default: throw new TemplateError($"'%{type}' is no format");
        }
    }

    private static int ClosingParenthesis(string format, int open)
    {
        int depth = 0;
        for (int at = open; at < format.Length; at++)
        {
            if (format[at] == '(') depth++;
            else if (format[at] == ')' && --depth == 0) return at;
        }
        throw new TemplateError("the name in a format is not closed");
    }

    private static int? NumberOrStar(string format, ref int at, Func<TemplateValue> take)
    {
        if (at >= format.Length || format[at] != '*') return FormatSpec.Number(format, ref at);
        at++;
        return Integers.Clamp(take(), "the width or precision of a format");
    }
}
