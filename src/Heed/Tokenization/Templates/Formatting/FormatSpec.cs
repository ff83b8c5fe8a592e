using System.Globalization;
using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>
/// How a single value is written: <c>[[fill]align][sign][#][0][width][,|_][.precision][type]</c>, the format specification
/// of Python's <c>str.format</c>, which also carries out the conversions of <c>%</c>.
/// </summary>
internal sealed record FormatSpec
{
    public string Fill { get; init; } = " ";

    /// <summary>'&lt;', '&gt;', '^' or '=' (padding after the sign); '\0': numbers to the right, the rest to the left.</summary>
    public char Align { get; init; }

    /// <summary>Zeros fill up to the width where nothing else is said: after the sign of a number, at the end of a text.</summary>
    public bool ZeroFill { get; init; }

    /// <summary>'+', ' ' or '-': what stands before a number that is not negative.</summary>
    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public int Width { get; init; }

    /// <summary>',' or '_' between groups of digits; '\0': nothing.</summary>
    public char Grouping { get; init; }

    public int? Precision { get; init; }

    /// <summary>'d', 'f', 's', ...; '\0': as the value's type has it.</summary>
    public char Type { get; init; }

    /// <exception cref="TemplateError">The text is no specification.</exception>
    public static FormatSpec Parse(string text)
    {
        int at = 0;
        string fill = " ";
        char align = '\0', sign = '-', grouping = '\0';
        bool alternate = false, zeroFill = false;
        int first = text.Length > 0 ? PythonCharacters.LengthAt(text, 0) : 0;
        if (first > 0 && first < text.Length && text[first] is '<' or '>' or '^' or '=') (fill, align, at) = (text[..first], text[first], first + 1);
        else if (at < text.Length && text[at] is '<' or '>' or '^' or '=') align = text[at++];
        if (at < text.Length && text[at] is '+' or '-' or ' ') sign = text[at++];
        if (at < text.Length && text[at] == '#') alternate = text[at++] == '#';
        if (at < text.Length && text[at] == '0')
        {
            at++;
            zeroFill = align == '\0';
            if (zeroFill) fill = "0";
        }
        int width = Number(text, ref at) ?? 0;
        if (at < text.Length && text[at] is ',' or '_') grouping = text[at++];
        int? precision = null;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            precision = Number(text, ref at) ?? throw Wrong(text);
        }
        char type = at < text.Length ? text[at++] : '\0';
        if (at < text.Length || (type != '\0' && !"bcdeEfFgGnosxX%".Contains(type))) throw Wrong(text);
        return new FormatSpec { Fill = fill, Align = align, ZeroFill = zeroFill, Sign = sign, Alternate = alternate, Width = width, Grouping = grouping, Precision = precision, Type = type };
    }

    private static TemplateError Wrong(string text) => new($"'{text}' is no format specification");

    /// <summary>Digits at a place; null when there are none.</summary>
    public static int? Number(string text, ref int at)
    {
        int start = at, value = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
            value = value > 100_000_000 ? throw new TemplateError("a number in a format is too large") : value * 10 + (text[at] - '0');
        return at == start ? null : value;
    }

    /// <summary>The value in this format.</summary>
    /// <exception cref="TemplateError">The value's type has no such format.</exception>
    public string Format(TemplateValue value, Budget budget)
    {
        if (Precision is > 1000 && value is not StringValue) throw new TemplateError($"a precision of {Precision} is asked for; at most 1000 digits are supported");
        budget.Build((long)Width + (Precision ?? 0));
        budget.Step(1 + (Math.Min(Precision ?? 0, 1000) >> 1));
        switch (value)
        {
            case StringValue text:
                if (Type is not ('\0' or 's') || Align == '=' || Sign != '-') throw Unsupported(value);
                string shown = text.Text;
                if (Precision is { } most && most < text.CodePoints) shown = shown[..PythonCharacters.Offset(shown, most, text.CodePoints, budget)];
                return Pad("", shown, '<');
            case BooleanValue or IntegerValue or FloatValue: return FormatNumber(value);
            default: throw Unsupported(value);
        }
    }

    private TemplateError Unsupported(TemplateValue value) => new($"a value of type '{value.TypeName}' cannot be written in this format");

    private string FormatNumber(TemplateValue value)
    {
        if (Numbers.TryInteger(value, out BigInteger integer) && Type is '\0' or 'b' or 'c' or 'd' or 'n' or 'o' or 'x' or 'X')
        {
            if (Precision is not null) throw new TemplateError("a whole number has no precision");
            if (Type == 'c') return Pad("", char.ConvertFromUtf32(integer >= 0 && integer <= 0x10FFFF && (integer < 0xD800 || integer > 0xDFFF) ? (int)integer : throw new TemplateError($"{integer} is no code point")), '<');
            string digits = InRadix(BigInteger.Abs(integer), Type switch { 'b' => 2, 'o' => 8, 'x' or 'X' => 16, _ => 10 });
            if (Type == 'X') digits = digits.ToUpperInvariant();
            string prefix = Alternate && Type is 'b' or 'o' or 'x' or 'X' ? $"0{Type}" : "";
            return PadNumber(integer.Sign < 0, prefix, digits, "", Type is 'b' or 'o' or 'x' or 'X' ? 4 : 3);
        }
        if (Type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%')) throw Unsupported(value);
        double number = Numbers.ToFloat(value);
        return PadNumber(double.IsNegative(number) && !double.IsNaN(number), "", SplitNumber(number, out string rest), rest, 3);
    }

    // The digits before the point, and all that comes after them.
    private string SplitNumber(double number, out string rest)
    {
        double size = Math.Abs(Type == '%' ? number * 100 : number);
        string text;
        if (!double.IsFinite(size)) text = double.IsNaN(size) ? "nan" : "inf";
        else text = Type switch
        {
            'f' or 'F' or '%' => FloatText.Fixed(size, Precision ?? 6),
            'e' or 'E' => FloatText.Exponent(size, Precision ?? 6),
            'g' or 'G' or 'n' => FloatText.General(size, Math.Max(1, Precision ?? 6), Alternate),
            _ when Precision is { } digits => FloatText.General(size, Math.Max(1, digits), Alternate) is var general && general.AsSpan().ContainsAny('.', 'e') ? general : general + ".0",
            _ => FloatText.Repr(size),
        };
        if (Type is 'E' or 'F' or 'G') text = text.ToUpperInvariant();
        if (Type == '%') text += "%";
        int end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (end < 0 || !double.IsFinite(size)) end = text.Length;
        rest = text[end..];
        return text[..end];
    }

    private string PadNumber(bool negative, string prefix, string digits, string rest, int group)
    {
        string head = (negative ? "-" : Sign == '-' ? "" : Sign.ToString()) + prefix;
        if (Grouping != '\0') digits = Group(digits, group, (ZeroFill || Align == '=') && Fill == "0" ? Width - head.Length - rest.Length : 0);
        return Pad(head, digits + rest, ZeroFill ? '=' : '>');
    }

    // With zeros in front up to a width, which the separators then cut up too.
    private string Group(string digits, int size, int width)
    {
        while (digits.Length + (digits.Length - 1) / size < width) digits = "0" + digits;
        var grouped = new System.Text.StringBuilder(digits);
        for (int at = digits.Length - size; at > 0; at -= size) grouped.Insert(at, Grouping);
        return grouped.ToString();
    }

    private string Pad(string head, string body, char usual)
    {
        int missing = Width - head.Length - PythonCharacters.Count(body);
        if (missing <= 0) return head + body;
        string Filling(int count) => Fill.Length == 1 ? new string(Fill[0], count) : string.Concat(Enumerable.Repeat(Fill, count));
        return (Align == '\0' ? usual : Align) switch
        {
            '<' => head + body + Filling(missing),
            '^' => Filling(missing / 2) + head + body + Filling(missing - missing / 2),
            '=' => head + Filling(missing) + body,
            _ => Filling(missing) + head + body,
        };
    }

    private static string InRadix(BigInteger value, int radix)
    {
        if (radix == 10) return value.ToString(CultureInfo.InvariantCulture);
        string text = radix == 16 ? value.ToString("x", CultureInfo.InvariantCulture) : value.ToString("b", CultureInfo.InvariantCulture);
        if (radix == 8)
        {
            text = text.PadLeft((text.Length + 2) / 3 * 3, '0');
            text = string.Concat(text.Chunk(3).Select(bits => (char)('0' + (bits[0] - '0') * 4 + (bits[1] - '0') * 2 + (bits[2] - '0'))));
        }
        text = text.TrimStart('0');
        return text.Length == 0 ? "0" : text;
    }
}
