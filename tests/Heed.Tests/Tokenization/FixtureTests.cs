using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Ids, texts and merges must be exactly those of the original libraries.</summary>
public sealed class FixtureTests
{
    private const string Folder = "fixtures/tokenizers/";

    [Theory]
    [InlineData("gpt2")]
    [InlineData("roberta")]
    public void TokenizerJsonGivesTheIdsAndTextsOfTheOriginal(string family)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.Load(Fixtures.Unpack($"{Folder}vocab/{family}/tokenizer.json.gz", folder, "tokenizer.json"));
        CheckFamily(tokenizer, family);

        tokenizer.Save(folder["again.json"]);
        var again = Tokenizer.Load(folder["again.json"]);
        CheckFamily(again, family);
        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
    }

    [Fact]
    public void VocabularyAndMergesGiveTheIdsOfTheOriginal()
    {
        using var folder = new TemporaryFolder();
        string vocabulary = Fixtures.Unpack(Folder + "vocab/gpt2/vocab.json.gz", folder, "vocab.json");
        Fixtures.Unpack(Folder + "vocab/gpt2/merges.txt.gz", folder, "merges.txt");
        CheckFamily(Tokenizer.Load(folder.Path), "gpt2");
        Assert.Equal(50257, Tokenizer.Load(vocabulary).VocabularySize);
    }

    private static void CheckFamily(Tokenizer tokenizer, string family)
    {
        int cases = 0;
        foreach (JsonElement line in Fixtures.ReadJsonLines($"{Folder}encode/{family}.jsonl"))
        {
            string id = line.GetProperty("id").GetString()!, text = line.GetProperty("text").GetString()!;
            int[] ids = Fixtures.Ints(line.GetProperty("ids"));
            int[] plain = line.TryGetProperty("ids_plain", out JsonElement p) ? Fixtures.Ints(p) : ids;
            int[] ordinary = line.TryGetProperty("ids_ordinary", out JsonElement o) ? Fixtures.Ints(o) : plain;
            string decoded = line.TryGetProperty("decoded", out JsonElement d) ? d.GetString()! : text;
            string skipped = line.TryGetProperty("decoded_skip", out JsonElement s) ? s.GetString()! : decoded;

            Assert.True(ids.AsSpan().SequenceEqual(tokenizer.Encode(text)), id);
            Assert.True(plain.AsSpan().SequenceEqual(tokenizer.Encode(text, SpecialTokens.Parse)), id);
            Assert.True(plain.AsSpan().SequenceEqual(tokenizer.Encode(Encoding.UTF8.GetBytes(text), SpecialTokens.Parse)), id);
            if (family == "gpt2") Assert.True(ordinary.AsSpan().SequenceEqual(tokenizer.Encode(text, SpecialTokens.None)), id);
            Assert.Equal(decoded, tokenizer.Decode(ids));
            Assert.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
            cases++;
        }
        Assert.True(cases > 400, $"{cases} cases");
    }

    [Fact]
    public void LoneSurrogatesAreEncodedAsReplacementCharacters()
    {
        using var folder = new TemporaryFolder();
        int cases = 0;
        var loaded = new Dictionary<string, Tokenizer>();
        foreach (JsonElement line in Fixtures.ReadJsonLines(Folder + "encode/lone_surrogates.jsonl"))
        {
            string family = line.GetProperty("family").GetString()!;
            if (family is not ("gpt2" or "roberta")) continue;
            if (!loaded.TryGetValue(family, out Tokenizer? tokenizer))
                loaded[family] = tokenizer = Tokenizer.Load(Fixtures.Unpack($"{Folder}vocab/{family}/tokenizer.json.gz", folder, family + ".json"));
            string text = new([.. Fixtures.Ints(line.GetProperty("utf16")).Select(u => (char)u)]);
            Assert.Equal(Fixtures.Ints(line.GetProperty("ids")), tokenizer.Encode(text));
            cases++;
        }
        Assert.True(cases > 0);
    }

    [Fact]
    public void ByteLevelComponentsEqualTheOriginals()
    {
        int cases = 0;
        foreach (JsonElement line in Fixtures.ReadJsonLines(Folder + "components.jsonl.gz"))
        {
            JsonElement config = line.GetProperty("config");
            if (config.GetProperty("type").GetString() != "ByteLevel" || line.GetProperty("kind").GetString() == "normalizer") continue;
            foreach (JsonElement test in line.GetProperty("cases").EnumerateArray())
            {
                if (line.GetProperty("kind").GetString() == "decoder")
                {
                    List<byte[]> pieces = [.. test[0].EnumerateArray().Select(t => Encoding.UTF8.GetBytes(t.GetString()!))];
                    new ByteLevelDecoder().Decode(pieces);
                    Assert.Equal(test[1].GetString(), Encoding.UTF8.GetString([.. pieces.SelectMany(b => b)]));
                }
                else
                {
                    var splitter = new ByteLevelPreTokenizer
                    {
                        AddPrefixSpace = config.GetProperty("add_prefix_space").GetBoolean(),
                        SplitWords = config.GetProperty("use_regex").GetBoolean(),
                    };
                    var buffer = new PieceBuffer();
                    splitter.Split(Encoding.UTF8.GetBytes(test[0].GetString()!), buffer);
                    string[] pieces = [.. Enumerable.Range(0, buffer.Count).Select(i => ByteAlphabet.Spell(buffer[i]))];
                    Assert.Equal(test[1].EnumerateArray().Select(e => e[0].GetString()), pieces);
                }
                cases++;
            }
        }
        Assert.True(cases > 1000, $"{cases} cases");
    }

    /// <summary>Hugging Face's trainer to exhaustion: every merge, in its order.</summary>
    [Theory]
    [InlineData("hf_ts50k_bpe_bytelevel", 50_000)]
    [InlineData("hf_ts200k_bpe_bytelevel", 200_000)]
    public void TrainingGivesTheMergesOfHuggingFace(string name, int bytes)
    {
        using JsonDocument truth = Fixtures.ReadJson($"{Folder}train/{name}.json.gz");
        string[] lines = Lines(Encoding.UTF8.GetString(Fixtures.ReadBytes("data/tinyshakespeare/input.txt").AsSpan(0, bytes)));
        var trainer = new BpeTrainer { VocabularySize = 100_000, MinFrequency = 1, SpecialTokens = [] };
        var tokenizer = Tokenizer.Train(lines, trainer, TokenizerPipeline.Gpt2, cancel: TestContext.Current.CancellationToken);

        var model = (BpeModel)tokenizer.Model;
        Assert.Equal(
            truth.RootElement.GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}"),
            model.Merges.Select(m => $"{model.TokenOf(m.Left)} {model.TokenOf(m.Right)}"));
        // Ours has all 256 bytes, theirs those of the text: the order of the rest is the same.
        string[] tokens = [.. truth.RootElement.GetProperty("vocab_in_id_order").EnumerateArray().Select(t => t.GetString()!)];
        var seen = tokens.ToHashSet();
        Assert.Equal(tokens, Enumerable.Range(0, model.Count).Select(model.TokenOf).Where(seen.Contains));
    }

    /// <summary>minbpe breaks ties by first occurrence, so the merges are compared up to the first tie, the tokens as a set, and the held-out text by the number of its ids.</summary>
    [Fact]
    public void TrainingGivesTheMergesOfMinbpe()
    {
        using JsonDocument truth = Fixtures.ReadJson(Folder + "train/minbpe_ts200k_gpt2_512.json.gz");
        string text = Encoding.UTF8.GetString(Fixtures.ReadBytes("data/tinyshakespeare/input.txt"));
        Assert.Equal(truth.RootElement.GetProperty("train_sha256").GetString(),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text[..200_000]))));
        var tokenizer = Tokenizer.Train([text[..200_000]], new BpeTrainer { VocabularySize = 512, SpecialTokens = [] }, TokenizerPipeline.Gpt2, cancel: TestContext.Current.CancellationToken);
        var model = (BpeModel)tokenizer.Model;
        byte[] order = ByteAlphabet.BytesInCharacterOrder;

        int same = 0;
        foreach (JsonElement merge in truth.RootElement.GetProperty("merges").EnumerateArray())
        {
            if (merge[4].GetInt32() > 1) break;
            (int left, int right) = model.Merges[same++];
            Assert.Equal((merge[0].GetInt32(), merge[1].GetInt32()),
                (left < 256 ? order[left] : left, right < 256 ? order[right] : right));
        }
        Assert.True(same > 10, $"{same} merges before the first tie");
        var learned = Enumerable.Range(256, model.Count - 256)
            .Select(id => ByteAlphabet.TryRead(model.TokenOf(id), out byte[] b) ? Convert.ToHexStringLower(b) : "").ToHashSet();
        int shared = truth.RootElement.GetProperty("tokens_hex").EnumerateArray().Count(t => learned.Contains(t.GetString()!));
        Assert.True(shared >= 245, $"{shared} of 256 tokens");
        int expected = truth.RootElement.GetProperty("heldout").GetProperty("n_tokens").GetInt32();
        int given = tokenizer.Encode(text[1_003_854..1_023_854]).Length;
        Assert.InRange(given, expected - 20, expected + 20);
    }

    [Fact]
    public void TinyShakespeareHas65Characters()
    {
        string text = Encoding.UTF8.GetString(Fixtures.ReadBytes("data/tinyshakespeare/input.txt"));
        var tokenizer = Tokenizer.Train([text], new CharacterTrainer(), TestContext.Current.CancellationToken);
        Assert.Equal(65, tokenizer.VocabularySize);
        // The ids of nanoGPT's prepare.py: the place in "\n !$&',-.3:;?ABC...xyz".
        Assert.Equal([18, 47, 56, 57, 58, 1, 15, 47, 58, 47], tokenizer.Encode("First Citi"));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    private static string[] Lines(string text)
    {
        var lines = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is var at and >= 0 ? at + 1 : text.Length;
            lines.Add(text[start..end]);
            start = end;
        }
        return [.. lines];
    }
}
