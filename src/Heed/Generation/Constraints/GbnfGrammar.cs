using System.Globalization;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Reads the GBNF notation of llama.cpp: <c>name ::= alternatives</c>, literals, classes, groups, repetitions, comments.</summary>
internal sealed class GbnfGrammar(string text)
{
    private const int MaxDepth = 100, MaxRepeat = 100_000;

    private readonly Dictionary<string, GrammarRule> rules = [];
    private readonly Dictionary<string, int> defined = [];
    private readonly Dictionary<string, int> used = [];
    private int at, depth;

    /// <summary>The rule root.</summary>
    /// <exception cref="FormatException">The grammar is wrong; the message says where.</exception>
    public GrammarRule Parse()
    {
        if (text.Length > Grammar.MaxLength) throw Error($"it has {text.Length} characters; at most {Grammar.MaxLength} are read");
        for (Space(lines: true); More; Space(lines: true)) Rule();
        foreach ((string name, int place) in used)
            if (!defined.ContainsKey(name)) throw Error($"the rule {name} is not defined", place);
        return defined.ContainsKey("root") ? rules["root"] : throw Error("there is no rule root", 0);
    }

    private bool More => at < text.Length;

    private void Rule()
    {
        int place = at;
        string name = Name() ?? throw Error("a rule begins with its name");
        Space(lines: false);
        if (!Take("::=")) throw Error($"'::=' is missing behind the name {name}");
        if (!defined.TryAdd(name, place)) throw Error($"the rule {name} is defined twice", place);
        Space(lines: true);
        Find(name).Body = Alternatives(nested: false);
        if (More && text[at] is not ('\r' or '\n')) throw Error($"'{text[at]}' is not understood here");
    }

    private GrammarNode Alternatives(bool nested)
    {
        if (++depth > MaxDepth) throw Error($"groups are nested more than {MaxDepth} deep");
        List<GrammarNode> ways = [Sequence(nested)];
        while (Take('|'))
        {
            Space(lines: true);
            ways.Add(Sequence(nested));
        }
        depth--;
        return GrammarNode.Choice([.. ways]);
    }

    private GrammarNode Sequence(bool nested)
    {
        List<GrammarNode> items = [];
        while (More)
        {
            GrammarNode item;
            switch (text[at])
            {
                case '"':
                    item = Literal();
                    break;
                case '[':
                    item = GrammarNode.Characters(Class());
                    break;
                case '.':
                    at++;
                    item = GrammarNode.Characters(CodePointSet.All);
                    break;
                case '(':
                    int open = at++;
                    Space(lines: true);
                    item = Alternatives(nested: true);
                    if (!Take(')')) throw Error("a group has no ')'", open);
                    break;
                default:
                    int place = at;
                    if (Name() is not { } name) return GrammarNode.Sequence([.. items]);
                    used.TryAdd(name, place);
                    item = new RuleOf(Find(name));
                    break;
            }
            Space(nested);
            while (Repetition() is var (least, most))
            {
                item = GrammarNode.Repeat(item, least, most);
                Space(nested);
            }
            items.Add(item);
        }
        return GrammarNode.Sequence([.. items]);
    }

    // *, +, ?, {m}, {m,} or {m,n}.
    private (int Least, int? Most)? Repetition()
    {
        if (Take('*')) return (0, null);
        if (Take('+')) return (1, null);
        if (Take('?')) return (0, 1);
        int place = at;
        if (!Take('{')) return null;
        Space(lines: false);
        int least = Number(place) ?? throw Error("a repetition begins with a number", place);
        Space(lines: false);
        int? most = least;
        if (Take(','))
        {
            Space(lines: false);
            most = Number(place);
            Space(lines: false);
        }
        if (!Take('}')) throw Error("a repetition has no '}'", place);
        if (most < least) throw Error($"the repetition {{{least},{most}}} has its bounds in the wrong order", place);
        return (least, most);
    }

    private int? Number(int place)
    {
        int start = at;
        while (More && char.IsAsciiDigit(text[at])) at++;
        if (at == start) return null;
        return int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MaxRepeat ? value : throw Error($"more than {MaxRepeat} repetitions", place);
    }

    private GrammarNode Literal()
    {
        int open = at++;
        List<GrammarNode> characters = [];
        while (true)
        {
            if (!More || text[at] is '\n') throw Error("a literal has no '\"' at its end", open);
            if (Take('"')) return GrammarNode.Sequence([.. characters]);
            characters.Add(GrammarNode.Character(Character()));
        }
    }

    private CodePointSet Class()
    {
        int open = at++;
        bool negated = Take('^');
        List<(int, int)> ranges = [];
        while (true)
        {
            if (!More || text[at] is '\n') throw Error("a class has no ']'", open);
            if (Take(']')) break;
            int place = at, first = Character(), last = first;
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                last = Character();
            }
            ranges.Add(first <= last ? (first, last) : throw Error("a range has its ends in the wrong order", place));
        }
        CodePointSet set = CodePointSet.Of(ranges);
        return negated ? set.Complement() : set;
    }

    private int Character()
    {
        int place = at;
        if (!Take('\\'))
        {
            int value = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];
            if (value is >= 0xD800 and <= 0xDFFF) throw Error("a lone surrogate");
            at += value > 0xFFFF ? 2 : 1;
            return value;
        }
        if (!More) throw Error("it ends in a backslash", place);
        char c = text[at++];
        return c switch
        {
            'x' => Hexadecimal(2, place),
            'u' => Hexadecimal(4, place),
            'U' => Hexadecimal(8, place),
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            '\\' or '"' or '[' or ']' or '-' or '^' => c,
            _ => throw Error($"the escape '\\{c}' is not known", place),
        };
    }

    private int Hexadecimal(int digits, int place)
    {
        if (at + digits > text.Length || !uint.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)) throw Error($"{digits} hexadecimal digits are missing", place);
        at += digits;
        return value <= CodePointSet.Last && value is not (>= 0xD800 and <= 0xDFFF) ? (int)value : throw Error($"U+{value:X4} is no character", place);
    }

    private string? Name()
    {
        int start = at;
        while (More && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '_')) at++;
        return at > start ? text[start..at] : null;
    }

    private GrammarRule Find(string name)
    {
        if (!rules.TryGetValue(name, out GrammarRule? rule)) rules[name] = rule = new GrammarRule(name);
        return rule;
    }

    // Blanks and comments, and line ends where they may stand.
    private void Space(bool lines)
    {
        while (More && (text[at] is ' ' or '\t' or '#' || (lines && text[at] is '\r' or '\n')))
        {
            if (text[at++] == '#')
                while (More && text[at] is not ('\r' or '\n')) at++;
        }
    }

    private bool Take(char c)
    {
        if (!More || text[at] != c) return false;
        at++;
        return true;
    }

    private bool Take(string word)
    {
        if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) return false;
        at += word.Length;
        return true;
    }

    private FormatException Error(string message, int? place = null)
    {
        (int line, int column) = TextPlace.Of(text, place ?? at);
        return new($"the grammar cannot be used: {message}, at line {line}, column {column}");
    }
}
