using System.Globalization;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// Reads a regular expression in the syntax of ECMA-262 with its Unicode sets, which JSON Schema names, and of what other dialects share with it.
/// Groups that capture are no more than groups, and lazy quantifiers the same as greedy ones: only the set of texts counts.
/// </summary>
internal sealed partial class RegexGrammar
{
    private const int MaxDepth = 100, MaxRepeat = 100_000;

    private readonly string pattern;
    private int at, depth;
    private bool ignoreCase, dotAll;

    private RegexGrammar(string pattern) => this.pattern = pattern;

    /// <summary>The texts that match as a whole.</summary>
    /// <exception cref="FormatException">The expression is wrong or not supported.</exception>
    public static GrammarNode Parse(string pattern)
    {
        RegexGrammar parser = new(pattern);
        return parser.Resolved(parser.Whole(), atStart: true, atEnd: true);
    }

    /// <summary>The texts in which a match is found, as the keyword <c>pattern</c> of JSON Schema has it.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="any">What may stand before and behind the match.</param>
    /// <exception cref="FormatException">The expression is wrong or not supported.</exception>
    public static GrammarNode ParseSearch(string pattern, GrammarNode any)
    {
        RegexGrammar parser = new(pattern);
        return GrammarNode.Choice([.. Alternatives(parser.Whole()).Select(Around)]);

        GrammarNode Around(GrammarNode way)
        {
            GrammarNode[] items = way is SequenceOf sequence ? sequence.Items : [way];
            bool begins = items is [AnchorOf { IsEnd: false }, ..], ends = items is [.., AnchorOf { IsEnd: true }];
            return GrammarNode.Sequence([.. begins ? [] : (GrammarNode[])[any], parser.Resolved(way, begins, ends), .. ends ? [] : (GrammarNode[])[any]]);
        }

        static IEnumerable<GrammarNode> Alternatives(GrammarNode node) => node is ChoiceOf choice ? choice.Items.SelectMany(Alternatives) : [node];
    }

    private bool More => at < pattern.Length;

    private GrammarNode Whole()
    {
        if (pattern.Length > Grammar.MaxLength) throw Error($"it has {pattern.Length} characters; at most {Grammar.MaxLength} are read");
        GrammarNode node = Alternation();
        return at < pattern.Length ? throw Error("a ')' without its '('") : node;
    }

    private GrammarNode Alternation()
    {
        if (++depth > MaxDepth) throw Error($"groups are nested more than {MaxDepth} deep");
        (bool, bool) flags = (ignoreCase, dotAll);
        List<GrammarNode> ways = [Sequence()];
        while (Take('|')) ways.Add(Sequence());
        (ignoreCase, dotAll) = flags;
        depth--;
        return GrammarNode.Choice([.. ways]);
    }

    private GrammarNode Sequence()
    {
        List<GrammarNode> items = [];
        while (More && pattern[at] is not ('|' or ')'))
            if (Atom() is { } atom) items.Add(Quantified(atom));
        return GrammarNode.Sequence([.. items]);
    }

    // One thing that a quantifier can follow; null for what leaves no trace.
    private GrammarNode? Atom()
    {
        switch (pattern[at])
        {
            case '(':
                return Group();
            case '[':
                return Node(Class());
            case '.':
                at++;
                return Node(dotAll ? CodePointSet.All : CodePointSet.Range('\n', '\n').Complement());
            case '^' or '$':
                return new AnchorOf(pattern[at] == '$', at++);
            case '*' or '+' or '?':
                throw Error($"'{pattern[at]}' has nothing to repeat");
            case '\\' when at + 1 < pattern.Length && pattern[at + 1] is 'A' or 'z' or 'Z':
                at += 2;
                return new AnchorOf(pattern[at - 1] != 'A', at - 2);
            case '\\':
                return Node(NamedSet() ?? Single(Escaped()));
            default:
                return Node(Single(NextCodePoint()));
        }
    }

    private GrammarNode Node(CodePointSet set) => GrammarNode.Characters(ignoreCase ? UnicodeSets.IgnoreCase(set) : set);

    private static CodePointSet Single(int codePoint) => CodePointSet.Range(codePoint, codePoint);

    private int NextCodePoint()
    {
        int value = char.IsHighSurrogate(pattern[at]) && at + 1 < pattern.Length && char.IsLowSurrogate(pattern[at + 1]) ? char.ConvertToUtf32(pattern[at], pattern[at + 1]) : pattern[at];
        if (value is >= 0xD800 and <= 0xDFFF) throw Error("a lone surrogate");
        at += value > 0xFFFF ? 2 : 1;
        return value;
    }

    private GrammarNode Quantified(GrammarNode node)
    {
        int start = at;
        int least, most;
        if (Take('?')) (least, most) = (0, 1);
        else if (Take('*')) (least, most) = (0, int.MaxValue);
        else if (Take('+')) (least, most) = (1, int.MaxValue);
        else if (!Interval(out least, out most)) return node;
        if (node is AnchorOf) throw Error("an anchor cannot be repeated", start);
        if (More && pattern[at] == '+') throw Error("possessive quantifiers are not supported");
        Take('?'); // as few as possible: the same set of texts
        // x{2}{3} is (x{2}){3}, as in most dialects that allow it.
        return Quantified(GrammarNode.Repeat(node, least, most == int.MaxValue ? null : most));
    }

    // {n}, {n,} or {n,m}; anything else behind a brace is a literal brace.
    private bool Interval(out int least, out int most)
    {
        int start = at;
        least = most = 0;
        if (!Take('{')) return false;
        int? low = Number(), high = low;
        if (Take(',')) high = Number() ?? int.MaxValue;
        if (low is null || !Take('}'))
        {
            at = start;
            return false;
        }
        (least, most) = (low.Value, high!.Value);
        if (least > MaxRepeat || (most > MaxRepeat && most != int.MaxValue)) throw Error($"more than {MaxRepeat} repetitions", start);
        return least <= most ? true : throw Error($"the repetition {{{least},{most}}} has its bounds in the wrong order", start);
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

    private GrammarNode? Group()
    {
        int start = at++;
        if (!Take('?') || Take(':')) return Inside(start);
        if (Take("P<") || (Take('<') && More && pattern[at] is not ('=' or '!')))
        {
            int end = pattern.IndexOf('>', at);
            if (end <= at) throw Error("a group's name has no end", start);
            at = end + 1;
            return Inside(start);
        }
        if (More && pattern[at] is '=' or '!') throw Error("look-around is not supported", start);
        (bool, bool) before = (ignoreCase, dotAll);
        bool on = true;
        for (; More && pattern[at] is not (':' or ')'); at++)
            switch (pattern[at])
            {
                case '-' when on: on = false; break;
                case 'i': ignoreCase = on; break;
                case 's': dotAll = on; break;
                default: throw Error($"the group '(?{pattern[at]}' is not supported", start);
            }
        if (Take(')')) return null; // to the end of the group around it, where the flags are put back
        if (!Take(':')) throw Error("a group has no ')'", start);
        GrammarNode node = Inside(start);
        (ignoreCase, dotAll) = before;
        return node;
    }

    private GrammarNode Inside(int start)
    {
        GrammarNode node = Alternation();
        return Take(')') ? node : throw Error("a group has no ')'", start);
    }

    // Anchors say nothing at the ends of the text, and cannot hold elsewhere.
    private GrammarNode Resolved(GrammarNode node, bool atStart, bool atEnd)
    {
        switch (node)
        {
            case AnchorOf anchor:
                if (!(anchor.IsEnd ? atEnd : atStart)) throw Error($"an anchor is supported only at the {(anchor.IsEnd ? "end" : "start")} of the text", anchor.Place);
                return GrammarNode.Empty;
            case ChoiceOf choice when choice.Items.Any(HasAnchor):
                return GrammarNode.Choice([.. choice.Items.Select(i => Resolved(i, atStart, atEnd))]);
            case RepeatOf repeat when HasAnchor(repeat.Item):
                return GrammarNode.Repeat(Resolved(repeat.Item, atStart && repeat.Most == 1, atEnd && repeat.Most == 1), repeat.Least, repeat.Most);
            case SequenceOf sequence when sequence.Items.Any(HasAnchor):
                GrammarNode[] items = sequence.Items;
                int first = Array.FindIndex(items, i => i is not AnchorOf), last = Array.FindLastIndex(items, i => i is not AnchorOf);
                return GrammarNode.Sequence([.. items.Select((item, i) => Resolved(item, atStart && (first < 0 || i <= first), atEnd && i >= last))]);
            default:
                return node;
        }
    }

    private static bool HasAnchor(GrammarNode node) => node switch
    {
        AnchorOf => true,
        ChoiceOf choice => choice.Items.Any(HasAnchor),
        SequenceOf sequence => sequence.Items.Any(HasAnchor),
        RepeatOf repeat => HasAnchor(repeat.Item),
        _ => false,
    };

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
        return new($"the regular expression '{shown}' cannot be used: {message}, at its character {(place ?? at) + 1}");
    }

    /// <summary>^ or $, until it is known where it stands.</summary>
    private sealed class AnchorOf(bool isEnd, int place) : GrammarNode
    {
        public bool IsEnd { get; } = isEnd;
        public int Place { get; } = place;
    }
}
