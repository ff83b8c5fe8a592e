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
}
