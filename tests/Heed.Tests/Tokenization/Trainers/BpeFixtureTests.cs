using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The merges of the BPE trainer and those of Hugging Face tokenizers and minbpe, one by one.</summary>
public sealed class BpeFixtureTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Hugging Face's trainer to exhaustion: every merge, in its order.</summary>
    [Theory]
    [InlineData("hf_ts50k_bpe_bytelevel")]
    [InlineData("hf_ts200k_bpe_bytelevel")]
    [InlineData("hf_ts50k_bpe_whitespace")]
    public void MergesAreThoseOfHuggingFace(string name)
    {
        using JsonDocument truth = Fixtures.ReadJson($"{TrainingTexts.Folder}{name}.json.gz");
        string[] lines = TrainingTexts.Lines(TrainingTexts.ReadFor(truth.RootElement));
        var trainer = new BpeTrainer { VocabularySize = 100_000, MinFrequency = 1, SpecialTokens = [] };
        bool bytes = name.EndsWith("bytelevel", StringComparison.Ordinal);
        TokenizerPipeline pipeline = bytes ? TokenizerPipeline.Gpt2 : new() { PreTokenizer = new WhitespacePreTokenizer() };
        var model = (BpeModel)Tokenizer.Train(lines, trainer, pipeline, cancel: Cancel).Model;
        Assert.Equal(
            truth.RootElement.GetProperty("merges").EnumerateArray().Select(m => $"{m[0].GetString()} {m[1].GetString()}"),
            model.Merges.Select(m => $"{model.TokenOf(m.Left)} {model.TokenOf(m.Right)}"));

        // Ours has all 256 bytes, theirs those of the text: the order of the rest is the same.
        string[] tokens = [.. truth.RootElement.GetProperty("vocab_in_id_order").EnumerateArray().Select(t => t.GetString()!)];
        var seen = tokens.ToHashSet();
        Assert.Equal(tokens, Enumerable.Range(0, model.Count).Select(model.TokenOf).Where(seen.Contains));
        if (!bytes) Assert.Equal(tokens.Length, model.Count);

        // Any prefix is the answer for a smaller vocabulary.
        var half = (BpeModel)Tokenizer.Train(lines, trainer with { VocabularySize = model.Count / 2 }, pipeline, cancel: Cancel).Model;
        Assert.Equal(model.Count / 2, half.Count);
        Assert.Equal(model.Merges.Take(half.Merges.Count), half.Merges);
    }

    /// <summary>Every merge, and the ids of the held-out text.</summary>
    [Theory]
    [InlineData("minbpe_ts50k_basic_320")]
    [InlineData("minbpe_ts200k_gpt2_512")]
    [InlineData("minbpe_ts200k_gpt4_512")]
    public void MergesAreThoseOfMinbpe(string name)
    {
        using JsonDocument truth = Fixtures.ReadJson($"{TrainingTexts.Folder}{name}.json.gz");
        string text = TrainingTexts.ReadFor(truth.RootElement);
        TokenizerPipeline pipeline = truth.RootElement.GetProperty("pattern").GetString() is { } pattern
            ? TokenizerPipeline.ByteLevel(pattern)
            : TokenizerPipeline.Bytes;
        var trainer = new BpeTrainer { VocabularySize = truth.RootElement.GetProperty("vocab_size").GetInt32(), MinFrequency = 1, SpecialTokens = [], TieRule = BpeTieRule.FirstInText };
        var tokenizer = Tokenizer.Train([text], trainer, pipeline, cancel: Cancel);
        var model = (BpeModel)tokenizer.Model;

        // Its ids 0 .. 255 are the bytes in their own order.
        int[] theirs = [.. Enumerable.Range(0, model.Count)];
        for (int id = 0; id < 256; id++) theirs[id] = ByteAlphabet.TryRead(model.TokenOf(id), out byte[] bytes) ? bytes[0] : -1;
        Assert.Equal(
            truth.RootElement.GetProperty("merges").EnumerateArray().Select(m => (m[0].GetInt32(), m[1].GetInt32())),
            model.Merges.Select(m => (theirs[m.Left], theirs[m.Right])));
        Assert.Equal(
            truth.RootElement.GetProperty("tokens_hex").EnumerateArray().Select(t => t.GetString()),
            Enumerable.Range(256, model.Count - 256).Select(id => ByteAlphabet.TryRead(model.TokenOf(id), out byte[] bytes) ? Convert.ToHexStringLower(bytes) : null));

        JsonElement heldOut = truth.RootElement.GetProperty("heldout");
        int[] ids = [.. tokenizer.Encode(TrainingTexts.Read("ts_tail.txt")[..20_000]).Select(id => theirs[id])];
        Assert.Equal(heldOut.GetProperty("n_tokens").GetInt32(), ids.Length);
        Assert.Equal(heldOut.GetProperty("ids_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', ids)))));
    }
}
