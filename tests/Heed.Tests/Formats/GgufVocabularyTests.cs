using System.Globalization;
using System.Text.Json;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Tokenization;

namespace Heed.Tests.Formats;

/// <summary>Vocabularies in GGUF files: ids as llama.cpp gives them (tests/references/make_gguf_vocabularies.py), and tokenizers that survive being written.</summary>
public sealed class GgufVocabularyTests
{
    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllText(FixtureFolder.Path("gguf/vocabularies.json"))).RootElement;

    private static readonly string[] Texts = [.. Strings(Reference.GetProperty("texts"))];

    private static readonly string[] Corpus =
    [
        .. Enumerable.Repeat("the quick brown fox isn't lazy, and the dog's 12345 bones are there too", 4),
        .. Enumerable.Repeat("I'll say hello to HelloWorld: hello there, other fox!", 4), "\u4e2d\u6587\u5b57\u7b26 na\u00efve caf\u00e9",
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Reference.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void IdsAreThoseOfLlamaCpp(int index)
    {
        JsonElement item = Reference.GetProperty("cases")[index];
        Tokenizer tokenizer = Vocabulary(item).ToTokenizer();
        string name = $"{item.GetProperty("base")} {(item.TryGetProperty("pre", out JsonElement pre) ? pre : default)}";
        foreach ((string text, string plain, string added) in Texts.Zip(Strings(item.GetProperty("plain")), Strings(item.GetProperty("added_and_parsed"))))
        {
            if (name.StartsWith("unigram", StringComparison.Ordinal) && text.Length > 0 && text.All(c => c == ' ')) continue; // sentencepiece puts its space before these too, llama.cpp does not
            Assert.Equal($"{name} {text}: {plain}", $"{name} {text}: {Ids(tokenizer.Encode(text, SpecialTokens.None))}");
            Assert.Equal($"{name} {text}: {added}", $"{name} {text}: {Ids(tokenizer.Encode(text, SpecialTokens.ParseAndAdd))}");
        }
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("dbrx")]
    [InlineData("stablelm2")]
    [InlineData("qwen2")]
    [InlineData("gpt-4o")]
    [InlineData("smollm")]
    [InlineData("olmo")]
    public void ByteLevelTokenizersSurvive(string pattern)
    {
        TokenizerPipeline pipeline = pattern switch
        {
            "gpt-2" => TokenizerPipeline.Gpt2,
            "dbrx" => TokenizerPipeline.Gpt4,
            "stablelm2" => TokenizerPipeline.Qwen2,
            "qwen2" => TokenizerPipeline.Qwen2 with { Normalizer = new UnicodeNormalizer(UnicodeForm.Nfc) },
            "gpt-4o" => TokenizerPipeline.O200k,
            "olmo" => TokenizerPipeline.Gpt2 with { Normalizer = new UnicodeNormalizer(UnicodeForm.Nfc) },
            _ => TokenizerPipeline.Gpt2 with { PreTokenizer = new SequencePreTokenizer([new DigitsPreTokenizer { IndividualDigits = true }, new ByteLevelPreTokenizer()]) },
        };
        Tokenizer tokenizer = Tokenizer.Train(Corpus, new BpeTrainer { VocabularySize = 340, SpecialTokens = ["<|endoftext|>", "<|im_start|>"] }, pipeline);
        GgufVocabulary vocabulary = Survives(tokenizer);
        Assert.Equal(("gpt2", pattern), (vocabulary.Model, vocabulary.Pattern));
        Assert.Equal(PieceKind.Control, vocabulary.Kinds[tokenizer.TokenToId("<|im_start|>")!.Value]);
        Assert.Equal((null, null, false, false), (vocabulary.Bos, vocabulary.Eos, vocabulary.AddBos, vocabulary.AddEos));
    }

    [Fact]
    public void IgnoredMergesAndFramesSurvive()
    {
        Tokenizer trained = Tokenizer.Train(Corpus, new BpeTrainer { VocabularySize = 320, SpecialTokens = ["<|begin|>"] }, TokenizerPipeline.Gpt4);
        string[] tokens = [.. Enumerable.Range(0, trained.VocabularySize).Select(trained.IdToToken)];
        var model = new BpeModel(tokens, ((BpeModel)trained.Model).Merges, byteLevel: true, ignoreMerges: true);
        int begin = trained.TokenToId("<|begin|>")!.Value;
        TokenizerPipeline pipeline = TokenizerPipeline.Gpt4 with { PostProcessor = TemplatePostProcessor.Around(("<|begin|>", begin), null) };
        GgufVocabulary vocabulary = Survives(new Tokenizer(model, pipeline, [new AddedToken("<|begin|>"), new AddedToken("<tool>") { Special = false }]));
        Assert.Equal(("llama-bpe", (int?)begin, true), (vocabulary.Pattern, vocabulary.Bos, vocabulary.AddBos));
        Assert.Equal(PieceKind.UserDefined, vocabulary.Kinds[^1]);

        // Merging makes every token, so that it does not matter for GPT-2's words, of which no name says it.
        Assert.Equal("gpt-2", Survives(new Tokenizer(model, TokenizerPipeline.Gpt2, [new AddedToken("<|begin|>")])).Pattern);
        var broken = new BpeModel([.. tokens, "zz"], ((BpeModel)trained.Model).Merges, byteLevel: true, ignoreMerges: true);
        Refused("no name for the pre-tokenizer {\"type\":\"ByteLevel\"", new Tokenizer(broken, TokenizerPipeline.Gpt2, [new AddedToken("<|begin|>")]));
    }

    [Fact]
    public void SentencePieceAndWordPieceSurvive()
    {
        foreach (JsonElement item in Reference.GetProperty("cases").EnumerateArray().Where(item => item.GetProperty("base").GetString() != "bytes"))
        {
            Tokenizer tokenizer = Vocabulary(item).ToTokenizer();
            Assert.Equal(Vocabulary(item).Model, Survives(tokenizer).Model);
        }
        Tokenizer prefixless = Vocabulary(Reference.GetProperty("cases")[19]).ToTokenizer(); // as Gemma's file says it
        TokenizerPipeline gemma = prefixless.Pipeline with { Normalizer = ReplaceNormalizer.OfString(" ", "▁"), PreTokenizer = SplitPreTokenizer.AtString(" ", SplitBehavior.MergedWithPrevious) };
        Assert.False(Survives(new Tokenizer(prefixless.Model, gemma, prefixless.AddedTokens)).AddSpacePrefix);
        Tokenizer unigram = Tokenizer.Train(Corpus, new UnigramTrainer { VocabularySize = 90, SpecialTokens = ["<unk>", "<eos>"], UnknownToken = "<unk>" }, TokenizerPipeline.SentencePiece);
        Assert.Equal("t5", Survives(unigram).Model);
        Tokenizer words = Tokenizer.Train(Corpus, new WordPieceTrainer { VocabularySize = 90, SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] }, TokenizerPipeline.Bert);
        TokenizerPipeline framed = TokenizerPipeline.Bert with { PostProcessor = new BertPostProcessor(("[CLS]", 2), ("[SEP]", 3)) };
        GgufVocabulary bert = Survives(new Tokenizer(words.Model, framed, words.AddedTokens));
        Assert.Equal((1, 2, 3, 0, 4), (bert.Unk, bert.Cls, bert.Sep, bert.Pad, bert.Mask));
        Refused("put a token before and one behind", words);
        Refused("clean-up of BERT with lower case", new Tokenizer(words.Model, framed with { Normalizer = new BertNormalizer { Lower = false } }, words.AddedTokens));
    }

    [Fact]
    public void WhatGgufCannotSayIsRefusedWithTheReason()
    {
        Tokenizer bytes = Tokenizer.Train(Corpus, new BpeTrainer { VocabularySize = 300 }, TokenizerPipeline.Gpt2);
        Refused("no name for the pre-tokenizer", new Tokenizer(bytes.Model, TokenizerPipeline.ByteLevel(@"\w+|\W+")));
        Refused("no name for the pre-tokenizer", new Tokenizer(bytes.Model, TokenizerPipeline.Bytes));
        Refused("no name for the pre-tokenizer", new Tokenizer(bytes.Model, TokenizerPipeline.Gpt2 with { PreTokenizer = new ByteLevelPreTokenizer { AddPrefixSpace = true } }));
        Refused("no normaliser {\"type\":\"Lowercase\"}", new Tokenizer(bytes.Model, TokenizerPipeline.Gpt2 with { Normalizer = new LowercaseNormalizer() }));
        Refused("the form NFC", new Tokenizer(bytes.Model, TokenizerPipeline.Gpt4 with { Normalizer = new UnicodeNormalizer(UnicodeForm.Nfc) }));
        Refused("'<mask>' takes white space", new Tokenizer(bytes.Model, TokenizerPipeline.Gpt2, [new AddedToken("<mask>") { StripLeft = true }]));
        Refused("fall back on the tokens of bytes", Tokenizer.Train(Corpus, new BpeTrainer { VocabularySize = 90, UnknownToken = "<unk>", SpecialTokens = ["<unk>"] }, TokenizerPipeline.SentencePiece));
        Refused("no vocabulary like that of WordLevelModel", Tokenizer.Train(Corpus, new CharacterTrainer()));

        // One token, two merges with another between them; and a pair that sentencepiece would merge although no merge says so.
        JsonElement spm = Reference.GetProperty("cases").EnumerateArray().First(item => item.GetProperty("base").GetString() == "spm");
        Tokenizer whole = Vocabulary(spm).ToTokenizer();
        var model = (BpeModel)whole.Model;
        string[] tokens = [.. Enumerable.Range(0, model.Count).Select(model.TokenOf)];
        Refused("which the tokenizer does not do", With(model.Merges.Take(model.Merges.Count - 1)));
        int[] made = [.. model.Merges.Select(merge => model.IdOf(tokens[merge.Left] + tokens[merge.Right])!.Value)];
        int twice = Array.FindIndex(made, id => made.Count(other => other == id) > 1);
        Refused("do not follow each other", With([.. model.Merges.Where((_, i) => i != twice), model.Merges[twice]]));

        Tokenizer With(IEnumerable<(int, int)> merges) =>
            new(new BpeModel(tokens, merges, byteLevel: false, unknownToken: "<unk>", byteFallback: true), whole.Pipeline, whole.AddedTokens);
    }

    [Fact]
    public void BrokenVocabulariesAreNamed()
    {
        using var folder = new TemporaryFolder();
        GgufVocabulary good = Vocabulary(Reference.GetProperty("cases")[0]);
        foreach ((GgufVocabulary vocabulary, string expected) in new[]
        {
            (good with { Model = "rwkv" }, "of the kind 'rwkv' (tokenizer.ggml.model); expected llama, gpt2, bert or t5"),
            (good with { Pattern = "poem" }, "split pattern 'poem' (tokenizer.ggml.pre) is not known; expected one of gpt-2, phi-2"),
            (good with { Kinds = [PieceKind.Normal] }, "tokens, but 1 token types"),
            (good with { Scores = [1, 2] }, "tokens, but 2 scores"),
            (good with { Merges = ["ab"] }, "Merge 0 is 'ab'; two tokens"),
            (good with { Merges = ["a qqqq"] }, "Merge 0 is 'a qqqq'"),
            (good with { Tokens = [.. good.Tokens.Take(good.Tokens.Count - 1), good.Tokens[0]] }, "has two ids, 0 and"),
            (good with { AddBos = true, Bos = null }, "does not say which is its bos token"),
            (good with { Model = "t5", Tokens = ["a"], Kinds = [], Merges = [], Scores = [0] }, "does not say which is its unknown token"),
            (good with { Model = "t5", Tokens = ["a", "b", "c"], Kinds = [], Scores = [0, float.NaN, 0] }, "has the score NaN"),
            (good with { Model = "llama", Tokens = [], Kinds = [] }, "has no tokens"),
        })
        {
            GgufWriter.Write(folder["v.gguf"], vocabulary.ToFields(), []);
            using var file = new GgufFile(folder["v.gguf"]);
            var e = Assert.Throws<WeightFormatException>(() => file.ReadTokenizer());
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
            Assert.Contains(folder["v.gguf"], e.Message, StringComparison.Ordinal);
        }
        Assert.Contains("bos token has the id 999999", Assert.Throws<FormatException>(() => (good with { Bos = 999999 }).ToTokenizer()).Message, StringComparison.Ordinal);
        GgufWriter.Write(folder["n.gguf"], [], []);
        using var none = new GgufFile(folder["n.gguf"]);
        Assert.False(none.Fields.HasVocabulary());
        Assert.Contains("'tokenizer.ggml.tokens' is missing", Assert.Throws<WeightFormatException>(() => none.ReadTokenizer()).Message, StringComparison.Ordinal);
    }

    // A file whose fields are damaged gives some tokenizer or an error, nothing else.
    [Fact]
    public void MutatedVocabulariesAreReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(11);
        int refused = 0, read = 0;
        foreach (JsonElement item in new[] { 0, 18, 20, 23 }.Select(index => Reference.GetProperty("cases")[index]))
        {
            GgufWriter.Write(folder["v.gguf"], Vocabulary(item).ToFields(), []);
            byte[] good = File.ReadAllBytes(folder["v.gguf"]);
            for (int i = 0; i < Brief.Or(60, 10); i++)
            {
                byte[] bytes = (byte[])good.Clone();
                for (int flips = random.Next(1, 6); flips > 0; flips--) bytes[random.Next(24, bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(folder["v.gguf"], bytes);
                try
                {
                    using var file = new GgufFile(folder["v.gguf"]);
                    file.ReadTokenizer().Encode("the quick  brown \u4e2d <tool> f\u00e9x\n12");
                    read++;
                }
                catch (WeightFormatException)
                {
                    refused++;
                }
            }
        }
        Assert.True(refused > 0 && read > 0, $"{read} read, {refused} refused");
    }

    // Written to a file and read again it gives the same ids and texts.
    private static GgufVocabulary Survives(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        GgufVocabulary vocabulary = GgufVocabulary.Of(tokenizer) with { ChatTemplate = "{{ messages }}" };
        GgufWriter.Write(folder["v.gguf"], vocabulary.ToFields(), []);
        using var file = new GgufFile(folder["v.gguf"]);
        Assert.Equal("{{ messages }}", file.Fields.ReadVocabulary().ChatTemplate);
        Tokenizer again = file.ReadTokenizer();
        Assert.Equal(tokenizer.VocabularySize, again.VocabularySize);
        var random = new Random(2);
        IEnumerable<string> mixed = Enumerable.Range(0, 60).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Texts[random.Next(Texts.Length)])));
        foreach (string text in Texts.Concat(mixed))
        {
            if (string.IsNullOrWhiteSpace(text) && vocabulary.Model == "t5") continue; // sentencepiece makes nothing of it, the tokenizer.json form a token
            int[] ids = tokenizer.Encode(text, SpecialTokens.Add), parsed = tokenizer.Encode(text);
            Assert.Equal($"{text}: {Ids(ids)}", $"{text}: {Ids(again.Encode(text, SpecialTokens.Add))}");
            Assert.Equal($"{text}: {Ids(parsed)}", $"{text}: {Ids(again.Encode(text))}");
            Assert.Equal(tokenizer.Decode(parsed, skipSpecialTokens: true), again.Decode(parsed, skipSpecialTokens: true));
        }
        return vocabulary;
    }

    private static void Refused(string reason, Tokenizer tokenizer) =>
        Assert.Contains(reason, Assert.Throws<NotSupportedException>(() => GgufVocabulary.Of(tokenizer)).Message, StringComparison.Ordinal);

    private static GgufVocabulary Vocabulary(JsonElement item)
    {
        JsonElement from = Reference.GetProperty("vocabularies").GetProperty(item.GetProperty("base").GetString()!);
        return new()
        {
            Model = from.GetProperty("model").GetString()!,
            Pattern = item.TryGetProperty("pre", out JsonElement pre) ? pre.GetString() : null,
            Tokens = [.. Strings(from.GetProperty("tokens"))],
            Kinds = [.. from.GetProperty("kinds").EnumerateArray().Select(kind => (PieceKind)kind.GetInt32())],
            Scores = from.TryGetProperty("scores", out JsonElement scores) ? [.. scores.EnumerateArray().Select(score => score.GetSingle())] : [],
            Merges = from.TryGetProperty("merges", out JsonElement merges) ? [.. Strings(merges)] : [],
            Bos = Id("bos"),
            Eos = Id("eos"),
            Unk = Id("unk"),
            Sep = Id("sep"),
            Pad = Id("pad"),
            Cls = Id("cls"),
            Mask = Id("mask"),
            AddBos = Flag("add_bos"),
            AddEos = Flag("add_eos"),
            AddSpacePrefix = Flag("add_space_prefix"),
            RemoveExtraSpaces = Flag("remove_extra"),
        };

        int? Id(string name) => from.TryGetProperty(name, out JsonElement id) ? id.GetInt32() : null;
        bool? Flag(string name) => item.TryGetProperty(name, out JsonElement flag) ? flag.GetBoolean() : null;
    }

    private static IEnumerable<string> Strings(JsonElement array) => array.EnumerateArray().Select(item => item.GetString()!);

    private static string Ids(int[] ids) => string.Join(' ', ids.Select(id => id.ToString(CultureInfo.InvariantCulture)));
}
