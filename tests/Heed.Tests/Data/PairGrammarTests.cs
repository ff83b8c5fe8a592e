using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Heed.Data;

namespace Heed.Tests.Data;

public sealed partial class PairGrammarTests
{
    private static readonly PhrasePair[] Many = [.. PairGrammar.Training(1, Brief.Or(60_000, 10_000))];

    [Fact]
    public void APairDependsOnSeedAndPlaceAlone()
    {
        PhrasePair[] ten = [.. PairGrammar.Training(5, 10)];
        Assert.Equal(ten, PairGrammar.Training(5, 100).Take(10));
        Assert.NotEqual(ten, [.. PairGrammar.Training(6, 10)]);
        Assert.Equal(PairGrammar.HeldOut(5, 10), PairGrammar.HeldOut(5, 100).Take(10));
        Assert.Empty(PairGrammar.Training(5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairGrammar.Training(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairGrammar.HeldOut(1, 10_001));
    }

    /// <summary>The same text on every machine: recorded once. A change of the grammar changes it, and with it every trained quickstart model.</summary>
    [Fact]
    public void TheTextIsTheRecordedOne()
    {
        string text = string.Join('\n', PairGrammar.Training(1337, 2000).Select(p => $"{p.English}\t{p.Chinese}"));
        Assert.Equal("9a21d0b7f79cbbb3102914a7f394ab747bd3a624df6bc26afb2cabfa3f0079e8", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void NoHeldOutSentenceOfEitherLanguageIsEverLearned()
    {
        HashSet<string> learned = [.. Many.Concat(PairGrammar.Training(2, Many.Length)).SelectMany(p => new[] { p.English, p.Chinese })];
        PhrasePair[] held = [.. PairGrammar.HeldOut(1, 1000), .. PairGrammar.HeldOut(2, 1000)];
        Assert.DoesNotContain(held, p => learned.Contains(p.English) || learned.Contains(p.Chinese));
        Assert.Equal(1000, held.Take(1000).Distinct().Count());
        Assert.All(held, p => Assert.True(PairGrammar.IsHeldOut(p)));
        Assert.DoesNotContain(Many, PairGrammar.IsHeldOut);
    }

    [Fact]
    public void OneOfTwentyMeaningsIsHeldOut()
    {
        PhrasePair[] learned = [.. Many.Distinct()];
        int draws = learned.Length, held = PairGrammar.HeldOut(1, draws / 10).Count();
        Assert.Equal(draws / 10, held); // there are enough of them
        // Over pairs that are no part of the choice: numbered ones.
        int chosen = Enumerable.Range(0, 20_000).Count(i => PairGrammar.IsHeldOut(new PhrasePair($"{i}", "")));
        Assert.InRange(chosen, 1000 - 4 * 31, 1000 + 4 * 31);
    }

    [Fact]
    public void EverySentenceHasOneTranslationEachWay()
    {
        PhrasePair[] all = [.. Many.Concat(PairGrammar.HeldOut(1, 2000)).Distinct()];
        Assert.Equal(all.Length, all.Select(p => p.English).Distinct().Count());
        Assert.Equal(all.Length, all.Select(p => p.Chinese).Distinct().Count());
        Assert.True(all.Length > Many.Length * 4 / 5, $"{all.Length} different of {Many.Length}");
    }

    [Fact]
    public void SentencesAreShortAndTheVocabularyIsSmall()
    {
        Assert.All(Many, p => Assert.Matches(EnglishSentence(), p.English));
        Assert.All(Many, p => Assert.Matches(ChineseSentence(), p.Chinese));
        Assert.All(Many, p => Assert.Equal(p.English.EndsWith('?'), p.Chinese.EndsWith('？')));
        Assert.InRange(Many.SelectMany(p => p.English.ToLowerInvariant().Split(' ', '.', '?', ',')).Distinct().Count(), 400, 900);
        Assert.InRange(Many.SelectMany(p => p.Chinese).Distinct().Count(), 300, 600);
        Assert.InRange(Many.Average(p => p.English.Split(' ').Length), 5, 9);
        Assert.InRange(Many.Max(p => p.English.Split(' ').Length), 10, 24);
    }

    /// <summary>Articles, agreement and number, told by patterns that know nothing of the grammar.</summary>
    [Fact]
    public void EnglishAgrees()
    {
        string[] wrong =
        [
            @"\ba [aeiou]", @"\ban [^aeiou ]", @"\bI (is|are|has|does|\w+s not)\b", @"^(He|She|It) (are|am|have|do|want|like|need)\b", @"\b(we|they|you) (is|am|has|does|wants|likes|needs)\b",
            @"\b(two|three|four|five|six|seven|eight|nine|ten) (\w+ )?(cat|dog|book|apple|hat|chair|mouse|child|man|woman|knife|box|story)\b", @"\b(this|that) (cats|dogs|books|shoes|glasses|trousers)\b(?! of)",
            @"\b(these|those) (cat|dog|book|hat)\b", @"\bthere is (two|three|four|five|six|seven|eight|nine|ten)\b", @"\bthere are (a|an|one)\b", @"\b(to|not|did|does|will|can|should) (ate|drank|went|bought|eats|goes|buys)\b",
            @"\bdid not \w+ed\b", @"\bI\b.*\bwith (I|me)\b", @"\bone cats\b", @"  ", @"\b(?!cook)(\w+) \1\b",
        ];
        foreach (string pattern in wrong)
            Assert.DoesNotContain(Many, p => Regex.IsMatch(p.English, pattern, RegexOptions.IgnoreCase));
    }

    /// <summary>Measure words, negation and particles, told by patterns that know nothing of the grammar.</summary>
    [Fact]
    public void ChineseFollowsItsRules()
    {
        // A number stands before a measure word, and the noun has its own.
        Dictionary<string, string> measures = new() { ["猫"] = "只", ["书"] = "本", ["帽子"] = "顶", ["鱼"] = "条", ["汽车"] = "辆", ["椅子"] = "把", ["信"] = "封", ["茶"] = "杯", ["米饭"] = "碗", ["鞋子"] = "双", ["马"] = "匹", ["花"] = "朵" };
        foreach ((string noun, string measure) in measures)
        {
            Regex counted = new($"(?:[一两三四五六七八九十]|这|那)([只本顶条辆把封杯碗双匹朵个件支张])(?:(?:大|小|新|旧|热|冷|[^。，的]{{1,2}}色的|可爱的|漂亮的|便宜的|昂贵的|有趣的|无聊的|好吃的))?{noun}(?![^。？，比和没一在])");
            string[] found = [.. Many.SelectMany(p => counted.Matches(p.Chinese)).Select(m => m.Groups[1].Value)];
            Assert.True(found.Length > 20, $"{noun}: {found.Length}");
            Assert.All(found, m => Assert.Equal(measure, m));
        }
        string[] wrong = ["二[只本顶条辆把封杯碗双匹朵个件]", "不有[^名趣]", "没有.*了[^，。]", "吗[^？]", "了了|的的|吗吗|的了|的吗[^？]", "在在", "正在[^。？]*了", "很[^，。]*太", "谁.*吗", "什么.*吗", "哪里.*吗", "几.*吗", "不没", "大大|小小|老老|很很"];
        foreach (string pattern in wrong)
            Assert.DoesNotContain(Many, p => Regex.IsMatch(p.Chinese, pattern));
    }

    [Fact]
    public void CommonSentencesAreAmongThem()
    {
        PhrasePair[] common =
        [
            new("I am a student.", "我是一个学生。"),
            new("My mother is a doctor.", "我妈妈是一个医生。"),
            new("Are you a teacher?", "你是老师吗？"),
            new("I have three cats.", "我有三只猫。"),
            new("She does not have a bicycle.", "她没有自行车。"),
            new("What is this?", "这是什么？"),
            new("It is raining in Beijing now.", "北京现在正在下雨。"),
            new("There are two books on the table.", "桌子上有两本书。"),
            new("Where is my hat?", "我的帽子在哪里？"),
            new("Two plus three is five.", "二加三等于五。"),
        ];
        // Drawn sooner or later, from one part or the other.
        HashSet<PhrasePair> missing = [.. common.Where(p => !PairGrammar.IsHeldOut(p))];
        for (ulong seed = 0; seed < 20 && missing.Count > 0; seed++) missing.ExceptWith(PairGrammar.Training(seed, 60_000));
        if (common.Any(PairGrammar.IsHeldOut)) missing.UnionWith(common.Where(PairGrammar.IsHeldOut).Except(PairGrammar.HeldOut(3, 10_000)));
        Assert.Empty(missing);
    }

    [GeneratedRegex("^[A-Z][A-Za-z' ,-]*[.?]$")]
    private static partial Regex EnglishSentence();

    [GeneratedRegex("^[\u4E00-\u9FFF，]+[。？]$")]
    private static partial Regex ChineseSentence();
}
