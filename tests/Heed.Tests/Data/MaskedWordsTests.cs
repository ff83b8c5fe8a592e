using System.Security.Cryptography;
using System.Text;
using Heed.Data;

namespace Heed.Tests.Data;

public sealed class MaskedWordsTests
{
    public static TheoryData<StoryLanguage> Languages => [StoryLanguage.English, StoryLanguage.Chinese, StoryLanguage.Both];

    [Theory]
    [MemberData(nameof(Languages))]
    public void ASentenceDependsOnSeedAndPlaceAlone(StoryLanguage language)
    {
        string[] ten = [.. MaskedWords.Training(5, 10, language)];
        Assert.Equal(ten, MaskedWords.Training(5, 100, language).Take(10));
        Assert.NotEqual(ten, [.. MaskedWords.Training(6, 10, language)]);
        Assert.Equal(MaskedWords.HeldOut(5, language), MaskedWords.HeldOut(5, language));
    }

    /// <summary>The same text on every machine: recorded once.</summary>
    [Fact]
    public void TheTextIsTheRecordedOne()
    {
        string text = string.Join('\n', MaskedWords.Training(1337, 2000, StoryLanguage.Both));
        Assert.Equal("b518da03a2a1e4d6118e3958981f0de006669ee3329932874137e6d245acb8eb", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void HeldOutSentencesAreNeverLearned(StoryLanguage language)
    {
        HashSet<string> learned = [.. MaskedWords.Training(1, Brief.Or(100_000, 20_000), language)];
        for (ulong seed = 0; seed < 30; seed++) Assert.DoesNotContain(MaskedWords.HeldOut(seed, language), s => learned.Contains(s.Text));
    }

    /// <summary>The rest of the sentence tells the word: with the word hidden no sentence of the set, learned or held out, has another in its place.</summary>
    [Theory]
    [InlineData(StoryLanguage.English)]
    [InlineData(StoryLanguage.Chinese)]
    public void EveryAskedWordIsToldByTheOthers(StoryLanguage language)
    {
        Dictionary<string, string> answers = new(StringComparer.OrdinalIgnoreCase);
        for (ulong seed = 0; seed < 40; seed++)
            foreach (MaskedSentence s in MaskedWords.HeldOut(seed, language).Concat(MaskedWords.TrainingWords(seed, language)))
            {
                string masked = s.Masked("#");
                Assert.True(answers.GetValueOrDefault(masked, s.Answer).Equals(s.Answer, StringComparison.OrdinalIgnoreCase), $"{masked}: {s.Answer} or {answers.GetValueOrDefault(masked)}");
                answers[masked] = s.Answer;
                Assert.Equal(s.Text, s.Masked(s.Answer));
            }
    }

    [Theory]
    [InlineData(StoryLanguage.English, 150)]
    [InlineData(StoryLanguage.Chinese, 90)]
    public void EveryHeldOutAnswerIsAlsoLearnedInOtherPhrasings(StoryLanguage language, int sentences)
    {
        MaskedSentence[] held = [.. MaskedWords.HeldOut(1, language)];
        Assert.True(held.Select(h => h.Text).Distinct().Count() >= sentences, $"{held.Select(h => h.Text).Distinct().Count()}");
        Dictionary<string, int> learned = MaskedWords.TrainingWords(1, language).GroupBy(s => s.Answer.ToLowerInvariant()).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(held, h => Assert.True(learned.GetValueOrDefault(h.Answer.ToLowerInvariant()) >= 2, h.Text));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void NothingOfTheNotationIsLeftInTheText(StoryLanguage language)
    {
        foreach (string text in MaskedWords.HeldOut(3, language).Select(s => s.Text).Concat(MaskedWords.Training(3, 20_000, language)))
        {
            Assert.DoesNotContain(text, c => "{}[]|/#".Contains(c, StringComparison.Ordinal));
            Assert.DoesNotContain("  ", text);
            Assert.Matches("^[A-Z\u4E00-\u9FFF].*[.?。？]$", text);
            Assert.DoesNotMatch(@"\b[Aa] [aeiou]|\b[Aa]n [^aeiou]", text);
        }
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskedWords.Training(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskedWords.Training(1, 1, (StoryLanguage)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskedWords.HeldOut(1, (StoryLanguage)9));
        Assert.Contains("has 1 columns, not 2", Assert.Throws<FormatException>(() => new FactLibrary("# a: x y\none", [], n => "")).Message);
    }
}
