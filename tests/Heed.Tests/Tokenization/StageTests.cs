using System.Text;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Properties of the stages that no fixture shows.</summary>
public sealed class StageTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char.Array[0, 40].Select(c => new string(c)),
        Gen.OneOf<string>("a", "b", " ", "▁", "é", "e\u0301", "ﬁ", "가", "각", "ᄀ", "ᅡ", "猫", "😀", "\u0301", "\u0323", "\uFFFE", "\uD800", "<0xE7>", "<0x8C>", "\r\n", "İ").Array[0, 30].Select(string.Concat));

    public static TheoryData<string> Decoders =>
    [
        """{"type":"ByteLevel"}""", """{"type":"WordPiece","prefix":"##","cleanup":true}""", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""",
        """{"type":"BPEDecoder","suffix":"</w>"}""", """{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""", """{"type":"ByteFallback"}""", """{"type":"Fuse"}""",
        """{"type":"Strip","content":" ","start":2,"stop":1}""", """{"type":"Replace","pattern":{"Regex":"a+"},"content":"x"}""",
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":2},{"type":"WordPiece","prefix":"##","cleanup":true}]}""", "null",
    ];

    /// <summary>A stream gives the same text as decoding all at once, in whole characters, whatever the decoder.</summary>
    [Theory]
    [MemberData(nameof(Decoders))]
    public void StreamsGiveTheTextOfTheWhole(string json)
    {
        string[] tokens = ["a", "##b", "▁", "▁▁a", "b</w>", "<pad>", "|", "aa", " ", "  ", " .", "Ġ", "çĮ", "«", "猫", "n't", " n't", "<s>",
            .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        using var document = System.Text.Json.JsonDocument.Parse(json);
        IDecoder decoder = TokenizerJson.ReadDecoder(json == "null" ? null : document.RootElement, "decoder") ?? new SpacedDecoder();
        var tokenizer = new Tokenizer(new WordLevelModel(tokens), new TokenizerPipeline { Decoder = decoder }, [new AddedToken("<s>")]);
        int cat = tokenizer.TokenToId("<0xE7>")!.Value;
        Gen.OneOf(Gen.Int[0, tokens.Length - 1], Gen.Int[0, 17], Gen.OneOf<int>(cat, tokenizer.TokenToId("<0x8C>")!.Value, tokenizer.TokenToId("<0xAB>")!.Value)).Array[0, 30].Sample(ids =>
        {
            foreach (bool skip in (bool[])[false, true])
            {
                StreamingDecoder stream = tokenizer.DecodeStream(skip);
                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(ids.Select(stream.Append)) + stream.Flush());
                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(ids.Select(stream.Append)) + stream.Flush());
            }
        }, iter: 400, threads: 1);
    }

    /// <summary>Normal forms: applying one twice changes nothing, and the composed ones are those of the decomposed.</summary>
    [Fact]
    public void UnicodeFormsAreStable() => AnyText.Sample(text =>
    {
        INormalizer nfc = new UnicodeNormalizer(UnicodeForm.Nfc), nfd = new UnicodeNormalizer(UnicodeForm.Nfd), nfkc = new UnicodeNormalizer(UnicodeForm.Nfkc), nfkd = new UnicodeNormalizer(UnicodeForm.Nfkd);
        foreach (INormalizer form in (INormalizer[])[nfc, nfd, nfkc, nfkd]) Assert.Equal(form.Normalize(text), form.Normalize(form.Normalize(text)));
        Assert.Equal(nfc.Normalize(text), nfc.Normalize(nfd.Normalize(text)));
        Assert.Equal(nfd.Normalize(text), nfd.Normalize(nfc.Normalize(text)));
        Assert.Equal(nfkc.Normalize(text), nfc.Normalize(nfkd.Normalize(text)));
        Assert.Equal(nfkd.Normalize(text), nfkd.Normalize(nfkc.Normalize(text)));
    }, iter: 2000, threads: 1);

    /// <summary>The search word by word with a memory gives what the search over the whole text gives, ties included.</summary>
    [Fact]
    public void RememberedUnigramWordsChangeNoId() =>
        // Scores in steps of a half make ties common.
        Gen.Select(Gen.Int[-8, -1].Array[14], Gen.OneOf<string>("▁", "a", "b", "c", "x", "猫").Array[0, 60], Gen.Bool).Sample((steps, parts, single) =>
        {
            string[] pieces = ["<unk>", "▁", "a", "b", "▁a", "ab", "▁ab", "bc", "c", "abc", "aa", "▁▁", "ca", "bca"];
            var vocabulary = pieces.Select((p, i) => (p, steps[i] / 2.0 + (steps[i] % 3 == 0 ? 1e-7 : 0)));
            var model = new UnigramModel(vocabulary, 0, false, single ? [.. pieces.Select((_, i) => i == 0 ? PieceKind.Unknown : PieceKind.Normal)] : null);
            WordEncoder encoder = model.NewEncoder();
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(parts));
            List<int> whole = [], first = [], again = [];
            model.Encode(text, whole);
            encoder.Encode(text, first);
            encoder.Encode(text, again);
            Assert.Equal(whole, first);
            Assert.Equal(whole, again);
        }, iter: 5000, threads: 1);

    [Fact]
    public void ATrieFindsWhatAListFinds() =>
        Gen.Select(Gen.Byte[0, 3].Array[1, 5].Array[1, 40], Gen.Byte[0, 4].Array[0, 12]).Sample((keys, text) =>
        {
            byte[][] distinct = [.. keys.DistinctBy(Convert.ToHexString)];
            var trie = new ByteTrie(distinct, [.. Enumerable.Range(0, distinct.Length)]);
            for (int i = 0; i < distinct.Length; i++) Assert.Equal(i, trie.Find(distinct[i]));
            int longest = Enumerable.Range(0, distinct.Length).Where(i => text.AsSpan().StartsWith(distinct[i])).OrderByDescending(i => distinct[i].Length).Select(i => (int?)i).FirstOrDefault() ?? -1;
            Assert.Equal(longest, trie.Longest(ByteTrie.Root, text, out int length));
            Assert.Equal(longest < 0 ? 0 : distinct[longest].Length, length);
        }, iter: 3000, threads: 1);

    /// <summary>CLIP's vocabularies mark the last token of a word.</summary>
    [Fact]
    public void EndsOfWordsAreMarked()
    {
        string[] tokens = ["a", "b", "a</w>", "b</w>", "ab</w>", "ab", "<|endoftext|>"];
        var model = new BpeModel(tokens, [(0, 3), (0, 1)], byteLevel: true, unknownToken: "<|endoftext|>", endOfWordSuffix: "</w>");
        var pipeline = TokenizerPipeline.Gpt2 with { PreTokenizer = new SequencePreTokenizer([new WhitespaceSplitPreTokenizer(), new ByteLevelPreTokenizer { SplitWords = false }]) };
        var tokenizer = new Tokenizer(model, pipeline);
        Assert.Equal([4, 2, 5, 3, 6], tokenizer.Encode("ab a abb x"));
        Assert.Equal([(0, 2), (3, 4), (5, 7), (7, 8), (9, 10)], tokenizer.EncodeDetailed("ab a abb x").Offsets);

        var prefixed = new BpeModel(["a", "##b", "##a", "ab", "##ba"], [(0, 1), (1, 2)], byteLevel: false, continuingPrefix: "##");
        var ids = new List<int>();
        prefixed.Encode("aba"u8, ids);
        Assert.Equal([3, 2], ids);
    }

    [Fact]
    public void BatchesAndCountsAgreeWithSingleTexts()
    {
        var tokenizer = Tokenizer.Bytes("<s>");
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => $"text {i}<s>\uD800")];
        int[][] ids = tokenizer.EncodeBatch(texts, threads: 3);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(tokenizer.Encode(texts[i]), ids[i]);
            Assert.Equal(ids[i].Length, tokenizer.Count(texts[i]));
            Assert.Equal(ids[i], tokenizer.EncodeDetailed(texts[i]).Ids);
        }
        Assert.Throws<ArgumentNullException>(() => tokenizer.EncodeBatch([null!]));
        var words = new Tokenizer(new WordLevelModel(["a"]), new TokenizerPipeline());
        Assert.Throws<ArgumentException>(() => words.EncodeBatch([.. Enumerable.Repeat("b", 100)], threads: 2));
    }

    /// <summary>Long lines cost no more a byte than short ones, but for a logarithm.</summary>
    [Fact]
    public void HostileTextsStayLinear()
    {
        string[] pieces = ["<unk>", "▁", "a", "aa", "aaaa", "▁▁", "猫"];
        var unigram = new Tokenizer(new UnigramModel(pieces.Select((p, i) => (p, -i - 1.0))), new TokenizerPipeline { PreTokenizer = new MetaspacePreTokenizer() });
        var bert = new Tokenizer(new WordPieceModel(["[UNK]", "a", "##a", "猫"]), new TokenizerPipeline { Normalizer = new BertNormalizer(), PreTokenizer = new BertPreTokenizer() });
        foreach (string unit in (string[])["a", " ", "猫", "😀", "\u0301"])
            foreach (Tokenizer tokenizer in (Tokenizer[])[unigram, bert])
            {
                string text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / Encoding.UTF8.GetByteCount(unit)));
                tokenizer.Encode(text[..1000]);
                var watch = System.Diagnostics.Stopwatch.StartNew();
                tokenizer.Encode(text);
                Assert.True(watch.Elapsed.TotalSeconds < 3, $"{unit}: {watch.Elapsed}");
            }
    }
}
