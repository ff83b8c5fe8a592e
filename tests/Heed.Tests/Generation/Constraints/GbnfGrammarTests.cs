using System.Text;
using CsCheck;
using Heed.Generation;

namespace Heed.Tests.Generation.Constraints;

/// <summary>GBNF grammars against a matcher that tries every way.</summary>
public sealed class GbnfGrammarTests
{
    // A random grammar as text, and as functions from a text and a place to all places where a match may end.
    private delegate IEnumerable<int> Match(string text, int at);

    private sealed record Expression(string Source, Match Match);

    private static Expression Random(Random random, int depth, string[] names, Match[] rules)
    {
        int kind = depth > 2 ? random.Next(4) : random.Next(9);
        switch (kind)
        {
            case 0 or 1:
                string literal = new([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => "abé"[random.Next(3)])]);
                return new($"\"{literal.Replace("é", "\\u00e9", StringComparison.Ordinal)}\"", (t, i) => string.CompareOrdinal(t, i, literal, 0, literal.Length) == 0 ? [i + literal.Length] : []);
            case 2:
                return new("[a-b天]", (t, i) => i < t.Length && (t[i] is 'a' or 'b' or '天') ? [i + 1] : []);
            case 3:
                return new("[^b]", (t, i) => i < t.Length && t[i] != 'b' ? [i + 1] : []);
            case 4 or 5:
                Expression left = Random(random, depth + 1, names, rules), right = Random(random, depth + 1, names, rules);
                return new($"({left.Source} {right.Source})", (t, i) => left.Match(t, i).Distinct().SelectMany(j => right.Match(t, j)).Distinct());
            case 6:
                Expression one = Random(random, depth + 1, names, rules), two = Random(random, depth + 1, names, rules);
                return new($"({one.Source} | {two.Source})", (t, i) => one.Match(t, i).Concat(two.Match(t, i)).Distinct());
            case 7:
                Expression item = Random(random, depth + 1, names, rules);
                (string sign, int least, int most) = new[] { ("?", 0, 1), ("*", 0, 40), ("+", 1, 40), ("{2}", 2, 2), ("{1,2}", 1, 2) }[random.Next(5)];
                return new($"({item.Source}){sign}", (t, i) => Repeated(item.Match, t, i, least, most));
            default:
                // A rule behind a character: no left recursion.
                int rule = random.Next(names.Length);
                return new($"(\"a\" {names[rule]} \"b\")", (t, i) => i < t.Length && t[i] == 'a' ? rules[rule](t, i + 1).Where(j => j < t.Length && t[j] == 'b').Select(j => j + 1) : []);
        }
    }

    private static IEnumerable<int> Repeated(Match item, string text, int at, int least, int most)
    {
        HashSet<int> ends = [at], found = least == 0 ? [at] : [];
        for (int n = 1; n <= most && ends.Count > 0; n++)
        {
            ends = [.. ends.SelectMany(e => item(text, e))];
            if (n >= least) found.UnionWith(ends);
        }
        return found;
    }

    private static (string Source, Match Root) RandomGrammar(int seed)
    {
        Random random = new(seed);
        string[] names = ["root", "one", "two-2"];
        Match[] rules = new Match[3];
        StringBuilder source = new("# a grammar\n");
        for (int i = 0; i < 3; i++)
        {
            Expression body = Random(random, 0, names, rules), other = Random(random, 0, names, rules);
            rules[i] = (t, at) => body.Match(t, at).Concat(other.Match(t, at)).Distinct();
            source.Append($"{names[i]} ::= {body.Source} | # or\n  {other.Source}\n\n");
        }
        return (source.ToString(), rules[0]);
    }

    [Fact]
    public void TheTextsAreThoseOfANaiveMatcher() =>
        Gen.Select(Gen.Int, Gen.OneOf<char>('a', 'b', 'é', '天').Array[0, 7].Select(c => new string(c)).Array[8]).Sample((seed, texts) =>
        {
            (string source, Match root) = RandomGrammar(seed);
            Grammar grammar = Grammar.Gbnf(source);
            foreach (string text in texts)
            {
                bool expected = root(text, 0).Contains(text.Length);
                try
                {
                    Assert.True(expected == RegexGrammarTests.Matches(grammar, text), $"{source}\non '{text}'");
                }
                catch (FormatException)
                {
                    Assert.False(expected); // a rule without end: no text at all
                }
            }
        }, iter: 120);

    [Fact]
    public void WhatIsWrittenMatches() =>
        Gen.Int.Sample(seed =>
        {
            (string source, Match root) = RandomGrammar(seed);
            TokenConstraint constraint;
            try
            {
                constraint = new(Grammar.Gbnf(source), Vocabularies.Bytes);
            }
            catch (FormatException)
            {
                return;
            }
            string text = RandomWriter.Text(constraint, new Random(seed), 10);
            if (text.Length < 40 && !text.Any(char.IsSurrogate)) Assert.True(root(text, 0).Contains(text.Length), $"{source}\nwrote '{text}'");
        }, iter: 60);

    [Fact]
    public void RecursionAndEveryConstruct()
    {
        Grammar grammar = Grammar.Gbnf("""
            # arithmetic, with right recursion
            root  ::= sum "\n"?
            sum   ::= term (ws [-+] ws sum)?
            term  ::= number | "(" ws sum ws ")" |
                      "\x41" | "\u5929" | "\U0001F600"
            number ::= [0-9]{1,3} ("." [0-9]{2,})?
            ws ::= [ \t]*
            """);
        foreach (string text in (string[])["1", "12+3", "(1 + (2-3.25))-A", "天+😀\n"]) Assert.True(RegexGrammarTests.Matches(grammar, text), text);
        foreach (string text in (string[])["", "1234", "1.2", "(1", "1)", "B", "1++2"]) Assert.False(RegexGrammarTests.Matches(grammar, text), text);
    }

    [Fact]
    public void ALongListDoesNotDeepenTheStack()
    {
        // The last rule of a rule returns to that rule's caller, so that state and work stay the same however long the text is.
        Automaton automaton = new(GrammarCompiler.Compile(Grammar.Gbnf("root ::= \"a\" root | \"b\""), null));
        AutomatonState first = automaton.Step(automaton.Start, (byte)'a'), state = first;
        for (int i = 0; i < 10_000; i++) state = automaton.Step(state, (byte)'a');
        Assert.Same(first, state);
        Assert.True(automaton.Step(state, (byte)'b').Ends);
    }

    [Theory]
    [InlineData("root ::= root \"a\" | \"b\"", "root begins with itself")]
    [InlineData("root ::= a \"x\"\na ::= b?  c\nb ::= \"b\"\nc ::= a", "left recursion")]
    [InlineData("root ::= \"a\" x", "x is not defined, at line 1, column 14")]
    [InlineData("a ::= \"b\"", "no rule root")]
    [InlineData("root ::= \"a\nb\"", "line 1, column 10")]
    [InlineData("root = \"a\"", "'::='")]
    [InlineData("root ::= [a", "no ']'")]
    [InlineData("root ::= (\"a\"", "no ')'")]
    [InlineData("root ::= \"a\"{3,1}", "wrong order")]
    [InlineData("root ::= \"a\"{x}", "begins with a number")]
    [InlineData("root ::= \"\\q\"", "\\q")]
    [InlineData("root ::= \"\\xZZ\"", "hexadecimal")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "defined twice, at line 2, column 1")]
    [InlineData("root ::= \"a\" root", "no text")]
    [InlineData("root ::= \"a\" ; \"b\"", "';'")]
    public void WrongGrammarsAreRefused(string source, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => new TokenConstraint(Grammar.Gbnf(source), Vocabularies.Bytes)).Message, StringComparison.Ordinal);
}
