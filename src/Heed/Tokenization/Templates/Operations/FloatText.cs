using System.Globalization;
using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>Floats as decimal text, correctly rounded (ties of the exact binary value to even), as Python writes them.</summary>
internal static class FloatText
{
    /// <summary>The shortest text that reads back as the same float: <c>0.1</c>, <c>1e-05</c>, <c>1e+16</c>, <c>2.0</c>.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        (string digits, int exponent) = Shortest(Math.Abs(value));
        string sign = double.IsNegative(value) ? "-" : "";
        if (exponent is < -4 or >= 16) return sign + WithExponent(digits, exponent, 'e');
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        if (digits.Length <= exponent + 1) return $"{sign}{digits.PadRight(exponent + 1, '0')}.0";
        return $"{sign}{digits.AsSpan(0, exponent + 1)}.{digits.AsSpan(exponent + 1)}";
    }

    /// <summary>With a number of digits after the point: <c>%.2f</c>. Only for finite values.</summary>
    public static string Fixed(double value, int decimals)
    {
        string digits = Scaled(Math.Abs(value), decimals).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string sign = double.IsNegative(value) ? "-" : "";
        return decimals == 0 ? sign + digits : $"{sign}{digits.AsSpan(0, digits.Length - decimals)}.{digits.AsSpan(digits.Length - decimals)}";
    }

    /// <summary>With an exponent: <c>%.2e</c>. Only for finite values.</summary>
    public static string Exponent(double value, int decimals)
    {
        (string digits, int exponent) = Significant(Math.Abs(value), decimals + 1);
        return (double.IsNegative(value) ? "-" : "") + WithExponent(digits, exponent, 'e');
    }

    /// <summary>With a number of significant digits, and an exponent only where the number is very large or small: <c>%g</c>. Only for finite values.</summary>
    /// <param name="value">The number.</param>
    /// <param name="precision">Significant digits, at least 1.</param>
    /// <param name="keepZeros">Keeps zeros at the end, the "#" of formats.</param>
    public static string General(double value, int precision, bool keepZeros)
    {
        (string digits, int exponent) = Significant(Math.Abs(value), precision);
        string sign = double.IsNegative(value) ? "-" : "";
        if (exponent < -4 || exponent >= precision)
        {
            string mantissa = keepZeros ? digits : digits.TrimEnd('0').PadRight(1, '0');
            return sign + WithExponent(mantissa, exponent, 'e');
        }
        string whole = exponent < 0 ? "0" : digits[..(exponent + 1)];
        string fraction = exponent < 0 ? new string('0', -exponent - 1) + digits : digits[(exponent + 1)..];
        if (!keepZeros) fraction = fraction.TrimEnd('0');
        return fraction.Length == 0 && !keepZeros ? sign + whole : $"{sign}{whole}.{fraction}";
    }

    private static string WithExponent(string digits, int exponent, char e)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits.AsSpan(1)}";
        return $"{mantissa}{e}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    // Digits without zeros at the end, and the power of ten of the first.
    private static (string Digits, int Exponent) Shortest(double value)
    {
        string text = value.ToString("E16", CultureInfo.InvariantCulture), shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = value == 0 ? 0 : int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int end = shortest.IndexOf('E');
        if (end >= 0)
        {
            exponent = int.Parse(shortest.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            shortest = shortest[..end];
        }
        else if (shortest.IndexOf('.') is var point && !shortest.StartsWith("0.", StringComparison.Ordinal)) exponent = (point < 0 ? shortest.Length : point) - 1;
        else if (value != 0) exponent = -(shortest.AsSpan(2).IndexOfAnyExcept('0') + 1);
        string digits = shortest.Replace(".", "").TrimStart('0').TrimEnd('0');
        return (digits.Length == 0 ? "0" : digits, value == 0 ? 0 : exponent);
    }

    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0) return (new string('0', count), 0);
        int exponent = Shortest(value).Exponent;
        string digits = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
        if (digits.Length > count) return (digits[..count], exponent + 1);   // 9.99 rounded up to 10.0
        return (digits.PadLeft(count, '0'), exponent);
    }

    // value * 10^power to the nearest integer, ties to even, computed exactly.
    private static BigInteger Scaled(double value, int power)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger numerator = exponent == 0 ? bits & 0xFFFFFFFFFFFFF : bits & 0xFFFFFFFFFFFFF | 1L << 52, denominator = BigInteger.One;
        int shift = Math.Max(exponent, 1) - 1075;
        if (shift >= 0) numerator <<= shift;
        else denominator <<= -shift;
        if (power >= 0) numerator *= BigInteger.Pow(10, power);
        else denominator *= BigInteger.Pow(10, -power);
        var quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
