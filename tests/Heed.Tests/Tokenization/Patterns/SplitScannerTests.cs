using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>The hand-made scanners against the regular expressions which they replace.</summary>
public sealed class SplitScannerTests
{
    public static TheoryData<int> Known => [.. Enumerable.Range(0, SplitScanner.Known.Length)];

    internal static string[] Matches(SplitPattern pattern, ReadOnlySpan<byte> utf8)
    {
        var found = new List<string>();
        foreach (PatternMatch match in pattern.EnumerateMatches(utf8)) found.Add($"{match.Start}-{match.End}");
        return [.. found];
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void EqualsTheGeneralEngineOnRandomText(int index)
    {
        (PatternSyntax? only, string spelling, SplitScanner scanner) = SplitScanner.Known[index];
        SplitPattern fast = SplitPattern.Parse(spelling, only ?? PatternSyntax.Oniguruma);
        Assert.Same(scanner, fast.Scanner);
        var random = new RandomText(index);
        foreach (PatternSyntax syntax in only is null ? Enum.GetValues<PatternSyntax>() : [only.Value])
        {
            SplitPattern general = SplitPattern.ParseGeneral(spelling, syntax);
            for (int i = 0; i < 10_000; i++)
            {
                string text = random.Next(24);
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                if (!Matches(general, utf8).SequenceEqual(Matches(fast, utf8)))
                    Assert.Fail($"'{text}' is cut at {string.Join(' ', Matches(fast, utf8))}, not at {string.Join(' ', Matches(general, utf8))}.");
            }
        }
    }

    [Theory]
    [InlineData(SplitScanner.Gpt2)]
    [InlineData(SplitScanner.Cl100k)]
    [InlineData(SplitScanner.O200k)]
    public void EveryCharacterIsOfTheRightClass(string spelling)
    {
        SplitPattern fast = SplitPattern.Parse(spelling), general = SplitPattern.ParseGeneral(spelling);
        for (int c = 0; c <= 0x10FFFF; c += c < 0x33480 ? 1 : 61)
        {
            if (!Rune.IsValid(c)) continue;
            string character = new Rune(c).ToString();
            byte[] utf8 = Encoding.UTF8.GetBytes($"a{character} {character}{character}B'{character}1");
            if (!Matches(general, utf8).SequenceEqual(Matches(fast, utf8))) Assert.Fail($"U+{c:X4}");
        }
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void AnyBytesAreCutWithoutLoss(int index)
    {
        (PatternSyntax? only, string spelling, SplitScanner scanner) = SplitScanner.Known[index];
        SplitPattern general = SplitPattern.ParseGeneral(spelling, only ?? PatternSyntax.Oniguruma);
        var random = new Random(index);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            for (int place = 0; place < bytes.Length;)
            {
                int end = scanner.NextEnd(bytes, place);
                Assert.InRange(end, place + 1, bytes.Length);
                Assert.True(general.Next(bytes, place, out int start, out int generalEnd));
                Assert.Equal((start, generalEnd), (place, end));
                place = end;
            }
        }
    }

    [Theory]
    [InlineData(SplitScanner.Gpt2, "𝐀𝐁 x", "𝐀𝐁| x")]
    [InlineData(SplitScanner.Gpt2, "hi😀😀 😀!", "hi|😀😀| 😀!")]
    [InlineData(SplitScanner.Gpt2, "I'll  we've'S", "I|'ll| | we|'ve|'|S")]
    [InlineData(SplitScanner.Gpt2, "a   \n\n b  ", "a|   \n\n| b|  ")]
    [InlineData(SplitScanner.Cl100k, "I'LL (we) 'ſo 12345\r\n\r\n  x", "I|'LL| (|we|)| '|ſo| |123|45|\r\n\r\n| | x")]
    [InlineData(SplitScanner.Qwen2, "𝟏𝟐34", "𝟏|𝟐|3|4")]
    [InlineData(SplitScanner.O200k, "HelloWORLDit's ÉCOLEa中文B/\n", "Hello|WORLDit's| ÉCOLEa中文|B|/\n")]
    public void KnownPieces(string pattern, string text, string pieces)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var found = new List<string>();
        foreach (PatternMatch match in SplitPattern.Parse(pattern).EnumerateMatches(utf8)) found.Add(Encoding.UTF8.GetString(utf8[match.Start..match.End]));
        Assert.Equal(pieces.Split('|'), found);
    }
}
