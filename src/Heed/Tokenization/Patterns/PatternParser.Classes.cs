using System.Globalization;

namespace Heed.Tokenization;

/// <summary>Escapes and bracketed classes.</summary>
internal sealed partial class PatternParser
{
    /// <summary>An escape outside a class.</summary>
    private PatternNode Escape()
    {
        int start = at;
        if (at + 1 == pattern.Length) throw Error("it ends in a backslash");
        switch (pattern[at + 1])
        {
            case 'A':
                at += 2;
                return new AnchorNode(Anchor.TextStart);
            case 'z':
                at += 2;
                return new AnchorNode(Anchor.TextEnd);
            case 'Z':
                at += 2;
                return new AnchorNode(Anchor.TextEndOrLastLine);
            case 'b':
                at += 2;
                return new AnchorNode(Anchor.WordBoundary);
            case 'B':
                at += 2;
                return new AnchorNode(Anchor.NoWordBoundary);
            case 'R' when !rust:
                at += 2;
                PatternNode carriageReturn = new SetNode(CodePointSet.Range('\r', '\r')), lineFeed = new SetNode(CodePointSet.Range('\n', '\n'));
                PatternNode single = new SetNode(CodePointSet.Of([('\n', '\r'), (0x85, 0x85), (0x2028, 0x2029)]));
                return new AtomicNode(new AlternationNode([new SequenceNode([carriageReturn, lineFeed]), single]));
            case >= '1' and <= '9' or 'k' or 'g':
                throw Error("references to groups are not supported", start);
        }
        if (NamedSet() is { } set) return new SetNode(set);
        return Literal(EscapedCharacter());
    }

    /// <summary>An escape that stands for a set of characters; null, and nothing taken, when it is another one.</summary>
    private CodePointSet? NamedSet()
    {
        int start = at;
        char c = pattern[at + 1];
        CodePointSet? set = char.ToLowerInvariant(c) switch
        {
            'd' => UnicodeSets.Digit,
            's' => UnicodeSets.Space,
            'w' => rust ? UnicodeSets.RustWord : UnicodeSets.Word,
            'h' when !rust => UnicodeSets.Find("xdigit"),
            _ => null,
        };
        if (set is not null) at += 2;
        else if (c is 'N' or 'O' && !rust)
        {
            at += 2;
            return c == 'O' ? CodePointSet.All : CodePointSet.Range('\n', '\n').Complement();
        }
        else if (c is 'p' or 'P')
        {
            at += 2;
            string name;
            if (Take('{'))
            {
                int end = pattern.IndexOf('}', at);
                if (end < 0) throw Error("a property has no '}'", start);
                name = pattern[at..end];
                at = end + 1;
            }
            else if (rust && More) name = pattern[at++].ToString();
            else throw Error("a property has no name", start);
            bool negated = name.StartsWith('^');
            set = UnicodeSets.Find(negated ? name[1..] : name) ?? throw Error($"the property '{name}' is not known", start);
            if (negated) set = set.Complement();
        }
        return set is not null && char.IsUpper(c) ? set.Complement() : set;
    }

    private int EscapedCharacter()
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
            case 'a': at++; return '\a';
            case 'e': at++; return 0x1B;
            case '0' when !rust:
                at++;
                int digits = 0, octal = 0;
                for (; digits < 2 && More && pattern[at] is >= '0' and <= '7'; digits++) octal = (8 * octal) + pattern[at++] - '0';
                return octal;
            case 'x':
                at++;
                return Take('{') ? Hexadecimal(1, 8, start, braced: true) : Hexadecimal(rust ? 2 : 1, 2, start, braced: false);
            case 'u':
                at++;
                return rust && Take('{') ? Hexadecimal(1, 8, start, braced: true) : Hexadecimal(4, 4, start, braced: false);
            case 'U' when rust:
                at++;
                return Take('{') ? Hexadecimal(1, 8, start, braced: true) : Hexadecimal(8, 8, start, braced: false);
            default:
                if (char.IsAsciiLetterOrDigit(c)) throw Error($"the escape '\\{c}' is not supported", start);
                return NextCodePoint();
        }
    }

    private int Hexadecimal(int least, int most, int start, bool braced)
    {
        int from = at;
        while (More && at - from < most && char.IsAsciiHexDigit(pattern[at])) at++;
        if (at - from < least || (braced && (!More || pattern[at] != '}'))) throw Error("a character's hexadecimal number is not complete", start);
        long value = long.Parse(pattern.AsSpan(from, at - from), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (braced) at++;
        if (value > CodePointSet.Last || value is >= 0xD800 and <= 0xDFFF) throw Error($"U+{value:X4} is no character", start);
        return (int)value;
    }

    /// <summary>[...], with ranges, nested classes, named sets and intersections (&amp;&amp;).</summary>
    private CodePointSet Class()
    {
        int start = at++;
        if (++depth > MaxDepth) throw Error($"classes are nested more than {MaxDepth} deep", start);
        bool negated = Take('^');
        CodePointSet? intersection = null;
        var ranges = new List<(int, int)>();
        CodePointSet Closed(CodePointSet set) => ignoreCase ? UnicodeSets.IgnoreCase(set) : set;

        for (bool first = true; ; first = false)
        {
            if (!More) throw Error("a class has no ']'", start);
            if (pattern[at] == ']' && !(first && pattern.IndexOf(']', at + 1) > 0)) break;
            if (Take("&&"))
            {
                CodePointSet left = Closed(CodePointSet.Of(ranges));
                intersection = intersection?.Intersect(left) ?? left;
                ranges.Clear();
            }
            else if (rust && (Take("--") || Take("~~"))) throw Error("the set operations -- and ~~ are not supported", at - 2);
            else if (pattern[at] == '[') ranges.AddRange(Posix() is { } named ? named.Ranges : Class().Ranges);
            else if (extended && rust && char.IsWhiteSpace(pattern[at])) at++;
            else if (pattern[at] == '\\' && at + 1 < pattern.Length && NamedSet() is { } set) ranges.AddRange(set.Ranges);
            else ranges.Add(ClassRange());
        }
        at++;
        depth--;
        CodePointSet result = Closed(CodePointSet.Of(ranges));
        if (intersection is not null) result = intersection.Intersect(result);
        return negated ? result.Complement() : result;
    }

    /// <summary>A character, or a range of them.</summary>
    private (int, int) ClassRange()
    {
        int start = at, first = ClassCharacter(), last = first;
        if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] is not (']' or '['))
        {
            at++;
            int place = at;
            if (pattern[at] == '\\' && at + 1 < pattern.Length && NamedSet() is not null) throw Error("a range ends in a set of characters", place);
            last = ClassCharacter();
        }
        return first <= last ? (first, last) : throw Error($"the range U+{first:X4} to U+{last:X4} is empty", start);
    }

    private int ClassCharacter()
    {
        if (pattern[at] != '\\') return NextCodePoint();
        if (at + 1 == pattern.Length) throw Error("it ends in a backslash");
        if (pattern[at + 1] != 'b') return EscapedCharacter();
        at += 2;
        return '\b';
    }

    /// <summary>[:name:] within a class; null, and nothing taken, when the bracket is no such.</summary>
    private CodePointSet? Posix()
    {
        if (string.CompareOrdinal(pattern, at, "[:", 0, 2) != 0) return null;
        int end = pattern.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0) return null;
        string name = pattern[(at + 2)..end];
        bool negated = name.StartsWith('^');
        if (negated) name = name[1..];
        if (name.Length == 0 || !name.All(char.IsAsciiLetter)) return null;
        CodePointSet set = name switch
        {
            "alpha" when rust => UnicodeSets.Find("l")!,
            "alnum" when rust => UnicodeSets.Find("l")!.Union(UnicodeSets.Digit),
            "upper" when rust => UnicodeSets.Find("lu")!,
            "lower" when rust => UnicodeSets.Find("ll")!,
            "ascii" or "blank" or "cntrl" or "digit" or "graph" or "print" or "punct" or "space" or "word" or "xdigit" => UnicodeSets.Find(name)!,
            _ => throw Error($"the class [:{name}:] is not supported"),
        };
        at = end + 2;
        if (rust) set = set.Intersect(UnicodeSets.Find("ascii")!);
        return negated ? set.Complement() : set;
    }
}
