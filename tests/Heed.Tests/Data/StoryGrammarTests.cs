using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Heed.Data;

namespace Heed.Tests.Data;

public sealed class StoryGrammarTests
{
    public static TheoryData<StoryLanguage> Languages => [StoryLanguage.English, StoryLanguage.Chinese, StoryLanguage.Both];

    /// <summary>Words of an English story, characters of a Chinese one; punctuation counts.</summary>
    private static int Length(string story)
    {
        int count = 0;
        for (int i = 0; i < story.Length; i++)
            if (story[i] != ' ' && !(i > 0 && char.IsAsciiLetter(story[i]) && char.IsAsciiLetter(story[i - 1])))
                count++;
        return count;
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryStoryConforms(StoryLanguage language)
    {
        foreach (string story in StoryGrammar.Generate(7, 3000, language))
        {
            Assert.True(StoryGrammar.Conforms(story, out string? why), $"{why}\n{story}");
            Assert.Null(why);
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void StoriesAreUniqueAndOfTheRightLength(StoryLanguage language)
    {
        string[] stories = [.. StoryGrammar.Generate(1, 20_000, language)];
        Assert.True(stories.Distinct().Count() >= 19_990, $"{stories.Distinct().Count()} of 20000");
        int[] lengths = [.. stories.Select(Length).Order()];
        Assert.True(lengths[200] >= 75 && lengths[^200] <= 270, $"{lengths[0]} {lengths[200]} {lengths[10_000]} {lengths[^200]} {lengths[^1]}");
        Assert.DoesNotContain(stories, story => story.Contains('\n') || story.Contains("  ", StringComparison.Ordinal));
    }

    [Fact]
    public void AStoryDependsOnSeedAndIndexAlone()
    {
        string[] ten = [.. StoryGrammar.Generate(5, 10, StoryLanguage.Both)];
        Assert.Equal(ten, StoryGrammar.Generate(5, 100, StoryLanguage.Both).Take(10));
        Assert.NotEqual(ten, StoryGrammar.Generate(6, 10, StoryLanguage.Both));
        Assert.Contains(ten, s => s[0] < 128);
        Assert.Contains(ten, s => s[0] > 128);
        Assert.Empty(StoryGrammar.Generate(5, 0));
    }

    /// <summary>The same text on every machine: recorded once. A change of the grammar changes it, and with it every trained quickstart model.</summary>
    [Fact]
    public void TheTextIsTheRecordedOne()
    {
        string text = string.Join('\n', StoryGrammar.Generate(1337, 500, StoryLanguage.Both));
        Assert.Equal("18b7ecf9a50492fd759c2426da880ae820693b5d6f56b837902611f4aaa68508", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void EveryWordOfTheGrammarIsUsedAndThereAreNotTooMany()
    {
        foreach (StoryLanguage language in (StoryLanguage[])[StoryLanguage.English, StoryLanguage.Chinese])
        {
            var known = StoryGrammar.KnownWords(language);
            Assert.InRange(known.Count, 500, 2500);
            Assert.InRange(StoryGrammar.ShapeNames(language).Count, 8, 30);
            string all = string.Join(' ', StoryGrammar.Generate(3, 4000, language));
            Assert.Equal([], known.Where(word => !all.Contains(word, StringComparison.Ordinal)).ToArray());
        }
    }

    [Fact]
    public void SumsAddUp()
    {
        string[] numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
        int sums = 0;
        foreach (string story in StoryGrammar.Generate(11, 4000))
        {
            foreach (System.Text.RegularExpressions.Match m in System.Text.RegularExpressions.Regex.Matches(story, @"(\w+) and (\w+) make (\w+)[,.]"))
            {
                int[] n = [.. new[] { 1, 2, 3 }.Select(g => Array.IndexOf(numbers, m.Groups[g].Value.ToLowerInvariant()))];
                Assert.Equal(n[2], n[0] + n[1]);
                sums++;
            }
            foreach (System.Text.RegularExpressions.Match m in System.Text.RegularExpressions.Regex.Matches(story, @"(\w+) take away (\w+) is (\w+)[,.]"))
            {
                int[] n = [.. new[] { 1, 2, 3 }.Select(g => Array.IndexOf(numbers, m.Groups[g].Value.ToLowerInvariant()))];
                Assert.Equal(n[2], n[0] - n[1]);
                sums++;
            }
        }
        Assert.True(sums > 300, $"{sums}");
    }

    /// <summary>A story with one sentence of another story in it, one word changed, or an end cut off, is noticed.</summary>
    [Theory]
    [MemberData(nameof(Languages))]
    public void ChangedStoriesDoNotConform(StoryLanguage language)
    {
        string[] stories = [.. StoryGrammar.Generate(21, 300, language)];
        Gen.Select(Gen.Int[0, 299], Gen.Int[0, 10_000], Gen.Int[0, 3]).Sample((index, place, kind) =>
        {
            string story = stories[index];
            int at = 1 + place % (story.Length - 2);
            string changed = kind switch
            {
                0 => story[..at],
                1 => story[at..],
                2 => story.Insert(at, "qx"),
                _ => story + story,
            };
            Assert.False(StoryGrammar.Conforms(changed, out string? why) && changed.Trim() != story, changed);
            if (changed.Trim() != story) Assert.False(string.IsNullOrEmpty(why));
        }, iter: 1000, threads: 1);
    }

    [Fact]
    public void WhyNamesTheFault()
    {
        string story = StoryGrammar.Generate(1, 200).First(s => s.Contains("\"Thank you, Anna!\"", StringComparison.Ordinal) || s.Contains(" had a red ", StringComparison.Ordinal));
        Assert.True(StoryGrammar.Conforms($"  {story}\n", out _));

        Assert.False(StoryGrammar.Conforms("", out string? why));
        Assert.Contains("empty", why);
        Assert.False(StoryGrammar.Conforms(story.Replace("the ", "teh ", StringComparison.Ordinal), out why));
        Assert.Contains("'teh'", why);

        // The wrong pronoun, a name that is nobody's and a sum that is wrong are found, though every word is known.
        foreach (string s in StoryGrammar.Generate(2, 400))
        {
            string? wrong =
                s.Contains("make nine.", StringComparison.Ordinal) ? s.Replace("make nine.", "make eight.", StringComparison.Ordinal)
                : s.Contains(" She ", StringComparison.Ordinal) ? s.Replace(" She ", " He ", StringComparison.Ordinal)
                : s.Contains(", Lily", StringComparison.Ordinal) ? s.Replace(", Lily", ", Tom", StringComparison.Ordinal)
                : null;
            if (wrong is null) continue;
            Assert.False(StoryGrammar.Conforms(wrong, out why), wrong);
            Assert.StartsWith("After '", why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnyTextIsJudgedQuicklyAndWithoutFail()
    {
        string[] stories = [.. StoryGrammar.Generate(4, 50, StoryLanguage.Both)];
        Gen.Select(Gen.String, Gen.Int[0, 49], Gen.Int[0, 49]).Sample((text, a, b) =>
        {
            Assert.False(StoryGrammar.Conforms(text, out _));
            StoryGrammar.Conforms(stories[a][..(stories[a].Length / 2)] + stories[b], out _);
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StoryGrammar.Generate(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StoryGrammar.Generate(1, 1, (StoryLanguage)9));
        Assert.Throws<ArgumentNullException>(() => StoryGrammar.Conforms(null!, out _));
    }

    [Fact]
    public void AStoryFollowsTheGrammarUpToItsFirstWrongLetter()
    {
        foreach (string story in StoryGrammar.Generate(5, 40, StoryLanguage.Both))
        {
            Assert.Equal(1, StoryGrammar.Follows(story));
            int cut = story.Length / 2;
            double share = StoryGrammar.Follows(story[..cut] + "#" + story[cut..]);
            Assert.InRange(share, 0.4, 0.6);
        }
        Assert.Equal(0, StoryGrammar.Follows(""));
    }
}
