using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

public sealed class TokenizerFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Tokenizer Trained { get; } =
        Tokenizer.Train(["the cat and the hat and the mat 小猫小猫"], new BpeTrainer { VocabularySize = 280 }, TokenizerPipeline.Gpt2);

    [Fact]
    public void SavedTokenizersAreTheSameAfterwards()
    {
        using var folder = new TemporaryFolder();
        Tokenizer[] all =
        [
            Trained, Tokenizer.Bytes("<s>", "\"quoted\\\n"), Tokenizer.Train(["ab\0\n\"\\ 世😀"], new CharacterTrainer { SpecialTokens = ["<s>"] }, Cancel),
            Tokenizer.Train(["ab ab ab c"], new BpeTrainer { VocabularySize = 8 }, new TokenizerPipeline { Decoder = new FuseDecoder() }, cancel: Cancel),
            new(new WordLevelModel(["a", "b", "<unk>"]), new TokenizerPipeline(),
                [new AddedToken("<x>") { StripLeft = true, Special = false }, new AddedToken("<y>") { StripRight = true, SingleWord = true, Normalized = true }]),
        ];
        foreach (Tokenizer tokenizer in all)
        {
            tokenizer.Save(folder["tokenizer.json"]);
            foreach (string path in (string[])[folder.Path, folder["tokenizer.json"]])
            {
                var again = Tokenizer.Load(path);
                Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
                Assert.Equal(tokenizer.AddedTokens, again.AddedTokens);
                Assert.Equal(Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken), Enumerable.Range(0, again.VocabularySize).Select(again.IdToToken));
                Assert.Equal(tokenizer.Encode("ab"), again.Encode("ab"));
            }
        }
        Assert.Equal(["tokenizer.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    /// <summary>Data caches are keyed by it, so it must not change by accident.</summary>
    [Fact]
    public void TheFingerprintIsTheRecordedOne()
    {
        Assert.Equal("360b93c9d62510a8", Tokenizer.Bytes("<|endoftext|>").Fingerprint);
        Assert.Equal(Tokenizer.Bytes().Fingerprint, Tokenizer.Bytes().Fingerprint);
        Assert.NotEqual(Tokenizer.Bytes().Fingerprint, Tokenizer.Bytes("<s>").Fingerprint);
    }

    [Fact]
    public void APairOfTextsIsFramed()
    {
        var tokens = new WordLevelModel(["<s>", "a", "</s>", "b"]);
        var pipeline = new TokenizerPipeline { PreTokenizer = new WhitespacePreTokenizer(), PostProcessor = new RobertaPostProcessor(("<s>", 0), ("</s>", 2)) };
        Assert.Equal([0, 1, 1, 2, 2, 3, 2], new Tokenizer(tokens, pipeline).EncodeDetailed("a a", "b").Ids);
        Assert.Equal([1, 1, 3], new Tokenizer(tokens, pipeline with { PostProcessor = new ByteLevelPostProcessor() }).EncodeDetailed("a a", "b").Ids);
    }

    [Fact]
    public void TheFileHasTheFormOfTheFormat()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder["t.json"]);
        JsonNode file = JsonNode.Parse(File.ReadAllText(folder["t.json"]))!;
        Assert.Equal(["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"],
            file.AsObject().Select(p => p.Key));
        Assert.Equal("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""", file["pre_tokenizer"]!.ToJsonString());
        Assert.Equal("""{"id":0,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}""",
            file["added_tokens"]![0]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(0, (int)file["model"]!["vocab"]!["<|endoftext|>"]!);
        Assert.Equal("BPE", (string)file["model"]!["type"]!);

        Tokenizer.Train(["ab\n"], new CharacterTrainer(), Cancel).Save(folder["c.json"]);
        JsonNode characters = JsonNode.Parse(File.ReadAllText(folder["c.json"]))!;
        Assert.Equal("""{"type":"Split","pattern":{"Regex":"[\\s\\S]"},"behavior":"Isolated","invert":false}""", characters["pre_tokenizer"]!.ToJsonString());
        Assert.Equal("""{"type":"WordLevel","vocab":{"\n":0,"a":1,"b":2},"unk_token":"\u003Cunk\u003E"}""", characters["model"]!.ToJsonString());
        Assert.Equal("""{"type":"Fuse"}""", characters["decoder"]!.ToJsonString());
    }

    [Fact]
    public void AddedTokensGetTheNextIdsWhateverTheFileSays()
    {
        using var folder = new TemporaryFolder();
        Edit(folder, file => file["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 100000, "content": "<new>", "special": true}""")));
        var tokenizer = Tokenizer.Load(folder["t.json"]);
        Assert.Equal(Trained.VocabularySize, tokenizer.TokenToId("<new>"));
        Assert.Equal(Trained.VocabularySize + 1, tokenizer.VocabularySize);
    }

    private static void Edit(TemporaryFolder folder, Action<JsonNode> edit)
    {
        JsonNode file = JsonNode.Parse(Trained.ToJson(indented: false))!;
        edit(file);
        File.WriteAllText(folder["t.json"], file.ToJsonString());
    }

    public static TheoryData<string, string> BadFiles => new()
    {
        { """{}""", "model is missing" },
        { """[]""", "must be an object" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "extra": 1}""", "extra is a field" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "colour": "red"}}""", "model.colour" },
        { """{"model": {"type": "Magic", "vocab": {}}}""", "'Magic'" },
        { """{"model": {"vocab": {}}}""", "model" },
        { """{"normalizer": {"type": "Shout"}, "model": {}}""", "'Shout'" },
        { """{"pre_tokenizer": {"type": "Chop"}, "model": {}}""", "'Chop'" },
        { """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(x"}, "behavior": "Isolated", "invert": false}, "model": {}}""", "pre_tokenizer.pattern" },
        { """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Chopped", "invert": false}, "model": {}}""", "'Chopped'" },
        { """{"post_processor": {"type": "Frame"}, "model": {}}""", "'Frame'" },
        { """{"decoder": {"type": "Magic"}, "model": {}}""", "'Magic'" },
        { """{"decoder": {"type": 3}, "model": {}}""", "decoder.type" },
        { """{"truncation": {"max_length": -3}, "model": {}}""", "truncation.max_length" },
        { """{"padding": {"strategy": "Widest"}, "model": {}}""", "padding.strategy" },
        { """{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "'a'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}}""", "id 0" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 2000}, "merges": []}}""", "no such gaps" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 2147483647}, "merges": []}}""", "no such gaps" },
        { """{"model": {"type": "BPE", "vocab": {"a": 99999999999}, "merges": []}}""", "99999999999" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}""", "'a'" },
        { """{"model": {"type": "BPE", "vocab": {"a": "0"}, "merges": []}}""", "token id" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0.5}, "merges": []}}""", "token id" },
        { """{"model": {"type": "BPE", "vocab": ["a"], "merges": []}}""", "model.vocab" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "'b'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}}""", "'aa'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "model.merges[0]" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a", 3]]}}""", "model.merges[0]" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": {"a": 1}}}""", "model.merges" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "byte_fallback": 1}}""", "byte_fallback" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}}""", "'u'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b", "a b"]}}""", "Merge 1" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}""", "dropout" },
        { """{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}}""", "" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"id": 1, "content": ""}]}""", "empty" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"id": 1, "content": "x"}, {"id": 2, "content": "x"}]}""", "twice" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"id": -1, "content": "x"}]}""", "added_tokens[0].id" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": [{"content": "x"}]}""", "added_tokens[0].id" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}, "added_tokens": 7}""", "added_tokens" },
        { """{"post_processor": {"type": "RobertaProcessing", "sep": ["b", 9], "cls": ["a", 0]}, "model": {"type": "WordLevel", "vocab": {"a": 0}}}""", "'b'" },
        { """{"post_processor": {"type": "RobertaProcessing", "sep": ["a"], "cls": ["a", 0]}, "model": {"type": "WordLevel", "vocab": {"a": 0}}}""", "post_processor.sep" },
        { """{"version": 1, "model": {}}""", "version" },
        { """{"model": {"type": "WordLevel", "vocab": {"a": 0}}""", "" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void ABadFileIsRefusedWithItsNameAndPlace(string json, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bad.json"], json);
        var e = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder["bad.json"]));
        Assert.Contains("bad.json", e.Message);
        Assert.Contains(named, e.Message);
    }

    [Fact]
    public void DamagedFilesNeverGiveAnotherException()
    {
        using var folder = new TemporaryFolder();
        byte[] good = Trained.ToJson(indented: false);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.OneOf(Gen.Byte, Gen.OneOf("\"{}[],:0-9\\u"u8.ToArray())), Gen.Bool).Sample((at, value, cut) =>
        {
            byte[] bad = [.. good];
            bad[at] = value;
            File.WriteAllBytes(folder["t.json"], cut ? bad[..at] : bad);
            try
            {
                Tokenizer.Load(folder["t.json"]).Encode("the cat\0");
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("t.json", e.Message);
            }
        }, iter: 1500, threads: 1);
    }

    [Fact]
    public void BadMergesFilesAndMissingFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.Path));
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder["tokenizer.json"]));

        File.WriteAllText(folder["vocab.json"], """{"a": 0, "b": 1, "ab": 2}""");
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.Path));
        File.WriteAllText(folder["merges.txt"], "#version: 0.2\r\na b\r\n\r\n", Encoding.UTF8);
        Assert.Equal([2, 0], Tokenizer.Load(folder.Path).Encode("aba"));
        foreach ((string merges, string named) in ((string, string)[])[("a c", "'c'"), ("a b\nb a", "'ba'"), ("a", "Line 1"), ("a b c", "Line 1")])
        {
            File.WriteAllText(folder["merges.txt"], merges);
            var e = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
            Assert.Contains("merges.txt", e.Message);
            Assert.Contains(named, e.Message);
        }
        File.WriteAllText(folder["vocab.json"], """{"a": 0, "b": 7000}""");
        Assert.Contains("vocab.json", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message);
    }
}
