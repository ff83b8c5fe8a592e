using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>The hand-made scanner against the regular expression which it replaces.</summary>
public sealed class Gpt2SplitterTests
{
    private static readonly Regex Pattern = new(Gpt2Splitter.Pattern, RegexOptions.CultureInvariant);

    private static string[] Split(ReadOnlySpan<byte> utf8)
    {
        var pieces = new PieceBuffer();
        new ByteLevelPreTokenizer().Split(utf8, pieces);
        return [.. Enumerable.Range(0, pieces.Count).Select(i => Encoding.UTF8.GetString(pieces[i]))];
    }

    private static readonly Gen<char> Character = Gen.OneOf(
        Gen.OneOf("aZ09 \t\n\r'stremvlld.,!_-\u00A0\u0085\u3000\u2028\u200B\u4E2D\u00E9\u0301\u0660\u00BD\uFFFE\uFFFF\uFEFF".ToCharArray()),
        Gen.Char);

    [Fact]
    public void EqualsTheRegularExpressionOnTheWholeBasicPlane() =>
        Character.Array[0, 40].Sample(characters =>
        {
            // .NET's Regex works on UTF-16 units, so it is a truth without surrogates only.
            string text = new([.. characters.Where(c => !char.IsSurrogate(c))]);
            Assert.Equal(Pattern.Matches(text).Select(m => m.Value), Split(Encoding.UTF8.GetBytes(text)));
        }, iter: 20_000, threads: 1);

    [Fact]
    public void EveryCharacterOfTheBasicPlaneIsOfTheRightClass()
    {
        for (int c = 0; c <= 0xFFFF; c++)
        {
            if (char.IsSurrogate((char)c)) continue;
            string text = $"a {(char)c}{(char)c} 1";
            Assert.Equal(Pattern.Matches(text).Select(m => m.Value), Split(Encoding.UTF8.GetBytes(text)));
        }
    }

    [Theory]
    [InlineData("𝐀𝐁 x", "𝐀𝐁| x")]              // mathematical letters are letters
    [InlineData("a𐀀b", "a𐀀b")]                  // Linear B
    [InlineData("𝟏𝟐a", "𝟏𝟐|a")]                // mathematical digits are numbers
    [InlineData("hi😀😀 😀!", "hi|😀😀| 😀!")]
    [InlineData("I'll  we've'S", "I|'ll| | we|'ve|'|S")]
    [InlineData("''s 's", "''|s| '|s")]
    [InlineData("a   \n\n b  ", "a|   \n\n| b|  ")]
    [InlineData("", "")]
    public void AstralLettersEndingsAndSpaces(string text, string pieces) =>
        Assert.Equal(pieces.Length == 0 ? [] : pieces.Split('|'), Split(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void AnyBytesAreCutWithoutLoss() =>
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            var pieces = new PieceBuffer();
            new ByteLevelPreTokenizer().Split(bytes, pieces);
            byte[] joined = [.. Enumerable.Range(0, pieces.Count).SelectMany(i => pieces[i].ToArray())];
            Assert.Equal(bytes, joined);
            Assert.DoesNotContain(0, Enumerable.Range(0, pieces.Count).Select(i => pieces[i].Length));
        }, iter: 20_000, threads: 1);
}
