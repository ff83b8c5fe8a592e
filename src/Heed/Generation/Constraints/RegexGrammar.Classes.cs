using System.Globalization;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Escapes and bracketed classes.</summary>
internal sealed partial class RegexGrammar
{
    private static readonly CodePointSet Digits = CodePointSet.Range('0', '9');
    private static readonly CodePointSet Words = CodePointSet.Of([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);

    // WhiteSpace and LineTerminator of ECMA-262.
    private static readonly CodePointSet Spaces = CodePointSet.Of([(9, 13), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);

    // An escape that stands for a set of characters; null, and nothing taken, when it is another one.
    private CodePointSet? NamedSet()
    {
        int start = at;
        if (at + 1 == pattern.Length) throw Error("it ends in a backslash");
        char c = pattern[at + 1];
        CodePointSet? set = char.ToLowerInvariant(c) switch { 'd' => Digits, 's' => Spaces, 'w' => Words, _ => null };
        if (set is not null) at += 2;
        else if (c is 'p' or 'P')
        {
            at += 2;
            int end = More && pattern[at] == '{' ? pattern.IndexOf('}', at) : -1;
            if (end < 0) throw Error("a property is written \\p{...}", start);
            string name = pattern[(at + 1)..end];
            set = UnicodeSets.Find(name) ?? throw Error($"the property '{name}' is not known", start);
            at = end + 1;
        }
        return set is not null && char.IsUpper(c) ? set.Complement() : set;
    }

    private int Escaped()
    {
        int start = at++;
        char c = pattern[at];
        switch (c)
        {
            case 't': at++; return '\t';
            case 'n': at++; return '\n';
            case 'r': at++; return '\r';
            case 'f': at++; return '\f';
            case 'v': at++; return '\v';
            case '0' when at + 1 == pattern.Length || !char.IsAsciiDigit(pattern[at + 1]): at++; return 0;
            case 'x':
                at++;
                return Hexadecimal(2, 2, start);
            case 'u':
                at++;
                if (Take('{'))
                {
                    int value = Hexadecimal(1, 6, start);
                    return Take('}') ? value : throw Error("a character's hexadecimal number has no '}'", start);
                }
                return Unit(start);
            case 'b' or 'B':
                throw Error("word boundaries are not supported", start);
            case (>= '1' and <= '9') or 'k':
                throw Error("references to groups are not supported", start);
            default:
                if (char.IsAsciiLetterOrDigit(c)) throw Error($"the escape '\\{c}' is not supported", start);
                return NextCodePoint();
        }
    }

    // \uXXXX; two of them may be one character.
    private int Unit(int start)
    {
        int value = Hexadecimal(4, 4, start, surrogates: true);
        if (value is >= 0xD800 and <= 0xDBFF && Take("\\u") && Hexadecimal(4, 4, start, surrogates: true) is >= 0xDC00 and <= 0xDFFF and var low) return char.ConvertToUtf32((char)value, (char)low);
        return value is >= 0xD800 and <= 0xDFFF ? throw Error("a lone surrogate", start) : value;
    }

    private int Hexadecimal(int least, int most, int start, bool surrogates = false)
    {
        int from = at;
        while (More && at - from < most && char.IsAsciiHexDigit(pattern[at])) at++;
        if (at - from < least) throw Error("a character's hexadecimal number is not complete", start);
        int value = int.Parse(pattern.AsSpan(from, at - from), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (value > CodePointSet.Last || (!surrogates && value is >= 0xD800 and <= 0xDFFF)) throw Error($"U+{value:X4} is no character", start);
        return value;
    }

    // [...] with ranges and named sets.
    private CodePointSet Class()
    {
        int start = at++;
        bool negated = Take('^');
        List<(int, int)> ranges = [];
        while (true)
        {
            if (!More) throw Error("a class has no ']'", start);
            if (Take(']')) break;
            if (pattern[at] == '\\' && NamedSet() is { } set)
            {
                ranges.AddRange(set.Ranges);
                continue;
            }
            int place = at, first = ClassCharacter(), last = first;
            if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
            {
                at++;
                if (pattern[at] == '\\' && NamedSet() is not null) throw Error("a range ends in a set of characters", place);
                last = ClassCharacter();
            }
            ranges.Add(first <= last ? (first, last) : throw Error($"the range U+{first:X4} to U+{last:X4} is empty", place));
        }
        CodePointSet result = CodePointSet.Of(ranges);
        if (ignoreCase) result = UnicodeSets.IgnoreCase(result);
        return negated ? result.Complement() : result;
    }

    private int ClassCharacter()
    {
        if (pattern[at] != '\\') return NextCodePoint();
        if (at + 1 == pattern.Length) throw Error("it ends in a backslash");
        if (pattern[at + 1] != 'b') return Escaped();
        at += 2;
        return '\b';
    }
}
