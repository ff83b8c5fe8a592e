using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>The general engine against .NET's Regex, against the reference cases, and against hostile patterns.</summary>
public sealed class SplitPatternTests
{
    private static readonly string[] Shared =
    [
        @"a*?b|a", @"(a|ab)(c|bcd)?", @"(?>a|ab)c|a", @"(?>a*)b|a", @"(?:a?b??)*c|.", @"(?:x*y*)*z|x", @"(?:(?:a|b)*c)*", @"(?:a|b?)*?c",
        @"\p{L}+(?=\s)|\p{N}{2,3}?", @"(?<=a)b|(?<!a)c|(?<=\p{L}\d|x)y", @"\bword\b|\B.", @"[^\s\p{L}]+|\p{Lu}\p{Ll}*", @"(?=\p{Lu})|(?<=\d)(?=\D)",
        @"\w+|[^\w\s]+", @"[\p{P}\p{S}]", @"(?!\d)\w{1,2}", @"\A.|.\z|.\Z", @"(?i:the|mcx)|(?i)z", @"(?:a{0,2}){1,3}b", @"(\s+)(?!\S)|(?:(?=\s)\s)+",
        @"[a-f\d\-]+|[]x]|[^]a-z\s]+", @"x{2}|x{1,}y|x{,2}", @"(?=(\d{3})+(?!\d))", @"\d{1,3}(?=(?:\d{3})*\b)", @"(?x: a b # both
            | c ) | \p{Nd}", @"(?:(?>x?)y?)*|.", @"[\u4e00-\u9fff]+|\x41|[\x{61}-c]", @"(?#nothing)e\u0301?", @"|a", @"a||b", @"(?:)*b", @"(?:\b|a)+x?",
    ];

    public static TheoryData<int> Patterns => [.. Enumerable.Range(0, Shared.Length)];

    /// <summary>.NET's Regex sees UTF-16 units, so it is a truth without surrogates only.</summary>
    [Theory]
    [MemberData(nameof(Patterns))]
    public void EqualsDotNetOnTheBasicPlane(int index)
    {
        string pattern = Shared[index];
        SplitPattern ours = SplitPattern.ParseGeneral(pattern, PatternSyntax.Rust);
        var theirs = new Regex(ForDotNet(pattern), RegexOptions.CultureInvariant);
        var random = new RandomText(100 + index);
        for (int i = 0; i < 3_000; i++)
        {
            string text = i % 2 == 0 ? random.Next(16, basicPlane: true) : Small(random);
            // An empty match right behind another one is reported by .NET and not by Oniguruma.
            int last = -1;
            var expected = new List<string>();
            foreach (Match match in theirs.Matches(text))
            {
                int start = Encoding.UTF8.GetByteCount(text.AsSpan(0, match.Index)), end = start + Encoding.UTF8.GetByteCount(match.ValueSpan);
                if (start != end || end != last) expected.Add($"{start}-{end}");
                last = end;
            }
            string[] found = SplitScannerTests.Matches(ours, Encoding.UTF8.GetBytes(text));
            if (!found.SequenceEqual(expected)) Assert.Fail($"{pattern} in '{text}': {string.Join(' ', found)}, not {string.Join(' ', expected)}.");
        }
    }

    private static string Small(RandomText random) => new([.. Enumerable.Range(0, random.Below(20)).Select(_ => "aabbcxyz1 23\n-"[random.Below(14)])]);

    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}Ⓐ-ⓩ\u200C\u200D";

    /// <summary>What .NET spells otherwise or has otherwise: its \w and \b know fewer characters.</summary>
    private static string ForDotNet(string pattern) => pattern
        .Replace(@"[^\w\s]", $@"[^{Word}\s]", StringComparison.Ordinal)
        .Replace(@"\w", $"[{Word}]", StringComparison.Ordinal)
        .Replace(@"\b", $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))", StringComparison.Ordinal)
        .Replace(@"\B", $"(?:(?<=[{Word}])(?=[{Word}])|(?<![{Word}])(?![{Word}]))", StringComparison.Ordinal)
        .Replace(@"\x{61}", @"\x61", StringComparison.Ordinal)
        .Replace("x{,2}", "x{0,2}", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Patterns))]
    public void TheSweepEqualsTheForwardMatcher(int index)
    {
        PatternProgram program = SplitPattern.ParseGeneral(Shared[index]).Program;
        var matcher = new PatternMatcher(program);
        var random = new RandomText(200 + index);
        for (int i = 0; i < 1_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(i % 2 == 0 ? random.Next(12) : Small(random));
            if (i % 3 == 0 && text.Length > 0) text[random.Below(text.Length)] = (byte)random.Below(256);
            int[] ends = PatternSweep.Ends(program, text, 0);
            for (int place = 0; place <= text.Length;)
            {
                matcher.Reset(1_000_000);
                Assert.Equal(matcher.Match(text, place), ends[place]);
                Assert.False(matcher.Exhausted);
                if (place == text.Length) break;
                Utf8Text.CodePoint(text, place, out int length);
                Assert.Equal(place, Utf8Text.PreviousStart(text, place + length));
                place += length;
            }
        }
    }

    [Theory]
    [InlineData(PatternSyntax.Oniguruma, "^a|b$", "a\na b\nb", "a|a|b|b")]
    [InlineData(PatternSyntax.Rust, "^a|b$", "a\na b\nb", "a|b")]
    [InlineData(PatternSyntax.Rust, "(?m)^a|b$", "a\na b\nb", "a|a|b|b")]
    [InlineData(PatternSyntax.Oniguruma, @"\p{N}{1,3}+", "12345", "12345")]
    [InlineData(PatternSyntax.Rust, @"\p{N}{1,3}+", "12345", "123|45")]
    [InlineData(PatternSyntax.Oniguruma, "(?m:.)+", "a\nb", "a\nb")]
    [InlineData(PatternSyntax.Rust, "(?s:.)+", "a\nb", "a\nb")]
    [InlineData(PatternSyntax.Oniguruma, "a(?i)b|c", "aC ab c", "aC|ab")]
    [InlineData(PatternSyntax.Rust, "a(?i)b|c", "aB C b", "aB|C")]
    [InlineData(PatternSyntax.Oniguruma, "(?i:k's)", "K'ſ k's K'S", "K'ſ|k's|K'S")]
    [InlineData(PatternSyntax.Oniguruma, "(?i:[σ])+", "σςΣ", "σςΣ")]
    [InlineData(PatternSyntax.Oniguruma, @"\p{Han}+|\p{Hiragana}+|\p{sc=Kana}+|\p{Script=Hangul}+", "漢字かなカナ한글", "漢字|かな|カナ|한글")]
    [InlineData(PatternSyntax.Oniguruma, @"[\p{L}&&[^a-c]&&\p{ASCII}]+", "abcdeé", "de")]
    [InlineData(PatternSyntax.Oniguruma, @"[a-c[x-z]]+|[[:digit:]]+|\P{L}|\p{^L}", "axd12-", "ax|12|-")]
    [InlineData(PatternSyntax.Oniguruma, @"\h+|\R|\H", "beef\r\n\n", "beef|\r\n|\n")]
    [InlineData(PatternSyntax.Oniguruma, "(?:|a)*", "ab", "||")]   // a round that takes nothing leaves the loop
    [InlineData(PatternSyntax.Oniguruma, "𝐀+[𝐁-𝐂]", "𝐀𝐀𝐂", "𝐀𝐀𝐂")]
    public void Dialects(PatternSyntax syntax, string pattern, string text, string matches)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var found = new List<string>();
        foreach (PatternMatch match in SplitPattern.Parse(pattern, syntax).EnumerateMatches(utf8)) found.Add(Encoding.UTF8.GetString(utf8[match.Start..match.End]));
        Assert.Equal(matches.Split('|'), found);
    }

    [Theory]
    [InlineData(@"(a)\1", "references to groups", 4)]
    [InlineData(@"a(b", "no ')'", 2)]
    [InlineData(@"a)b", "')'", 2)]
    [InlineData(@"[a-", "no ']'", 1)]
    [InlineData(@"[z-a]", "is empty", 2)]
    [InlineData(@"*a", "nothing to repeat", 1)]
    [InlineData(@"a\p{Klingon}", "Klingon", 2)]
    [InlineData(@"(?<=a+)b", "look-behind", 1)]
    [InlineData(@"(?~a)", "(?~", 1)]
    [InlineData(@"\x{110000}", "no character", 1)]
    [InlineData(@"a\", "backslash", 2)]
    [InlineData(@"a{3,2}", "wrong order", 2)]
    [InlineData(@"a{1,9999999999}", "repetitions", 5)]
    [InlineData("(?:(?:(?:a{1000}){1000}){1000}){1000}", "too large", 0)]
    [InlineData("(?:(?:(?:){99999}){99999}){99999}", "too large", 0)]
    [InlineData("(?:(?:(?:(?:a?)*?)*?)*?)++++++++++++++++++", "quantifiers", 41)]
    [InlineData(@"\K", "'\\K' is not supported", 1)]
    public void WhatIsNotSupportedIsNamed(string pattern, string message, int place)
    {
        var e = Assert.Throws<FormatException>(() => SplitPattern.Parse(pattern));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        if (place > 0) Assert.EndsWith($"at its character {place}.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NestingIsBounded()
    {
        Assert.Throws<FormatException>(() => SplitPattern.Parse(new string('(', 50_000) + new string(')', 50_000)));
        Assert.Throws<FormatException>(() => SplitPattern.Parse(new string('[', 50_000) + "a" + new string(']', 50_000)));
        Assert.Throws<FormatException>(() => SplitPattern.Parse(new string('a', 100_000)));
        string deep = string.Concat(Enumerable.Repeat("(?:", 90)) + "a" + string.Concat(Enumerable.Repeat(")*", 90));
        Assert.Throws<FormatException>(() => SplitPattern.Parse(deep));   // every level doubles the loops within
        SplitPattern.Parse(string.Concat(Enumerable.Repeat("(?>", 90)) + "a" + string.Concat(Enumerable.Repeat(")", 90)));
    }

    /// <summary>Patterns which backtracking engines never finish, or finish in quadratic time, on text that makes them fail late.</summary>
    [Theory]
    [InlineData(@"(?:a+)+b", "a")]
    [InlineData(@"(?:a|a|aa)*b|a", "a")]
    [InlineData(@"a*b|a", "a")]
    [InlineData(@"(?:.*,){20}x|a", "a,")]
    [InlineData(@"a(?=a*b)|a", "a")]
    [InlineData(@"a(?!a*b)", "a")]
    [InlineData(@"a++b|a", "a")]
    [InlineData(@"(?>(?:ab)*)c|ab", "ab")]
    [InlineData(@"(?=(\d{3})+(?!\d))", "1")]
    [InlineData(@"\s+$", " a")]
    [InlineData(@"(?:x?){50}x{50}y|x", "x")]
    public void TimeIsLinearInTheText(string pattern, string unit)
    {
        SplitPattern parsed = SplitPattern.Parse(pattern, PatternSyntax.Rust);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 200_000)));
        long start = Stopwatch.GetTimestamp();
        int count = SplitScannerTests.Matches(parsed, text).Length;
        // A quadratic matcher would take 10^10 steps.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        Assert.InRange(count, 0, text.Length + 1);
    }

    [Fact]
    public void ReferenceCasesOfSplit()
    {
        int patterns = 0, cases = 0;
        foreach (JsonElement line in Fixtures.ReadJsonLines("fixtures/tokenizers/components.jsonl.gz"))
        {
            JsonElement config = line.GetProperty("config");
            if (line.GetProperty("kind").GetString() != "pre_tokenizer" || config.GetProperty("type").GetString() != "Split"
                || config.GetProperty("behavior").GetString() is not ("Isolated" or "Removed"))
                continue;
            bool isolated = config.GetProperty("behavior").GetString() == "Isolated", invert = config.GetProperty("invert").GetBoolean();
            JsonElement source = config.GetProperty("pattern");
            string? regex = source.TryGetProperty("Regex", out JsonElement r) ? r.GetString() : null;
            SplitPattern[] engines = regex is null
                ? [SplitPattern.Literal(source.GetProperty("String").GetString()!)]
                : [SplitPattern.Parse(regex), SplitPattern.ParseGeneral(regex)];
            patterns++;
            foreach (JsonElement item in line.GetProperty("cases").EnumerateArray())
            {
                byte[] text = Encoding.UTF8.GetBytes(item[0].GetString()!);
                string[] expected = [.. item[1].EnumerateArray().Select(piece => piece[0].GetString()!)];
                foreach (SplitPattern engine in engines) Assert.Equal(expected, Pieces(engine, text, isolated, invert));
                cases++;
            }
        }
        TestContext.Current.SendDiagnosticMessage($"{patterns} patterns, {cases} cases");
        Assert.True(patterns >= 10 && cases > 5000, $"{patterns} patterns, {cases} cases");
    }

    /// <summary>The matches, or with <paramref name="invert"/> what lies between them; isolated: the others as well.</summary>
    private static List<string> Pieces(SplitPattern pattern, byte[] text, bool isolated, bool invert)
    {
        var pieces = new List<string>();
        void Add(int start, int end, bool match)
        {
            if (end > start && (isolated || match == invert)) pieces.Add(Encoding.UTF8.GetString(text, start, end - start));
        }
        int last = 0;
        foreach (PatternMatch match in pattern.EnumerateMatches(text))
        {
            Add(last, match.Start, false);
            Add(match.Start, match.End, true);
            last = match.End;
        }
        Add(last, text.Length, false);
        return pieces;
    }
}
