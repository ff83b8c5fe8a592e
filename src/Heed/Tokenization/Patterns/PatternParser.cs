using System.Globalization;

namespace Heed.Tokenization;

/// <summary>
/// Reads a regular expression in the syntax of Oniguruma (its Ruby flavour, in which tokenizer.json files write) or of Rust's
/// fancy-regex (in which tiktoken writes). What it does not know is an error, since a pattern half understood gives other pieces.
/// </summary>
internal sealed partial class PatternParser
{
    private const int MaxDepth = 100, MaxChain = 8, MaxRepeat = 100_000, MaxLength = 1 << 16;

    private readonly string pattern;
    private readonly bool rust;
    private int at, depth;
    private bool ignoreCase, dotAll, multiLine, extended;

    private PatternParser(string pattern, PatternSyntax syntax)
    {
        this.pattern = pattern;
        rust = syntax == PatternSyntax.Rust;
    }

    /// <exception cref="FormatException">The pattern is wrong, or has a construct that is not supported.</exception>
    public static PatternNode Parse(string pattern, PatternSyntax syntax)
    {
        var parser = new PatternParser(pattern, syntax);
        if (pattern.Length > MaxLength) throw parser.Error($"it has {pattern.Length} characters; at most {MaxLength} are read");
        PatternNode node = parser.Alternation();
        if (parser.at < pattern.Length) throw parser.Error("a ')' without its '('");
        return node;
    }

    private bool More => at < pattern.Length;

    private PatternNode Alternation()
    {
        if (++depth > MaxDepth) throw Error($"groups are nested more than {MaxDepth} deep");
        (bool, bool, bool, bool) flags = (ignoreCase, dotAll, multiLine, extended);
        var choices = new List<PatternNode> { Sequence() };
        while (Take('|')) choices.Add(Sequence());
        (ignoreCase, dotAll, multiLine, extended) = flags;
        depth--;
        return choices.Count == 1 ? choices[0] : new AlternationNode(choices);
    }

    private PatternNode Sequence()
    {
        var items = new List<PatternNode>();
        while (true)
        {
            if (extended) SkipComments();
            if (!More || pattern[at] is '|' or ')') break;
            if (Atom() is { } atom) items.Add(Quantified(atom));
        }
        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    private void SkipComments()
    {
        while (More && (char.IsWhiteSpace(pattern[at]) || pattern[at] == '#'))
            if (pattern[at++] == '#')
                while (More && pattern[at++] != '\n') { }
    }

    /// <summary>One thing which a quantifier can follow; null for what leaves no trace.</summary>
    private PatternNode? Atom()
    {
        char c = pattern[at];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return new SetNode(Class());
            case '.':
                at++;
                return new SetNode(dotAll ? CodePointSet.All : CodePointSet.Range('\n', '\n').Complement());
            case '^':
                at++;
                if (!rust) return new AnchorNode(Anchor.LineStart);
                // Unlike Oniguruma's, Rust's last line may be empty.
                return multiLine
                    ? new AlternationNode([new AnchorNode(Anchor.TextStart), new LookbehindNode([[CodePointSet.Range('\n', '\n')]], Negative: false)])
                    : new AnchorNode(Anchor.TextStart);
            case '$':
                at++;
                return new AnchorNode(rust && !multiLine ? Anchor.TextEnd : Anchor.LineEnd);
            case '*' or '+' or '?':
                throw Error($"'{c}' has nothing to repeat");
            case '\\':
                return Escape();
            default:
                return Literal(NextCodePoint());
        }
    }

    private SetNode Literal(int codePoint)
    {
        var set = CodePointSet.Range(codePoint, codePoint);
        return new SetNode(ignoreCase ? UnicodeSets.IgnoreCase(set) : set);
    }

    private int NextCodePoint()
    {
        int value = char.IsHighSurrogate(pattern[at]) && at + 1 < pattern.Length && char.IsLowSurrogate(pattern[at + 1])
            ? char.ConvertToUtf32(pattern[at], pattern[at + 1])
            : pattern[at];
        if (value is >= 0xD800 and <= 0xDFFF) throw Error("a lone surrogate");
        at += value > 0xFFFF ? 2 : 1;
        return value;
    }

    private PatternNode Quantified(PatternNode node)
    {
        for (int chain = 0; ; chain++)
        {
            if (extended) SkipComments();
            if (!More) return node;
            int min, max, start = at;
            bool counted = false;
            switch (pattern[at])
            {
                case '?':
                    (min, max) = (0, 1);
                    at++;
                    break;
                case '*':
                    (min, max) = (0, int.MaxValue);
                    at++;
                    break;
                case '+':
                    (min, max) = (1, int.MaxValue);
                    at++;
                    break;
                case '{' when Interval(out min, out max):
                    counted = true;
                    break;
                default:
                    return node;
            }
            if (chain >= MaxChain) throw Error($"more than {MaxChain} quantifiers in a row", start);
            // Ruby's flavour reads x{n}? as (x{n})? and x{n,m}+ as (x{n,m})+.
            Greed greed = Greed.Greedy;
            if ((rust || !counted || min != max) && Take('?')) greed = Greed.Lazy;
            else if ((rust || !counted) && Take('+')) greed = Greed.Possessive;
            node = new RepeatNode(node, min, max, greed);
        }
    }

    /// <summary>{n}, {n,}, {,m} or {n,m}; anything else after a brace is a literal brace.</summary>
    private bool Interval(out int min, out int max)
    {
        int start = at++;
        int? low = Number(), high = low;
        if (Take(',')) high = Number() ?? (low is null ? null : int.MaxValue);
        if (!Take('}') || (low is null && high is null))
        {
            at = start;
            (min, max) = (0, 0);
            return false;
        }
        (min, max) = (low ?? 0, high!.Value);
        if (min > MaxRepeat || (max > MaxRepeat && max != int.MaxValue)) throw Error($"more than {MaxRepeat} repetitions", start);
        if (min > max) throw Error($"the repetition {{{min},{max}}} has its bounds in the wrong order", start);
        return true;
    }

    private int? Number()
    {
        int start = at;
        while (More && char.IsAsciiDigit(pattern[at])) at++;
        if (at == start) return null;
        return int.TryParse(pattern.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value < int.MaxValue
            ? value
            : throw Error($"more than {MaxRepeat} repetitions", start);
    }

    private PatternNode? Group()
    {
        int start = at++;
        PatternNode Rest() => Inside(start);
        if (!Take('?')) return Rest();
        if (Take(':')) return Rest();
        if (Take('>')) return new AtomicNode(Rest());
        if (Take('=')) return new LookaheadNode(Rest(), Negative: false);
        if (Take('!')) return new LookaheadNode(Rest(), Negative: true);
        if (Take("<=")) return Lookbehind(Rest(), negative: false, start);
        if (Take("<!")) return Lookbehind(Rest(), negative: true, start);
        if (Take("<") || Take("P<"))
        {
            int end = pattern.IndexOf('>', at);
            if (end <= at) throw Error("a group's name has no end", start);
            at = end + 1;
            return Rest();
        }
        if (Take('#'))
        {
            int end = pattern.IndexOf(')', at);
            if (end < 0) throw Error("a comment has no end", start);
            at = end + 1;
            return null;
        }
        return Flags(start);
    }

    private PatternNode Inside(int start)
    {
        PatternNode node = Alternation();
        if (!Take(')')) throw Error("a group has no ')'", start);
        return node;
    }

    private PatternNode? Flags(int start)
    {
        (bool, bool, bool, bool) before = (ignoreCase, dotAll, multiLine, extended);
        bool on = true;
        for (; More && pattern[at] is not (':' or ')'); at++)
            switch (pattern[at])
            {
                case '-' when on:
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'x':
                    extended = on;
                    break;
                case 'm' when rust:
                    multiLine = on;
                    break;
                case 'm':
                case 's' when rust:
                    dotAll = on;
                    break;
                default:
                    throw Error($"the group '(?{pattern[at]}' is not supported", start);
            }
        PatternNode? node = null;
        if (Take(':')) node = Inside(start);
        else if (!Take(')')) throw Error("a group has no ')'", start);
        else if (rust) return null;          // to the end of the group, alternatives included, where the flags are put back
        else node = Alternation();           // in Ruby's flavour a(?i)b|c is a(?i:b|c)
        (ignoreCase, dotAll, multiLine, extended) = before;
        return node;
    }

    private LookbehindNode Lookbehind(PatternNode node, bool negative, int start) =>
        new(Rows(node) is { Count: <= 256 } rows ? rows : throw Error("a look-behind is supported when it is characters and alternatives of them, counted at most", start), negative);

    /// <summary>All rows of sets which a node stands for; null when it is more than that.</summary>
    private static List<CodePointSet[]>? Rows(PatternNode node)
    {
        switch (node)
        {
            case SetNode set:
                return [[set.Set]];
            case AlternationNode alternation:
                var all = new List<CodePointSet[]>();
                foreach (PatternNode choice in alternation.Choices)
                {
                    if (Rows(choice) is not { } rows || all.Count > 256) return null;
                    all.AddRange(rows);
                }
                return all;
            case SequenceNode sequence:
                return Joined(sequence.Items);
            case RepeatNode { Max: <= 256 } repeat when repeat.Min == repeat.Max:
                return Joined(Enumerable.Repeat(repeat.Item, repeat.Min));
            default:
                return null;
        }
    }

    private static List<CodePointSet[]>? Joined(IEnumerable<PatternNode> items)
    {
        List<CodePointSet[]> joined = [[]];
        foreach (PatternNode item in items)
        {
            if (Rows(item) is not { } rows || (long)rows.Count * joined.Count > 256) return null;
            joined = [.. joined.SelectMany(left => rows.Select(right => (CodePointSet[])[.. left, .. right]))];
            if (joined.Count > 0 && joined[0].Length > 256) return null;
        }
        return joined;
    }

    private bool Take(char c)
    {
        if (!More || pattern[at] != c) return false;
        at++;
        return true;
    }

    private bool Take(string text)
    {
        if (string.CompareOrdinal(pattern, at, text, 0, text.Length) != 0) return false;
        at += text.Length;
        return true;
    }

    private FormatException Error(string message, int? place = null)
    {
        string shown = pattern.Length <= 200 ? pattern : pattern[..200] + "...";
        return new($"The pattern '{shown}' cannot be used: {message}, at its character {(place ?? at) + 1}.");
    }
}
