using System.Globalization;
using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["int"] = Int,
        ["float"] = Float,
        ["abs"] = Abs,
        ["round"] = Round,
        ["filesizeformat"] = FileSize,
    };

    private static TemplateValue Int(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("int", "default?", "base?");
        TemplateValue otherwise = given[0] ?? IntegerValue.Of(0);
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (Numbers.TryInteger(value, out BigInteger integer)) return IntegerValue.Of(integer);
        if (value is StringValue text)
        {
            int radix = given[1] is { } given1 ? Integers.Clamp(given1, "the base") : 10;
            if (radix is not 0 and (< 2 or > 36)) return otherwise;
            rendering.Budget.Step(1 + text.Text.Length / 4);
            if (Numbers.TryParseInteger(text.Text, radix, out integer)) return IntegerValue.Of(integer);
        }
        double number = value is FloatValue f ? f.Value : value is StringValue s && Numbers.TryParseFloat(s.Text, out double parsed) ? parsed : double.NaN;
        return double.IsFinite(number) ? IntegerValue.Of(new BigInteger(number)) : otherwise;
    }

    private static TemplateValue Float(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue? otherwise = arguments.Bind("float", "default?")[0];
        rendering.Budget.Step(1 + ((value as StringValue)?.Text.Length ?? 0) / 4);
        return value switch
        {
            UndefinedValue undefined => throw undefined.Error(),
            StringValue text when Numbers.TryParseFloat(text.Text, out double number) => new FloatValue(number),
            _ when Numbers.IsNumber(value) => new FloatValue(Numbers.ToFloat(value)),
            _ => otherwise ?? new FloatValue(0),
        };
    }

    private static TemplateValue Abs(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("abs");
        return value switch
        {
            FloatValue f => new FloatValue(Math.Abs(f.Value)),
            _ when Numbers.TryInteger(value, out BigInteger integer) => IntegerValue.Of(BigInteger.Abs(integer)),
            UndefinedValue undefined => throw undefined.Error(),
            _ => throw new TemplateError($"abs needs a number, not a value of type '{value.TypeName}'"),
        };
    }

    private static TemplateValue Round(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("round", "precision?", "method?");
        int precision = given[0] is { } places ? Integers.Clamp(places, "the precision") : 0;
        string method = given[1] is { } named ? StringMethods.TextOf(named, "the method") : "common";
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (!Numbers.IsNumber(value)) throw new TemplateError($"round needs a number, not a value of type '{value.TypeName}'");
        switch (method)
        {
            case "common": return Numbers.TryInteger(value, out BigInteger integer) ? IntegerValue.Of(RoundInteger(integer, precision)) : new FloatValue(RoundFloat(((FloatValue)value).Value, precision));
            case "ceil" or "floor":
                if (Math.Abs((long)precision) > 300) throw new TemplateError($"a precision of {precision} is too large");
                double factor = Numbers.ToFloat(value) * Math.Pow(10, precision);
                if (!double.IsFinite(factor)) throw new TemplateError("an infinite float cannot be rounded");
                return new FloatValue((method == "ceil" ? Math.Ceiling(factor) : Math.Floor(factor)) / Math.Pow(10, precision));
            default: throw new TemplateError("the method of round must be 'common', 'ceil' or 'floor'");
        }
    }

    // The exact value to the nearest decimal, ties to even.
    private static double RoundFloat(double value, int precision)
    {
        if (!double.IsFinite(value) || precision > 330) return value;
        if (precision < -310) return Math.CopySign(0, value);
        if (precision >= 0) return double.Parse(FloatText.Fixed(value, precision), CultureInfo.InvariantCulture);
        BigInteger whole = RoundInteger(new BigInteger(Math.Truncate(value)), precision, hasRest: Math.Truncate(value) != value);
        return whole.IsZero ? Math.CopySign(0, value) : Numbers.ToFloat(whole);
    }

    private static BigInteger RoundInteger(BigInteger value, int precision, bool hasRest = false)
    {
        if (precision >= 0) return value;
        if (-(long)precision > Integers.MaxDigits) return BigInteger.Zero;
        BigInteger unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && (hasRest || !quotient.IsEven))) quotient++;
        return quotient * unit * value.Sign;
    }

    private static StringValue FileSize(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        bool binary = arguments.Bind("filesizeformat", "binary?")[0]?.IsTrue ?? false;
        rendering.Budget.Step(1 + ((value as StringValue)?.Text.Length ?? 0) / 4);
        double size = value is StringValue text && Numbers.TryParseFloat(text.Text, out double parsed) ? parsed
            : Numbers.IsNumber(value) ? Numbers.ToFloat(value) : throw new TemplateError("filesizeformat needs a number");
        int unit = binary ? 1024 : 1000;
        if (size == 1) return new StringValue("1 Byte");
        if (size < unit) return new StringValue($"{new BigInteger(size)} Bytes");
        if (!double.IsFinite(size)) throw new TemplateError("filesizeformat needs a finite number");
        int power = 1;
        for (size /= unit; size >= unit && power < 8; size /= unit) power++;
        return new StringValue($"{FloatText.Fixed(size, 1)} {(binary ? "KMGTPEZY" : "kMGTPEZY")[power - 1]}{(binary ? "iB" : "B")}");
    }
}
