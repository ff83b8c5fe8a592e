using System.Diagnostics;
using System.Text;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

public sealed class TokenizerTests
{
    private const string Text = "the cat sat on the mat, and the cat ate the rat. 小猫坐在垫子上，小猫很高兴。 It's 2025!\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Tokenizer Small { get; } = Tokenizer.Train([Text, Text], new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.Gpt2);

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Int[0, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF),
        Gen.OneOf<int>([.. "the cat sat'\0\n\t 小猫，。".EnumerateRunes().Select(r => r.Value), 0x1F600, 0x301, 0x200D, 0xFE0F, 0xFFFE, 0x1F469])
    ).Array[0, 50].Select(cs => string.Concat(cs.Select(char.ConvertFromUtf32)));

    public static TheoryData<string> Kinds => ["small", "bytes", "prefix"];

    private static Tokenizer Of(string kind) => kind switch
    {
        "small" => Small,
        "bytes" => Tokenizer.Bytes("<|endoftext|>"),
        _ => Tokenizer.Train([Text], new BpeTrainer { VocabularySize = 300 }, TokenizerPipeline.Bytes, cancel: Cancel),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnyTextComesBack(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        AnyText.Sample(text =>
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            Assert.Equal(ids, tokenizer.Encode(Encoding.UTF8.GetBytes(text)));
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
        }, iter: 3000, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnyBytesComeBack(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        Gen.Byte.Array[0, 300].Sample(bytes => Assert.Equal(bytes, tokenizer.DecodeBytes(tokenizer.Encode(bytes))), iter: 3000, threads: 1);
    }

    [Fact]
    public void SpecialTextComesBack()
    {
        foreach (string text in (string[])["", "\0", "\0\0a", "e\u0301", "👩‍👩‍👧‍👦", "中文，测试。", "\uFFFE\uFFFF", "a\r\nb", "  ", "\u3000x", "𠮷野家"])
            Assert.Equal(text, Small.Decode(Small.Encode(text)));
        Assert.Equal("a\uFFFDb", Small.Decode(Small.Encode("a\uD800b")));
        Assert.Equal("\uFFFD\uFFFD", Small.Decode(Small.Encode("\uDC00\uD800")));
    }

    [Fact]
    public void StreamsGiveTheSameTextInWholeCharacters() =>
        Gen.Select(Gen.Int[0, Small.VocabularySize - 1].Array[0, 60], AnyText).Sample((random, text) =>
        {
            var bytes = Tokenizer.Bytes();
            foreach ((Tokenizer tokenizer, int[] ids) in ((Tokenizer, int[])[])[(Small, random), (Small, Small.Encode(text)), (bytes, bytes.Encode(text))])
            {
                StreamingDecoder stream = tokenizer.DecodeStream();
                var pieces = ids.Select(stream.Append).ToList();
                pieces.Add(stream.Flush());
                Assert.Equal(tokenizer.Decode(ids), string.Concat(pieces));
                // Valid text comes in valid pieces.
                if (ids != random) Assert.All(pieces, piece => Assert.True(piece.All(c => c != '\uFFFD') || text.Contains('\uFFFD')));
            }
        }, iter: 2000, threads: 1);

    [Fact]
    public void AStreamHoldsBackHalfACharacterAndFlushesIt()
    {
        var tokenizer = Tokenizer.Bytes("<|end|>");
        StreamingDecoder stream = tokenizer.DecodeStream(skipSpecialTokens: true);
        byte[] cat = "猫"u8.ToArray();
        Assert.Equal(["", "", "猫", "a"], ((int[])[cat[0], cat[1], cat[2], 'a']).Select(stream.Append));
        Assert.Equal(["", "", "\uFFFDb", ""], ((int[])[cat[0], 256, 'b', cat[0]]).Select(stream.Append));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void AStreamFollowsDecodersThatLookAtNeighbours()
    {
        var words = new Tokenizer(new WordLevelModel(["one", "two", "three"]), new TokenizerPipeline());
        Assert.Equal("one two three one", words.Decode([0, 1, 2, 0]));
        StreamingDecoder stream = words.DecodeStream();
        Assert.Equal(["one", " two", " three", " one"], ((int[])[0, 1, 2, 0]).Select(stream.Append));
    }

    [Fact]
    public void SpecialTokensAreParsedOnlyWhenAskedFor()
    {
        int end = Small.TokenToId("<|endoftext|>")!.Value;
        Assert.Equal("<|endoftext|>", Small.IdToToken(end));
        Assert.True(Small.IsSpecial(end));
        int[] ids = Small.Encode("the<|endoftext|>the");
        Assert.Equal([end], ids.Where(id => id == end));
        Assert.DoesNotContain(end, Small.Encode("the<|endoftext|>the", SpecialTokens.None));
        Assert.Equal("the<|endoftext|>the", Small.Decode(ids));
        Assert.Equal("thethe", Small.Decode(ids, skipSpecialTokens: true));
        Assert.Equal("the<|endoftext|>the", Small.Decode(Small.Encode("the<|endoftext|>the", SpecialTokens.None), skipSpecialTokens: true));
    }

    [Fact]
    public void AddedTokensAreFoundLongestFirstAndTakeSpaceWithThem()
    {
        var tokenizer = new Tokenizer(Tokenizer.Bytes().Model, TokenizerPipeline.Bytes,
        [
            new AddedToken("<a>"), new AddedToken("<a><b>"), new AddedToken("<m>") { StripLeft = true, StripRight = true },
            new AddedToken("cat") { SingleWord = true, Special = false },
        ]);
        Assert.Equal([257, 256, 'x'], tokenizer.Encode("<a><b><a>x"));
        Assert.Equal(['x', 258, 'y'], tokenizer.Encode("x \n<m>\u3000 y"));
        Assert.Equal([259, '.', .. "cats "u8.ToArray().Select(b => (int)b), 259], tokenizer.Encode("cat.cats cat"));
        Assert.Equal([.. "<a>"u8.ToArray().Select(b => (int)b), 259], tokenizer.Encode("<a>cat", SpecialTokens.None));
    }

    [Fact]
    public void LongWordsAreMergedLikeShortOnesAndQuickly()
    {
        // The model has two ways to merge, by scan up to 32 symbols and by heap above; a slow third one here is the truth.
        var model = (BpeModel)Small.Model;
        var ranks = model.Merges.Select((m, i) => (m, i)).ToDictionary(x => x.m, x => x.i);
        Gen.OneOf("theca tsmr小猫".ToCharArray()).Array[0, 120].Sample(characters =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(characters);
            var truth = bytes.Select(b => model.IdOf(ByteAlphabet.ToCharacter(b).ToString())!.Value).ToList();
            while (true)
            {
                var best = Enumerable.Range(0, Math.Max(0, truth.Count - 1)).Where(i => ranks.ContainsKey((truth[i], truth[i + 1])))
                    .OrderBy(i => ranks[(truth[i], truth[i + 1])]).ThenBy(i => i).Select(i => (int?)i).FirstOrDefault();
                if (best is not { } at) break;
                truth[at] = model.IdOf(model.TokenOf(truth[at]) + model.TokenOf(truth[at + 1]))!.Value;
                truth.RemoveAt(at + 1);
            }
            var given = new List<int>();
            model.Encode(bytes, given);
            Assert.Equal(truth, given);
        }, iter: 1000, threads: 1);

        string word = string.Concat(Enumerable.Repeat("thecatsat", 12_000));
        var watch = Stopwatch.StartNew();
        Assert.Equal(word, Small.Decode(Small.Encode(word)));
        Assert.True(watch.Elapsed.TotalSeconds < 5, $"{watch.Elapsed} for {word.Length} characters");
    }

    [Fact]
    public void TrainingIsDeterministicAndHasTheLayoutOfIds()
    {
        var trainer = new BpeTrainer { VocabularySize = 300, SpecialTokens = ["<s>", "</s>"] };
        var one = Tokenizer.Train([Text, Text], trainer, TokenizerPipeline.Gpt2, cancel: Cancel);
        var two = Tokenizer.Train([Text, Text], trainer, TokenizerPipeline.Gpt2, cancel: Cancel);
        Assert.Equal(one.Fingerprint, two.Fingerprint);
        Assert.Equal(16, one.Fingerprint.Length);
        Assert.Equal(300, one.VocabularySize);
        Assert.Equal(["<s>", "</s>", "!", "\""], Enumerable.Range(0, 4).Select(one.IdToToken));
        Assert.Equal("ġ", one.IdToToken(2 + ByteAlphabet.BytesInCharacterOrder.ToList().IndexOf(0x7F)));
        Assert.Equal(258, one.TokenToId(one.IdToToken(258)));
        Assert.Null(one.TokenToId("no such token"));

        Assert.NotEqual(one.Fingerprint, Tokenizer.Train([Text], trainer with { VocabularySize = 299 }, TokenizerPipeline.Gpt2, cancel: Cancel).Fingerprint);
        Assert.NotEqual(one.Fingerprint, Tokenizer.Train([Text, Text], trainer, TokenizerPipeline.Bytes, cancel: Cancel).Fingerprint);
    }

    /// <summary>The plain algorithm, which counts everything anew for every merge.</summary>
    [Fact]
    public void TrainingEqualsTheNaiveAlgorithm() =>
        Gen.OneOf("aab bcX小".ToCharArray()).Array[1, 60].Array[1, 6].Sample(lines =>
        {
            string[] text = [.. lines.Select(l => new string(l))];
            var tokenizer = Tokenizer.Train(text, new BpeTrainer { VocabularySize = 400, MinFrequency = 2, SpecialTokens = [] }, TokenizerPipeline.Gpt2);
            var model = (BpeModel)tokenizer.Model;

            var words = new List<List<int>>();
            var buffer = new PieceBuffer();
            foreach (string line in text)
            {
                buffer.Set(Encoding.UTF8.GetBytes(line));
                new ByteLevelPreTokenizer().Split(buffer);
                for (int i = 0; i < buffer.Count; i++) words.Add([.. ByteAlphabet.Spell(buffer[i]).Select(c => model.IdOf(c.ToString())!.Value)]);
            }
            foreach ((int left, int right) in model.Merges)
            {
                (int Left, int Right, int Count) best = Best(words);
                Assert.Equal((best.Left, best.Right), (left, right));
                int merged = model.IdOf(model.TokenOf(left) + model.TokenOf(right))!.Value;
                foreach (List<int> word in words)
                    for (int i = 0; i + 1 < word.Count; i++)
                        if (word[i] == left && word[i + 1] == right)
                        {
                            word[i] = merged;
                            word.RemoveAt(i + 1);
                        }
            }
            if (model.Count < 400) Assert.True(Best(words).Count < 2);
        }, iter: 500, threads: 1);

    private static (int Left, int Right, int Count) Best(List<List<int>> words) =>
        words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p)
            .Select(g => (g.Key.First, g.Key.Second, g.Count()))
            .OrderByDescending(p => p.Item3).ThenBy(p => p.First).ThenBy(p => p.Second).FirstOrDefault();

    [Fact]
    public void CharactersAreSortedAndAnUnknownOneIsNamed()
    {
        var tokenizer = Tokenizer.Train(["hello 世界😀\n", "abc"], new CharacterTrainer { SpecialTokens = ["<|end|>"] }, Cancel);
        Assert.Equal("\n abcehlo世界😀", string.Concat(Enumerable.Range(0, tokenizer.VocabularySize - 1).Select(tokenizer.IdToToken)));
        Assert.Equal("hello\n世😀", tokenizer.Decode(tokenizer.Encode("hello\n世😀")));
        Assert.Equal([12], tokenizer.Encode("<|end|>"));
        var e = Assert.Throws<ArgumentException>(() => tokenizer.Encode("héllo"));
        Assert.Contains("'é' (U+00E9)", e.Message);
        Assert.Contains("12 tokens", e.Message);
        Assert.Equal("hell", tokenizer.Decode(tokenizer.Encode("hell")));
    }

    [Fact]
    public void BytesAreTheirOwnIds()
    {
        var tokenizer = Tokenizer.Bytes("<|end|>");
        byte[] all = [.. Enumerable.Range(0, 256).Select(b => (byte)b)];
        Assert.Equal(Enumerable.Range(0, 256), tokenizer.Encode(all));
        Assert.Equal(257, tokenizer.VocabularySize);
        Assert.Equal(256, tokenizer.TokenToId("<|end|>"));
    }

    [Fact]
    public void BadArgumentsSayWhatWasExpected()
    {
        var small = Assert.Throws<ArgumentException>(() => Tokenizer.Train([Text], new BpeTrainer { VocabularySize = 256 }, TokenizerPipeline.Gpt2, cancel: Cancel));
        Assert.Contains("256 given", small.Message);
        Assert.Contains("at least 257", small.Message);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => Tokenizer.Train(["", ""], new BpeTrainer(), TokenizerPipeline.Gpt2, cancel: Cancel)).Message);
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => Tokenizer.Train([], new CharacterTrainer(), Cancel)).Message);
        Assert.Contains("id 257", Assert.Throws<ArgumentException>(() => Tokenizer.Bytes("<s>").Decode([257])).Message);
        Assert.Throws<ArgumentException>(() => Tokenizer.Bytes().Decode([-1]));
        Assert.Throws<ArgumentException>(() => Tokenizer.Bytes().DecodeStream().Append(256));
        Assert.Throws<ArgumentException>(() => Tokenizer.Bytes("<s>", "<s>"));
        Assert.Throws<ArgumentException>(() => Tokenizer.Train([Text], new BpeTrainer { SpecialTokens = ["<s>", "<s>"] }, TokenizerPipeline.Gpt2, cancel: Cancel));
        Assert.Throws<ArgumentNullException>(() => Small.Encode((string)null!));
    }

    [Fact]
    public void ManyThreadsCanEncodeAtOnce()
    {
        int[][] truth = [.. Enumerable.Range(0, 50).Select(i => Small.Encode(Text[i..]))];
        Parallel.For(0, 2000, i => Assert.Equal(truth[i % 50], Small.Encode(Text[(i % 50)..])));
    }
}
