using System.Globalization;
using System.Numerics;
using System.Text;

namespace Heed.Tokenization.Templates;

internal sealed partial class Lexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", "<=", ">=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"];

    /// <summary>Reads what stands inside a tag, and the tag's end. Inside of brackets "}}" is two braces.</summary>
    private void ReadTag(int begin, bool isOutput)
    {
        var open = new Stack<Token>();
        while (true)
        {
            SkipSpace();
            if (open.Count == 0 && TryCloseTag(isOutput)) return;
            if (at >= source.Length) throw new SyntaxError($"'{source.AsSpan(begin, 2)}' is not closed: '{(isOutput ? "}}" : "%}")}' is expected", begin);
            char c = source[at];
            if (char.IsAsciiDigit(c)) ReadNumber();
            else if (c is '\'' or '"') ReadString(c);
            else if (IsNamePart(at, out int length))
            {
                int start = at;
                do at += length;
                while (IsNamePart(at, out length));
                Add(TokenKind.Name, start, source[start..at]);
            }
            else ReadOperator(open);
        }
    }

    private bool TryCloseTag(bool isOutput)
    {
        int end = at;
        if (isOutput ? !(TryTake("-}}") || TryTake("}}")) : !(TryTake("-%}") || TryTake("+%}") || TryTake("%}"))) return false;
        char sign = at - end == 3 ? source[end] : '\0';
        Add(isOutput ? TokenKind.OutputEnd : TokenKind.StatementEnd, end, source[end..at]);
        TrimAfter(isOutput && sign == '\0' ? '+' : sign);
        return true;
    }

    private void ReadOperator(Stack<Token> open)
    {
        int start = at;
        string? symbol = Array.Find(Operators, TryTake)
            ?? throw new SyntaxError($"the character {Shown(source, at)} has no meaning here", at);
        Add(TokenKind.Operator, start, symbol);
        if (symbol is "(" or "[" or "{") open.Push(tokens[^1]);
        else if (symbol is ")" or "]" or "}")
        {
            string expected = open.TryPop(out Token opening) ? opening.Text switch { "(" => ")", "[" => "]", _ => "}" } : "";
            if (expected != symbol) throw new SyntaxError(expected.Length == 0 ? $"'{symbol}' closes nothing" : $"'{symbol}' stands where '{expected}' is expected", start);
        }
    }

    private static string Shown(string text, int index) =>
        Rune.TryGetRuneAt(text, index, out Rune rune) && !Rune.IsControl(rune) ? $"'{rune}'" : $"U+{(int)text[index]:X4}";

    private bool IsNamePart(int position, out int length)
    {
        length = 1;
        if (position >= source.Length) return false;
        if (char.IsAscii(source[position])) return char.IsAsciiLetterOrDigit(source[position]) || source[position] == '_';
        if (!Rune.TryGetRuneAt(source, position, out Rune rune)) return false;
        length = rune.Utf16SequenceLength;
        return Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;
    }

    private void ReadNumber()
    {
        int start = at;
        bool afterDot = start > 0 && source[start - 1] == '.';
        if (source[at] == '0' && at + 1 < source.Length && (source[at + 1] | 0x20) is 'x' or 'o' or 'b')
        {
            int radix = (source[at + 1] | 0x20) switch { 'x' => 16, 'o' => 8, _ => 2 };
            int end = Digits(at + 2, radix);
            if (end > at + 2)
            {
                at = end;
                AddInteger(start, source[(start + 2)..end], radix);
                return;
            }
        }
        int whole = Digits(at, 10), fraction = whole;
        if (!afterDot && whole < source.Length && source[whole] == '.') fraction = Math.Max(whole, Digits(whole + 1, 10) is var f && f > whole + 1 ? f : whole);
        int exponent = fraction;
        if (!afterDot && exponent < source.Length && (source[exponent] | 0x20) == 'e')
        {
            int digits = exponent + 1;
            if (digits < source.Length && source[digits] is '+' or '-') digits++;
            if (Digits(digits, 10) is var end && end > digits) exponent = end;
        }
        if (exponent > whole)
        {
            at = exponent;
            Add(TokenKind.Float, start, source[start..at], new FloatValue(double.Parse(source[start..at].Replace("_", ""), CultureInfo.InvariantCulture)));
            return;
        }
        // A decimal number has no leading zeros; "00" is zero.
        at = whole;
        if (source[start] == '0')
            for (at = start + 1; at < whole && source[at] is '0' or '_';) at++;
        if (source[at - 1] == '_') at--;
        AddInteger(start, source[start..at], 10);
    }

    private int Digits(int from, int radix)
    {
        int end = from;
        for (int i = from; i < source.Length; i++)
        {
            int digit = char.IsAsciiHexDigit(source[i]) ? Convert.ToInt32(source[i].ToString(), 16) : 99;
            if (digit < radix) end = i + 1;
            else if (source[i] != '_' || (i > 0 && source[i - 1] == '_') || (i == from && radix == 10)) break;
        }
        return end;
    }

    private void AddInteger(int start, string digits, int radix)
    {
        digits = digits.Replace("_", "");
        if (digits.Length > Integers.MaxDigits) throw new SyntaxError($"the number has {digits.Length} digits; at most {Integers.MaxDigits} are supported", start);
        BigInteger value = radix switch
        {
            10 => BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture),
            16 => BigInteger.Parse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            2 => BigInteger.Parse("0" + digits, NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture),
            _ => digits.Aggregate(BigInteger.Zero, (sum, digit) => sum * 8 + (digit - '0')),
        };
        Add(TokenKind.Integer, start, source[start..at], IntegerValue.Of(value));
    }

    private void ReadString(char quote)
    {
        int start = at++;
        while (at < source.Length && source[at] != quote) at += source[at] == '\\' ? 2 : 1;
        if (at >= source.Length) throw new SyntaxError($"the string is not closed: {quote} is expected", start);
        string text = StringLiteral.Unescape(source.AsSpan(start + 1, at - start - 1), start + 1);
        at++;
        Add(TokenKind.String, start, text, new StringValue(text));
    }
}
