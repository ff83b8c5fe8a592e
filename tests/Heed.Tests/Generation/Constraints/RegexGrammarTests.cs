using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Heed.Generation;

namespace Heed.Tests.Generation.Constraints;

/// <summary>Regular expressions against those of .NET.</summary>
public sealed class RegexGrammarTests
{
    private static readonly Gen<string> Atoms = Gen.OneOf<string>("a", "b", "ab", "é", "天", ".", "[ab]", "[^a]", "[a-c天-夫]", @"\d", @"\w", @"\p{L}", @"\P{Lu}", "(?i:B)", "-", @"\.", "[\\-b]");

    private static readonly Gen<string> Patterns = Gen.Recursive<string>((depth, inner) => depth > 3
        ? Atoms
        : Gen.Frequency(
            (3, Atoms),
            (3, Gen.Select(inner, inner, (a, b) => a + b)),
            (2, Gen.Select(inner, inner, (a, b) => $"(?:{a}|{b})")),
            (2, Gen.Select(inner, Gen.OneOf<string>("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"), (a, q) => $"({a}){q}"))));

    private static readonly Gen<string> Texts = Gen.OneOf<char>('a', 'b', 'c', 'A', 'B', 'é', '天', '夫', '1', '-', '.', '\n', ' ').Array[0, 7].Select(c => new string(c));

    internal static bool Matches(Grammar grammar, string text)
    {
        Automaton automaton = new(GrammarCompiler.Compile(grammar, null));
        return automaton.Read(automaton.Start, Encoding.UTF8.GetBytes(text)).Ends;
    }

    // \d and \w are those of ECMA-262. Patterns drawn at random make an engine that backtracks work for ever.
    private static Regex Truth(string pattern) =>
        new($@"\A(?:{pattern.Replace(@"\d", "[0-9]", StringComparison.Ordinal).Replace(@"\w", "[A-Za-z0-9_]", StringComparison.Ordinal)})\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    [Fact]
    public void TheTextsAreThoseThatDotNetMatchesAsAWhole() =>
        Gen.Select(Patterns, Texts.Array[12]).Sample((pattern, texts) =>
        {
            Grammar grammar = Grammar.Regex(pattern);
            Regex truth = Truth(pattern);
            foreach (string text in texts) Assert.True(truth.IsMatch(text) == Matches(grammar, text), $"{pattern} on '{text}'");
        }, iter: 60);

    [Fact]
    public void WhatIsWrittenMatches() =>
        Gen.Select(Patterns, Gen.Int).Sample((pattern, seed) =>
        {
            TokenConstraint constraint;
            try
            {
                constraint = new(Grammar.Regex(pattern), Vocabularies.Bytes);
            }
            catch (FormatException)
            {
                return; // only the empty text: nothing to write
            }
            string text = RandomWriter.Text(constraint, new Random(seed), 12);
            // .NET counts UTF-16 units: a character behind U+FFFF is two to it.
            if (text.Any(char.IsSurrogate)) return;
            Assert.True(Truth(pattern).IsMatch(text), $"{pattern} wrote '{text}'");
        }, iter: 40);

    [Theory]
    [InlineData("^abc$", "abc", true)]
    [InlineData("^a|b$", "a", true)]
    [InlineData("(^a|^b)c", "bc", true)]
    [InlineData(@"\Aab?\z", "a", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData(@"\u5929\x61\u{1F600}", "天a😀", true)]
    [InlineData(@"[\uD83D\uDE00-\u{1F602}]", "😁", true)]
    [InlineData("(?<year>[0-9]{4})", "2024", true)]
    [InlineData("(?i)STRASSE", "straße", false)]
    [InlineData("(?i)straße", "STRAẞE", true)]
    [InlineData(@"\d", "٣", false)]
    [InlineData("(?s).", "\n", true)]
    [InlineData(".", "\n", false)]
    [InlineData("[]a]", "a", false)]
    public void SyntaxOfEcma(string pattern, string text, bool matches) => Assert.Equal(matches, pattern == "[]a]" ? Throws(pattern) : Matches(Grammar.Regex(pattern), text));

    // In ECMA-262 the class [] is empty, so that a] follows it.
    private static bool Throws(string pattern) => Assert.Throws<FormatException>(() => new TokenConstraint(Grammar.Regex(pattern), Vocabularies.Bytes)).Message.Length == 0;

    [Theory]
    [InlineData("a(b", "no ')'", 2)]
    [InlineData("a)b", "without its '('", 2)]
    [InlineData("*a", "nothing to repeat", 1)]
    [InlineData("a++", "possessive", 3)]
    [InlineData("(?=a)b", "look-around", 1)]
    [InlineData("(?<!a)b", "look-around", 1)]
    [InlineData(@"(a)\1", "references", 4)]
    [InlineData(@"a\b", "word boundaries", 2)]
    [InlineData("a{3,2}", "wrong order", 2)]
    [InlineData("[b-a]", "empty", 2)]
    [InlineData("[a", "no ']'", 1)]
    [InlineData("a^b", "only at the start", 2)]
    [InlineData("a$b", "only at the end", 2)]
    [InlineData(@"\p{Klingon}", "Klingon", 1)]
    [InlineData(@"\q", "not supported", 1)]
    [InlineData("a{200000}", "repetitions", 2)]
    [InlineData(@"a\", "backslash", 2)]
    public void WrongExpressionsAreRefusedWithTheirPlace(string pattern, string words, int place)
    {
        string message = Assert.Throws<FormatException>(() => Grammar.Regex(pattern)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.Contains($"character {place}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABombIsAnErrorThatSaysTheBound()
    {
        string message = Assert.Throws<FormatException>(() => new TokenConstraint(Grammar.Regex("(a|a)*b{1000}{1000}"), Vocabularies.Bytes)).Message;
        Assert.Contains("200000", message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Grammar.Regex(new string('(', 5000) + new string(')', 5000)));
    }

    [Fact]
    public void AnExponentialExpressionCostsWhatIsRead()
    {
        // 2^40 states as a whole; only those on the way are made.
        TokenConstraint constraint = new(Grammar.Regex("(a|b)*a(a|b){40}"), Vocabularies.Bytes);
        string text = RandomWriter.Text(constraint, new Random(3), 60);
        Assert.Equal('a', text[^41]);
    }
}
