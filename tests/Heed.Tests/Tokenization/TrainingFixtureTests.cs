using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Trained vocabularies against those of the original libraries.</summary>
public sealed class TrainingFixtureTests
{
    private const string Folder = "fixtures/tokenizers/";

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
