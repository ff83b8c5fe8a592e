using System.Globalization;
using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>Booleans, integers and floats as numbers: true is 1, and values compare exactly across the types.</summary>
internal static class Numbers
{
    public static bool IsNumber(TemplateValue value) => value is IntegerValue or BooleanValue or FloatValue;

    public static bool AreNumbers(TemplateValue a, TemplateValue b) => IsNumber(a) && IsNumber(b);

    /// <summary>The whole number that a value is: an integer or a boolean.</summary>
    public static bool TryInteger(TemplateValue value, out BigInteger number)
    {
        number = value switch
        {
            IntegerValue integer => integer.Value,
            BooleanValue { Value: true } => BigInteger.One,
            _ => BigInteger.Zero,
        };
        return value is IntegerValue or BooleanValue;
    }

    /// <summary>A number as float.</summary>
    /// <exception cref="TemplateError">An integer is too large for one.</exception>
    public static double ToFloat(TemplateValue number)
    {
        if (number is FloatValue f) return f.Value;
        TryInteger(number, out BigInteger integer);
        return ToFloat(integer);
    }

    public static double ToFloat(BigInteger integer)
    {
        double value = integer.GetBitLength() <= 53 ? (double)integer : double.Parse(integer.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? value : throw new TemplateError("the whole number is too large for a float");
    }

    /// <summary>-1, 0 or 1; null where one is not a number (NaN).</summary>
    public static int? Compare(TemplateValue a, TemplateValue b)
    {
        bool aWhole = TryInteger(a, out BigInteger x), bWhole = TryInteger(b, out BigInteger y);
        if (aWhole && bWhole) return x.CompareTo(y);
        if (aWhole) return -Compare(((FloatValue)b).Value, x);
        double value = ((FloatValue)a).Value;
        if (bWhole) return Compare(value, y);
        double other = ((FloatValue)b).Value;
        return double.IsNaN(value) || double.IsNaN(other) ? null : value.CompareTo(other);
    }

    private static int? Compare(double value, BigInteger integer)
    {
        if (double.IsNaN(value)) return null;
        if (double.IsInfinity(value)) return value > 0 ? 1 : -1;
        double floor = Math.Floor(value);
        int compared = new BigInteger(floor).CompareTo(integer);
        return compared == 0 && value > floor ? 1 : compared;
    }

    /// <summary>Equal numbers of all types have the same hash.</summary>
    public static int Hash(TemplateValue number)
    {
        if (!TryInteger(number, out BigInteger integer))
        {
            double value = ((FloatValue)number).Value;
            if (!double.IsFinite(value) || Math.Floor(value) != value) return value.GetHashCode();
            integer = new BigInteger(value);
        }
        return HashCode.Combine(integer);
    }

    /// <summary>Reads a whole number as Python's <c>int(text, base)</c> does.</summary>
    public static bool TryParseInteger(string text, int radix, out BigInteger number)
    {
        number = BigInteger.Zero;
        ReadOnlySpan<char> digits = Stripped(text);
        bool negative = digits is ['-', ..];
        if (digits is ['-' or '+', ..]) digits = digits[1..];
        if (digits is ['0', var prefix, ..] && (prefix | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => -1 } is var given && given > 0 && (radix == given || radix == 0))
        {
            digits = digits[2..];
            radix = given;
            if (digits is ['_', ..]) digits = digits[1..];
        }
        else if (radix == 0)
        {
            if (digits is ['0', ..] && digits.ContainsAnyExcept('0', '_')) return false;
            radix = 10;
        }
        if (digits.IsEmpty || digits.Length > Integers.MaxDigits || !HasPlacedUnderscores(digits)) return false;
        foreach (char c in digits)
        {
            if (c == '_') continue;
            int digit = char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : (int)CharUnicodeInfo.GetDecimalDigitValue(c);
            if (digit < 0 || digit >= radix) return false;
            number = number * radix + digit;
        }
        if (negative) number = -number;
        return true;
    }

    /// <summary>Reads a number as Python's <c>float(text)</c> does.</summary>
    public static bool TryParseFloat(string text, out double number)
    {
        ReadOnlySpan<char> stripped = Stripped(text);
        string lower = stripped.ToString().ToLowerInvariant();
        switch (lower.TrimStart('+', '-'))
        {
            case "inf" or "infinity" or "nan" when lower.Length - lower.TrimStart('+', '-').Length <= 1:
                number = lower.EndsWith("nan", StringComparison.Ordinal) ? double.NaN : lower[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
        }
        number = 0;
        if (lower.AsSpan().ContainsAnyExcept("0123456789.+-e_") || !HasPlacedUnderscores(lower)) return false;
        return double.TryParse(lower.Replace("_", ""), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);
    }

    private static ReadOnlySpan<char> Stripped(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && PythonCharacters.IsSpace(text[start])) start++;
        while (end > start && PythonCharacters.IsSpace(text[end - 1])) end--;
        return text.AsSpan(start, end - start);
    }

    // Underscores only between digits.
    private static bool HasPlacedUnderscores(ReadOnlySpan<char> digits)
    {
        for (int i = 0; i < digits.Length; i++)
            if (digits[i] == '_' && (i == 0 || i == digits.Length - 1 || !char.IsLetterOrDigit(digits[i - 1]) || !char.IsLetterOrDigit(digits[i + 1])))
                return false;
        return true;
    }
}
