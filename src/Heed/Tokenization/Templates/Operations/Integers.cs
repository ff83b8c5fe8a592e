using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary>Limits of whole numbers, and whole numbers as indices.</summary>
internal static class Integers
{
    /// <summary>Most decimal digits of a number, as in Python's conversions to text.</summary>
    public const int MaxDigits = 4300;

    /// <summary>The same in binary digits.</summary>
    public const int MaxBits = 14_285;

    public static void CheckSize(BigInteger value)
    {
        if (value.GetBitLength() > MaxBits) throw new TemplateError($"a whole number has more than {MaxDigits} digits");
    }

    /// <exception cref="TemplateError">The power is too large.</exception>
    public static BigInteger Power(BigInteger value, BigInteger exponent)
    {
        if (value.IsZero || value.IsOne || exponent.IsZero) return exponent.IsZero ? BigInteger.One : value;
        if (value == BigInteger.MinusOne) return exponent.IsEven ? BigInteger.One : value;
        if (exponent > MaxBits || (value.GetBitLength() - 1) * exponent > MaxBits) throw new TemplateError($"a whole number has more than {MaxDigits} digits");
        return BigInteger.Pow(value, (int)exponent);
    }

    /// <summary>Division rounded down, and what is left, which has the sign of the divisor.</summary>
    public static (BigInteger Quotient, BigInteger Remainder) FloorDivide(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign < 0 != b.Sign < 0 ? (quotient - 1, remainder + b) : (quotient, remainder);
    }

    /// <summary>A key as index into a sequence; a negative one counts from the end.</summary>
    public static bool TryIndex(TemplateValue key, int count, out int index)
    {
        index = 0;
        if (!Numbers.TryInteger(key, out BigInteger value)) return false;
        if (value.Sign < 0) value += count;
        if (value.Sign < 0 || value >= count) return false;
        index = (int)value;
        return true;
    }

    /// <summary>A whole number cut to what fits an int: enough for counts, widths and bounds, which are checked against lengths.</summary>
    /// <exception cref="TemplateError">The value is no whole number.</exception>
    public static int Clamp(TemplateValue value, string what)
    {
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (!Numbers.TryInteger(value, out BigInteger number)) throw new TemplateError($"{what} must be a whole number, not a value of type '{value.TypeName}'");
        return (int)BigInteger.Clamp(number, int.MinValue, int.MaxValue);
    }
}
