using Heed.Data;

namespace Heed.Tests.Data;

public sealed class MoodSentencesTests
{
    public static TheoryData<StoryLanguage> Languages => [StoryLanguage.English, StoryLanguage.Chinese, StoryLanguage.Both];

    [Theory]
    [MemberData(nameof(Languages))]
    public void ASentenceDependsOnSeedAndPlaceAlone(StoryLanguage language)
    {
        LabelledSentence[] ten = [.. MoodSentences.Training(5, 10, language)];
        Assert.Equal(ten, MoodSentences.Training(5, 100, language).Take(10));
        Assert.NotEqual(ten, [.. MoodSentences.Training(6, 10, language)]);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void HeldOutSentencesAreNeverLearnedAndASentenceHasOneLabel(StoryLanguage language)
    {
        Dictionary<string, int> learned = [];
        foreach (LabelledSentence s in MoodSentences.Training(1, Brief.Or(60_000, 10_000), language))
        {
            Assert.Equal(s.Label, learned.GetValueOrDefault(s.Text, s.Label));
            learned[s.Text] = s.Label;
        }
        LabelledSentence[] held = [.. MoodSentences.HeldOut(1, 2000, language), .. MoodSentences.HeldOut(9, 2000, language)];
        Assert.DoesNotContain(held, s => learned.ContainsKey(s.Text));
        Assert.True(held.Distinct().Count() > 1000, $"{held.Distinct().Count()}");
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void MoodsAreEquallyCommonAndNeverNamed(StoryLanguage language)
    {
        const int Draws = 8000;
        foreach (LabelledSentence[] part in (LabelledSentence[][])[[.. MoodSentences.Training(2, Draws, language)], [.. MoodSentences.HeldOut(2, Draws, language)]])
            for (int label = 0; label < MoodSentences.Labels.Count; label++)
            {
                int count = part.Count(s => s.Label == label);
                Assert.InRange(count, Draws / 4 - 4 * 39, Draws / 4 + 4 * 39); // four deviations of a binomial of p = 1/4
                Assert.DoesNotContain(part, s => s.Text.Contains(MoodSentences.Labels[label], StringComparison.OrdinalIgnoreCase));
            }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void SentencesAreWellFormed(StoryLanguage language)
    {
        foreach (LabelledSentence s in MoodSentences.Training(3, 10_000, language).Concat(MoodSentences.HeldOut(3, 10_000, language)))
        {
            Assert.Matches("^[A-Z\u4E00-\u9FFF][^{}]*[.。]$", s.Text);
            Assert.DoesNotContain("  ", s.Text);
        }
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MoodSentences.Training(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MoodSentences.HeldOut(1, 1, (StoryLanguage)9));
    }
}
