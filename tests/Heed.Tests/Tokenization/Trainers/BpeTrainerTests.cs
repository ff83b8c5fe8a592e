using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The BPE trainer against a naive one that counts everything anew for each merge, and its options.</summary>
public sealed class BpeTrainerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static BpeModel Train(IEnumerable<string> texts, BpeTrainer trainer, TokenizerPipeline? pipeline = null) =>
        (BpeModel)Tokenizer.Train(texts, trainer, pipeline ?? TrainingTexts.Words, cancel: Cancel).Model;

    /// <summary>Few letters, so that pairs overlap, tie, and lead to the same token on two ways.</summary>
    [Theory]
    [InlineData(BpeTieRule.SmallerIds)]
    [InlineData(BpeTieRule.FirstInText)]
    [InlineData(BpeTieRule.ShorterToken)]
    public void MergesAreThoseOfTheNaiveTrainer(BpeTieRule rule)
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            string letters = "ab😀c\uFF21"[..(round % 3 == 0 ? 1 : round % 3 == 1 ? 2 : 5)];
            string[] words = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => letters.EnumerateRunes().ElementAt(random.Next(letters.EnumerateRunes().Count())))))];
            var trainer = new BpeTrainer { VocabularySize = 60, MinFrequency = random.Next(1, 4), SpecialTokens = [], TieRule = rule };
            BpeModel model = Train([string.Join(' ', words)], trainer);
            Assert.Equal(
                Naive(words, trainer, model.Count),
                model.Merges.Select(m => (model.TokenOf(m.Left), model.TokenOf(m.Right))));
        }
    }

    private static List<(string, string)> Naive(string[] words, BpeTrainer trainer, int size)
    {
        List<string> tokens = [.. words.SelectMany(w => w.EnumerateRunes()).Distinct().Order().Select(r => r.ToString())];
        List<string>[] texts = [.. words.Select(w => w.EnumerateRunes().Select(r => r.ToString()).ToList())];
        var passedOver = new HashSet<(string, string)>();
        var merges = new List<(string, string)>();
        while (true)
        {
            var counts = new Dictionary<(string Left, string Right), (int Count, int First)>();
            int place = 0;
            foreach (List<string> text in texts)
                for (int i = 0; i + 1 < text.Count; i++, place++)
                {
                    (int Count, int First) seen = counts.GetValueOrDefault((text[i], text[i + 1]), (0, place));
                    counts[(text[i], text[i + 1])] = (seen.Count + 1, seen.First);
                }
            IEnumerable<KeyValuePair<(string Left, string Right), (int Count, int First)>> ordered = counts
                .Where(c => c.Value.Count >= trainer.MinFrequency && !passedOver.Contains(c.Key)).OrderByDescending(c => c.Value.Count);
            ordered = trainer.TieRule switch
            {
                BpeTieRule.SmallerIds => ((IOrderedEnumerable<KeyValuePair<(string Left, string Right), (int, int)>>)ordered).ThenBy(c => tokens.IndexOf(c.Key.Left)).ThenBy(c => tokens.IndexOf(c.Key.Right)),
                BpeTieRule.FirstInText => ((IOrderedEnumerable<KeyValuePair<(string Left, string Right), (int Count, int First)>>)ordered).ThenBy(c => c.Value.First),
                _ => ((IOrderedEnumerable<KeyValuePair<(string Left, string Right), (int, int)>>)ordered)
                    .ThenBy(c => (c.Key.Left + c.Key.Right).EnumerateRunes().Count())
                    .ThenBy(c => string.Concat((c.Key.Left + c.Key.Right).EnumerateRunes().Select(r => $"{r.Value:X6}")), StringComparer.Ordinal)
                    .ThenBy(c => tokens.IndexOf(c.Key.Left)),
            };
            if (!ordered.Any() || (tokens.Count >= size && size >= 60)) return merges;
            (string left, string right) = ordered.First().Key;
            if (trainer.TieRule == BpeTieRule.ShorterToken && tokens.Contains(left + right))
            {
                passedOver.Add((left, right));
                continue;
            }
            merges.Add((left, right));
            if (!tokens.Contains(left + right)) tokens.Add(left + right);
            foreach (List<string> text in texts)
                for (int i = 0; i + 1 < text.Count; i++)
                    if (text[i] == left && text[i + 1] == right)
                    {
                        text[i] = left + right;
                        text.RemoveAt(i + 1);
                    }
        }
    }

    [Fact]
    public void AffixesMarkInnerAndLastSymbols()
    {
        BpeModel model = Train(["ab ab ab abc"], new BpeTrainer { VocabularySize = 20, SpecialTokens = [], ContinuingPrefix = "##", EndOfWordSuffix = "</w>" });
        string[] tokens = [.. Enumerable.Range(0, model.Count).Select(model.TokenOf)];
        Assert.Contains("##b</w>", tokens);
        Assert.Contains("ab</w>", tokens);
        Assert.DoesNotContain("a##b", tokens);
    }

    [Fact]
    public void TheAlphabetCanBeLimitedAndGiven()
    {
        string[] text = ["aaaa bbb cc d"];
        Assert.Equal(["a", "b"], Alphabet(new BpeTrainer { AlphabetLimit = 2 }));
        Assert.Equal(["a", "z"], Alphabet(new BpeTrainer { AlphabetLimit = 2, InitialAlphabet = "z" }));
        Assert.Equal(["a", "b", "c"], Alphabet(new BpeTrainer { CharacterCoverage = 0.85 }));
        Assert.Equal(["a", "b", "c", "d", "z"], Alphabet(new BpeTrainer { InitialAlphabet = "za" }));

        string[] Alphabet(BpeTrainer trainer)
        {
            BpeModel model = Train(text, trainer with { SpecialTokens = [], VocabularySize = 1000, MinFrequency = 1000 });
            return [.. Enumerable.Range(0, model.Count).Select(model.TokenOf)];
        }
    }

    /// <summary>With an unknown token a foreign character stands between its neighbours; without one it is as if it were not there.</summary>
    [Fact]
    public void CharactersOutsideTheAlphabetCutOrVanish()
    {
        var trainer = new BpeTrainer { VocabularySize = 20, SpecialTokens = [], AlphabetLimit = 2 };
        Assert.Contains(("a", "b"), Pairs(Train(["a?b a!b aabb"], trainer)));
        Assert.DoesNotContain(("a", "b"), Pairs(Train(["a?b a!b a ab"], trainer with { UnknownToken = "<unk>" })));

        static IEnumerable<(string, string)> Pairs(BpeModel model) => model.Merges.Select(m => (model.TokenOf(m.Left), model.TokenOf(m.Right)));
    }

    [Fact]
    public void TokensAreNotLongerThanAllowed()
    {
        BpeModel model = Train([string.Concat(Enumerable.Repeat("abcdefg ", 10))], new BpeTrainer { VocabularySize = 100, SpecialTokens = [], MaxTokenLength = 3 });
        Assert.Equal(3, Enumerable.Range(0, model.Count).Max(id => model.TokenOf(id).Length));
    }

    /// <summary>One long word of one letter, of two letters by turns, or of random ones: no quadratic blow-up.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void ALongWordIsNoTrouble(int letters)
    {
        var random = new Random(1);
        byte[] word = new byte[1_000_000];
        for (int i = 0; i < word.Length; i++) word[i] = (byte)('a' + (letters < 4 ? i % letters : random.Next(letters)));
        BpeModel model = Train([Encoding.UTF8.GetString(word)], new BpeTrainer { VocabularySize = 2000, MinFrequency = 2, SpecialTokens = [] }, TokenizerPipeline.Bytes);
        Assert.InRange(model.Merges.Count, 15, 2000);
    }

    [Fact]
    public void WrongOptionsAreNamed()
    {
        Assert.Contains("CharacterCoverage", Wrong(new BpeTrainer { CharacterCoverage = 1.5 }, TokenizerPipeline.Characters));
        Assert.Contains("byte-level", Wrong(new BpeTrainer { AlphabetLimit = 10 }, TokenizerPipeline.Gpt2));
        Assert.Contains("byte-level", Wrong(new BpeTrainer { ContinuingPrefix = "##" }, TokenizerPipeline.Gpt2));
        Assert.Contains("byte-level", Wrong(new WordPieceTrainer(), TokenizerPipeline.Gpt2));
        Assert.Contains("byte-level", Wrong(new UnigramTrainer(), TokenizerPipeline.Gpt2));
        Assert.Contains("UnknownToken", Wrong(new WordPieceTrainer { UnknownToken = null }, TokenizerPipeline.Characters));
        Assert.Contains("ShrinkingFactor", Wrong(new UnigramTrainer { ShrinkingFactor = 1 }, TokenizerPipeline.Characters));
        Assert.Contains("at least 7", Wrong(new UnigramTrainer { VocabularySize = 6 }, TokenizerPipeline.Characters));
        Assert.Contains("twice", Wrong(new BpeTrainer { SpecialTokens = ["<s>", "<s>"] }, TokenizerPipeline.Gpt2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(["a"], new BpeTrainer { MinFrequency = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(["a"], new BpeTrainer { Threads = 0 }));

        static string Wrong(TokenizerTrainer trainer, TokenizerPipeline pipeline) =>
            Assert.Throws<ArgumentException>(() => Tokenizer.Train(["some"], trainer, pipeline, cancel: Cancel)).Message;
    }
}
